//! Whether what came of a call was the caller's to bring about.

use std::collections::BTreeSet;

use super::calls::{Call, Made};
use super::oracle::Ground;
use super::state::{Held, Place, State};

/// Holds what is stored after a call against what was before.
pub(super) fn judge(before: &State, after: &State, made: &Made) -> Result<(), String> {
    if made.answer.is_err() {
        return (before == after)
            .then_some(())
            .ok_or_else(|| "a call that was refused has changed something".to_owned());
    }
    let clients: Vec<&String> = after.organizations.keys().collect();
    let ids: BTreeSet<&String> = before.places.keys().chain(after.places.keys()).collect();
    for id in ids {
        let (old, new) = (before.places.get(id), after.places.get(id));
        let place = new.or(old).unwrap();
        if given_from_above(before, made, old, new) {
            continue;
        }
        let caller = made
            .by
            .as_ref()
            .filter(|by| by.organization == place.organization);
        let is_owner = caller.is_some_and(|caller| before.is_owner(caller));
        let of = |state: &State, place: Option<&Place>, ground: &Ground| {
            place.map_or_else(Held::new, |place| state.given(place, ground))
        };
        let elsewhere = clients.iter().filter(|client| **client != &place.organization);
        let grounds = elsewhere.map(|client| Ground::Client((*client).clone()));
        for ground in grounds.chain([Ground::Home]) {
            let (had, has) = (of(before, old, &ground), of(after, new, &ground));
            let held = caller.map_or_else(Held::new, |caller| before.held(caller, &ground));
            let gained: Vec<_> = has
                .difference(&had)
                .filter(|permission| !held.contains(permission))
                .collect();
            if !gained.is_empty() {
                return Err(format!(
                    "{place:?} gains {gained:?} at {ground:?}, which the caller didn't hold"
                ));
            }
            let lost: Vec<_> = had
                .difference(&has)
                .filter(|permission| !held.contains(permission))
                .collect();
            if !lost.is_empty() && !loses_freely(made, place) {
                return Err(format!(
                    "{place:?} loses {lost:?} at {ground:?}, which the caller didn't hold"
                ));
            }
        }
        let owns = |state: &State, place: Option<&Place>| place.is_some_and(|place| state.owns(place));
        let binds = |state: &State, place: Option<&Place>| place.is_some_and(|place| state.binds(place));
        let touched = owns(before, old) != owns(after, new) || binds(before, old) != binds(after, new);
        if touched && !is_owner && !leaves(made, place) {
            return Err(format!(
                "no owner has changed who owns or binds: {old:?} to {new:?}"
            ));
        }
    }
    Ok(())
}

/// What the operator, or who founds an organization, may give that they don't hold there.
fn given_from_above(before: &State, made: &Made, old: Option<&Place>, new: Option<&Place>) -> bool {
    let (Some(by), Some(new)) = (&made.by, new) else {
        return false;
    };
    let becomes_owner =
        new.role.as_deref() == Some("owner") && ["pending", "active"].contains(&new.state.as_str());
    // Its first owner and legal representative, and nobody else.
    let founded =
        made.call == Call::Found && old.is_none() && !before.organizations.contains_key(&new.organization);
    // Legal representation stays as it was.
    let binds = |place: Option<&Place>| place.is_some_and(|place| place.legal_representative);
    let broken_glass = made.call == Call::BreakGlass
        && before.organizations[&by.organization].kind == "operator"
        && before.is_owner(by)
        && binds(old) == binds(Some(new));
    becomes_owner && (founded || broken_glass)
}

fn leaves(made: &Made, place: &Place) -> bool {
    made.call == Call::Remove && made.by.as_ref().is_some_and(|by| by.id == place.id)
}

/// Who leaves, and advisors, whose clients are taken off by whoever changes members.
fn loses_freely(made: &Made, place: &Place) -> bool {
    made.call == Call::Unrefer || leaves(made, place)
}
