//! The link between an account here and one at the provider: seeing it, and giving it up.

use entente_contracts::identity::v1::{
    CompleteSignInRequest, DeleteProviderLinkRequest, GetProviderLinkRequest, ProviderLink,
};
use tonic::Status;

use crate::identity_provider::{OLGA, sign_in, start};
use crate::provider::{Provider, Who};
use crate::second_factor::enrolled;
use crate::support::{Actor, World, reason};

/// Another account at the provider, to which it has given the same address.
const SUCCESSOR: Who<'static> = Who {
    sub: "olga-in-the-new-directory",
    ..OLGA
};

/// The person, in a session that was opened through the provider.
async fn through(world: &World, provider: &Provider, who: &Who<'_>, person: &Actor) -> Actor {
    let answer = sign_in(world, provider, who).await.unwrap();
    Actor {
        token: answer.tokens.unwrap().access_token,
        ..person.clone()
    }
}

async fn link(world: &World, by: &Actor) -> Option<ProviderLink> {
    let request = by.request(GetProviderLinkRequest {});
    let answer = world.identity_provider().get_provider_link(request).await;
    answer.unwrap().into_inner().provider_link
}

async fn give_up(world: &World, by: &Actor, request_id: &str) -> Result<(), Status> {
    let request = DeleteProviderLinkRequest {
        request_id: request_id.to_owned(),
    };
    let mut client = world.identity_provider();
    client.delete_provider_link(by.request(request)).await.map(drop)
}

#[tokio::test]
async fn whoever_is_linked_sees_to_which_provider_and_since_when() {
    let (world, owner, provider) = start().await;

    let olga = through(&world, &provider, &OLGA, &owner).await;

    let linked = link(&world, &olga).await.unwrap();
    assert_eq!(Some(linked.issuer), provider.config().issuer);
    assert_eq!(linked.create_time.unwrap().seconds, world.now().as_second());
}

#[tokio::test]
async fn whoever_gives_the_link_up_is_linked_anew_by_the_next_sign_in() {
    let (world, owner, provider) = start().await;
    let olga = through(&world, &provider, &OLGA, &owner).await;
    assert_eq!(
        reason(sign_in(&world, &provider, &SUCCESSOR).await),
        "PROVIDER_SIGN_IN_REFUSED"
    );

    give_up(&world, &olga, "").await.unwrap();

    assert_eq!(link(&world, &olga).await, None);
    let answer = sign_in(&world, &provider, &SUCCESSOR).await.unwrap();
    assert_eq!(answer.session.unwrap().user, owner.user);
    assert_eq!(
        reason(sign_in(&world, &provider, &OLGA).await),
        "PROVIDER_SIGN_IN_REFUSED"
    );
}

#[tokio::test]
async fn giving_the_link_up_needs_a_recent_proof() {
    let (world, owner, provider) = start().await;
    let hour = Who { ago: 3600, ..OLGA };
    let olga = through(&world, &provider, &hour, &owner).await;

    assert_eq!(
        reason(give_up(&world, &olga, "").await),
        "REAUTHENTICATION_REQUIRED"
    );

    assert!(link(&world, &olga).await.is_some());
}

#[tokio::test]
async fn a_link_is_given_up_and_announced_once() {
    let (world, owner, provider) = start().await;
    let olga = through(&world, &provider, &OLGA, &owner).await;
    for _ in 0..2 {
        give_up(&world, &olga, "").await.unwrap();
    }
    through(&world, &provider, &OLGA, &owner).await;

    let events = world.events(&owner.user, 3).await;

    let kinds: Vec<_> = events.iter().map(|event| event.kind()).collect();
    assert_eq!(
        kinds,
        [
            "identity_provider.linked",
            "identity_provider.unlinked",
            "identity_provider.linked",
        ]
    );
    assert!(!format!("{events:?}").contains(OLGA.sub));
}

#[tokio::test]
async fn the_same_request_gives_up_no_later_link() {
    let (world, owner, provider) = start().await;
    let olga = through(&world, &provider, &OLGA, &owner).await;
    give_up(&world, &olga, "once").await.unwrap();
    let again = through(&world, &provider, &OLGA, &owner).await;

    give_up(&world, &again, "once").await.unwrap();

    assert!(link(&world, &again).await.is_some());
}

#[tokio::test]
async fn the_link_of_somebody_else_stays() {
    let (world, owner, provider) = start().await;
    let mara = world.join(&owner, "mara@operator.example", "member").await;
    let at_the_provider = Who {
        sub: "mara-at-the-provider",
        email: "mara@operator.example",
        ..OLGA
    };
    let mara = through(&world, &provider, &at_the_provider, &mara).await;
    let olga = through(&world, &provider, &OLGA, &owner).await;

    give_up(&world, &olga, "").await.unwrap();

    assert!(link(&world, &mara).await.is_some());
}

#[tokio::test]
async fn a_sign_in_that_waits_for_a_code_ends_with_the_link() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let olga = enrolled(&world, world.sign_in(OLGA.email).await).await.person;
    let waiting = sign_in(&world, &provider, &OLGA).await.unwrap();

    give_up(&world, &olga, "").await.unwrap();

    let request = CompleteSignInRequest {
        challenge: waiting.challenge.unwrap().token,
        code: "000000".to_owned(),
    };
    let completed = world.sessions().complete_sign_in(request).await;
    assert_eq!(reason(completed), "CHALLENGE_DEAD");
}

#[tokio::test]
async fn without_a_provider_nobody_is_linked() {
    let (world, owner) = World::new().await;
    assert_eq!(link(&world, &owner).await, None);
    give_up(&world, &owner, "").await.unwrap();
}
