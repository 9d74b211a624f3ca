//! Looks at every state that can be reached, the nearest first.

use std::collections::{BTreeSet, HashSet};

use super::model::{Bounds, Mistake, Next, Outcome, Sight, State, start};

/// What a search has found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) states: usize,
    pub(crate) sights: BTreeSet<Sight>,
    /// The shortest way to a violation, if there is one.
    pub(crate) violation: Option<Vec<&'static str>>,
}

pub(crate) fn search(mistake: Mistake, bounds: Bounds) -> Found {
    let mut found = Found::default();
    // Each with the one before it, and what led from there to here.
    let mut reached: Vec<(State, usize, &'static str)> = vec![(start(bounds), 0, "")];
    let mut known: HashSet<State, foldhash::fast::RandomState> = HashSet::default();
    known.insert(start(bounds));
    let mut place = 0;
    while place < reached.len() {
        let state = reached[place].0;
        let mut violated = None;
        Next {
            mistake,
            bounds,
            give: &mut |label, outcome| match outcome {
                Outcome::Goes(next) => {
                    if known.insert(next) {
                        reached.push((next, place, label));
                    }
                }
                Outcome::Violated => violated = Some(label),
            },
            see: &mut |sight| {
                found.sights.insert(sight);
            },
        }
        .of(&state);
        if let Some(label) = violated {
            found.violation = Some(way(&reached, place, label));
            break;
        }
        place += 1;
    }
    found.states = reached.len();
    found
}

fn way(reached: &[(State, usize, &'static str)], mut place: usize, last: &'static str) -> Vec<&'static str> {
    let mut way = vec![last];
    while place != 0 {
        way.push(reached[place].2);
        place = reached[place].1;
    }
    way.reverse();
    way
}
