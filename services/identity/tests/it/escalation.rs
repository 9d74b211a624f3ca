//! Nobody comes to more than somebody above them held and passed on, whatever is called in whatever order: random
//! sequences of calls, each judged by what is stored before and after it.

mod calls;
mod judge;
mod oracle;
mod state;
mod town;

use std::collections::{BTreeMap, BTreeSet};

use entente_contracts::identity::v1::{BatchCheckRequest, Requirement, Subject};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use self::calls::{CALLS, Call, Step, make};
use self::oracle::everything;
use self::state::{Place, State};
use self::town::Town;
use crate::support::World;

const SEQUENCES: u32 = 20;
const STEPS: usize = 25;
/// Of how many people it is asked after each call what they may do, and how much of each.
const ASKED: (usize, usize) = (2, 6);

fn steps() -> impl Strategy<Value = Vec<(Step, Vec<Index>)>> {
    let calls = CALLS.iter().flat_map(|(call, often)| vec![*call; *often]);
    let call = prop::sample::select(calls.collect::<Vec<_>>());
    let step = (call, any::<[Index; 6]>()).prop_map(|(call, picks)| Step { call, picks });
    let (people, questions) = ASKED;
    let asked = prop::collection::vec(any::<Index>(), people * (1 + 2 * questions));
    prop::collection::vec((step, asked), STEPS)
}

/// Holds decisions against the oracle's: some people, and some permissions upon some organizations.
async fn compare(town: &Town<'_>, state: &State, picks: &[Index]) -> Result<(), String> {
    let known: Vec<&Place> = state
        .places
        .values()
        .filter(|place| place.principal.is_some())
        .collect();
    let all: Vec<_> = everything().into_iter().collect();
    for picks in picks.chunks(1 + 2 * ASKED.1) {
        let place = *picks[0].get(&known);
        let asked: Vec<_> = picks[1..]
            .chunks(2)
            .map(|pair| {
                // Half of it at home, where most people may something.
                let at = match pair[0].index(2) {
                    0 => &place.organization,
                    _ => pair[0].get(&town.organizations),
                };
                (at, *pair[1].get(&all))
            })
            .collect();
        let request = BatchCheckRequest {
            subject: Some(Subject {
                user: place.principal.clone().unwrap(),
                organization: place.organization.clone(),
                ..Subject::default()
            }),
            requirements: asked
                .iter()
                .map(|(at, (resource, action))| Requirement {
                    resource: (*resource).into(),
                    action: (*action).into(),
                    organization: (*at).clone(),
                    ..Requirement::default()
                })
                .collect(),
        };
        let answer = town
            .world
            .decisions()
            .batch_check(town.world.internal(request))
            .await;
        let decisions = answer.unwrap().into_inner().decisions;
        for ((at, permission), decision) in asked.into_iter().zip(decisions) {
            // A person who was removed and came back has two places.
            let places = known.iter().filter(|other| {
                other.principal == place.principal && other.organization == place.organization
            });
            let expected = places
                .into_iter()
                .any(|place| state.decides(place, at, permission));
            if decision.allowed != expected {
                return Err(format!(
                    "{place:?}: {permission:?} upon {at} is {expected}, and not {decision:?}"
                ));
            }
        }
    }
    Ok(())
}

/// Runs a sequence, and tells which calls were let through.
async fn run(town: &mut Town<'_>, plan: &[(Step, Vec<Index>)]) -> Result<Vec<Call>, String> {
    let mut told = Vec::new();
    let mut done = Vec::new();
    let mut before = town.read().await;
    for (step, asked) in plan {
        let Some(made) = make(town, &before, step).await else {
            continue;
        };
        told.push(made.told.clone());
        let after = town.read().await;
        let judged = judge::judge(&before, &after, &made);
        let judged = match judged {
            Ok(()) => compare(town, &after, asked).await,
            refused => refused,
        };
        if let Err(wrong) = judged {
            return Err(format!(
                "{wrong}\nafter\n  {}\nfrom {before:#?}",
                told.join("\n  ")
            ));
        }
        if made.answer.is_ok() {
            done.push(made.call);
        }
        before = after;
    }
    Ok(done)
}

#[tokio::test]
async fn no_sequence_of_calls_gives_anybody_what_nobody_above_them_held() {
    let (world, operator) = World::new().await;
    Town::settle(&world, &operator).await;
    let mut runner = TestRunner::deterministic();
    let mut sessions = BTreeMap::new();
    let mut done = Vec::new();
    for number in 1..=SEQUENCES {
        let plan = steps().new_tree(&mut runner).unwrap().current();
        let mut town = Town::found(&world, &operator, &mut sessions, number).await;
        match run(&mut town, &plan).await {
            Ok(calls) => done.extend(calls),
            Err(wrong) => panic!("sequence {number}: {wrong}"),
        }
    }
    let kinds: BTreeSet<Call> = done.iter().copied().collect();
    assert!(
        done.len() > 100 && kinds.len() > 20,
        "only {} calls of {} kinds were let through: the sequences show little",
        done.len(),
        kinds.len()
    );
}
