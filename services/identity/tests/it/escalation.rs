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
use proptest::test_runner::{Config, RngSeed, TestRunner};

use self::calls::{CALLS, Call, Step, make};
use self::oracle::everything;
use self::state::{Place, State};
use self::town::Town;
use crate::support::World;

/// That are the same at each run.
const SEQUENCES: u32 = 20;
/// That no run had before.
const NEW_SEQUENCES: u32 = 4;
const STEPS: usize = 25;
/// Names the seed of other sequences: a number, or 0x and hexadecimal digits.
const SEED: &str = "ENTENTE_TEST_SEED";
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

/// The sequences of a seed, or those that are always the same.
fn runner(seed: Option<u64>) -> TestRunner {
    let Some(seed) = seed else {
        return TestRunner::deterministic();
    };
    TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    })
}

fn given_seed() -> Option<u64> {
    let text = std::env::var_os(SEED)?.into_string().unwrap();
    let seed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    Some(seed.unwrap_or_else(|error| panic!("{SEED} is {text:?}, {error}: give a number, such as 7 or 0x7")))
}

/// Runs the first sequences, and gives which calls were let through. Those of a seed come alike at the next time, in a
/// world of their own too.
async fn play(seed: Option<u64>, sequences: u32) -> Vec<Call> {
    let (world, operator) = World::new().await;
    Town::settle(&world, &operator).await;
    let mut runner = runner(seed);
    let mut sessions = BTreeMap::new();
    let mut done = Vec::new();
    for number in 1..=sequences {
        let plan = steps().new_tree(&mut runner).unwrap().current();
        let mut town = Town::found(&world, &operator, &mut sessions, number).await;
        match run(&mut town, &plan).await {
            Ok(calls) => done.extend(calls),
            Err(wrong) => {
                let again = seed.map(|seed| format!(" (to try it again, set {SEED}={seed})"));
                panic!("sequence {number}{}: {wrong}", again.unwrap_or_default())
            }
        }
    }
    done
}

#[tokio::test]
async fn no_sequence_of_calls_gives_anybody_what_nobody_above_them_held() {
    let done = play(given_seed(), SEQUENCES).await;
    let kinds: BTreeSet<Call> = done.iter().copied().collect();
    assert!(
        done.len() > 100 && kinds.len() > 20,
        "only {} calls of {} kinds were let through: the sequences show little",
        done.len(),
        kinds.len()
    );
}

#[tokio::test]
async fn neither_does_a_sequence_that_no_run_had_before() {
    let drawn = any::<u64>().new_tree(&mut TestRunner::default());
    play(Some(drawn.unwrap().current()), NEW_SEQUENCES).await;
}
