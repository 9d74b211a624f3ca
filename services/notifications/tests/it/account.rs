//! What people are told of their own accounts.

use entente_contracts::identity::events::v1::AccountChanged;
use entente_contracts::identity::v1::Origin;

use crate::world::{Place, World};

async fn alpina(world: &World) -> Place {
    world.place("Alpina", "lea@alpina.example")
}

async fn announce(world: &World, kind: &str, place: &Place, news: AccountChanged) {
    world.announce(&world.account_event(kind, place, news)).await;
    world.settled().await;
}

/// The recipients and subjects of all mails, in the order of the recipients.
async fn mailed(world: &World) -> Vec<(String, String)> {
    let mut mails: Vec<_> = world
        .mails(0)
        .await
        .into_iter()
        .map(|mail| (mail.to, mail.subject))
        .collect();
    mails.sort();
    mails
}

async fn titles(world: &World, place: &Place) -> Vec<String> {
    let told = world.told(&place.person, 0).await;
    told.into_iter().map(|told| told.title).collect()
}

fn mail(to: &str, subject: &str) -> (String, String) {
    (to.to_owned(), subject.to_owned())
}

#[tokio::test]
async fn who_forgot_the_password_gets_the_link_by_mail_and_nowhere_else() {
    let world = World::new().await;
    let place = alpina(&world).await;
    world.identity.links(place.person.user, "v1.reset", &place.email);
    announce(
        &world,
        "account.password_reset_requested",
        &place,
        AccountChanged::default(),
    )
    .await;

    let mails = world.mails(1).await;
    assert_eq!(
        (mails[0].to.as_str(), mails[0].subject.as_str()),
        ("lea@alpina.example", "Choose a new password")
    );
    assert_eq!(
        mails[0].link("password"),
        "http://127.0.0.1:8080/password/v1.reset"
    );
    assert!(titles(&world, &place).await.is_empty());
}

#[tokio::test]
async fn a_changed_password_is_told_in_the_app_and_by_mail() {
    let world = World::new().await;
    let place = alpina(&world).await;
    announce(
        &world,
        "account.password_changed",
        &place,
        AccountChanged::default(),
    )
    .await;
    let expected = "Your password was changed";
    assert_eq!(mailed(&world).await, [mail(&place.email, expected)]);
    assert_eq!(titles(&world, &place).await, [expected]);
}

#[tokio::test]
async fn who_is_in_two_organizations_is_told_in_both_and_by_one_mail() {
    let world = World::new().await;
    let (place, other) = (
        alpina(&world).await,
        world.place("Berger SA", "chef@berger.example"),
    );
    let mut event = world.account_event("account.password_changed", &place, AccountChanged::default());
    let mut message: AccountChanged = prost::Message::decode(event.payload.as_slice()).unwrap();
    message.organizations.push(other.id.to_string());
    event.payload = prost::Message::encode_to_vec(&message);
    world.announce(&event).await;
    world.settled().await;

    assert_eq!(mailed(&world).await.len(), 1);
    let there = Place {
        id: other.id,
        person: entente_access::Person {
            organization: other.id,
            ..place.person
        },
        ..other
    };
    assert_eq!(titles(&world, &place).await, titles(&world, &there).await);
    assert_eq!(titles(&world, &there).await.len(), 1);
}

fn wanted(new: &str) -> AccountChanged {
    AccountChanged {
        other_email: new.to_owned(),
        ..AccountChanged::default()
    }
}

#[tokio::test]
async fn the_new_address_gets_the_link_and_the_present_one_a_warning_without_it() {
    let world = World::new().await;
    let place = alpina(&world).await;
    world
        .identity
        .links(place.person.user, "v1.change", "lea@berg.example");
    announce(
        &world,
        "account.email_change_requested",
        &place,
        wanted("lea@berg.example"),
    )
    .await;

    let warning = "Your account is to have another address";
    assert_eq!(
        mailed(&world).await,
        [
            mail("lea@alpina.example", warning),
            mail("lea@berg.example", "Confirm your new address")
        ]
    );
    for mail in world.mails(2).await {
        assert_eq!(
            mail.text.contains("v1.change"),
            mail.to == "lea@berg.example",
            "{}",
            mail.to
        );
        assert!(mail.text.contains("lea@berg.example"));
    }
    assert_eq!(titles(&world, &place).await, [warning]);
}

#[tokio::test]
async fn a_link_goes_to_no_address_but_the_one_that_it_is_for() {
    let world = World::new().await;
    let place = alpina(&world).await;
    world
        .identity
        .links(place.person.user, "v1.change", "lea@stern.example");
    announce(
        &world,
        "account.email_change_requested",
        &place,
        wanted("lea@berg.example"),
    )
    .await;
    assert_eq!(mailed(&world).await.len(), 1);
    let first = &world.deliveries().await[1];
    assert_eq!(
        (first.recipient.as_str(), first.state.as_str()),
        ("lea@berg.example", "obsolete")
    );
}

#[tokio::test]
async fn an_address_that_is_taken_gets_no_mail() {
    let world = World::new().await;
    let place = alpina(&world).await;
    announce(
        &world,
        "account.email_change_requested",
        &place,
        wanted("eva@berg.example"),
    )
    .await;
    let recipients: Vec<_> = mailed(&world).await.into_iter().map(|mail| mail.0).collect();
    assert_eq!(recipients, ["lea@alpina.example"]);
}

#[tokio::test]
async fn a_changed_address_is_told_to_the_one_before() {
    let world = World::new().await;
    let place = alpina(&world).await;
    announce(
        &world,
        "account.email_changed",
        &place,
        wanted("lea@former.example"),
    )
    .await;
    let expected = "Your account has another address";
    assert_eq!(mailed(&world).await, [mail("lea@former.example", expected)]);
    assert!(world.mails(1).await[0].text.contains("lea@alpina.example"));
    assert_eq!(titles(&world, &place).await, [expected]);
}

#[tokio::test]
async fn a_sign_in_from_a_new_place_says_from_where() {
    let world = World::new().await;
    let place = alpina(&world).await;
    let news = AccountChanged {
        origin: Some(Origin {
            address: "192.0.2.1".to_owned(),
            user_agent: String::new(),
        }),
        ..AccountChanged::default()
    };
    announce(&world, "account.new_place", &place, news).await;
    let mails = world.mails(1).await;
    assert!(
        mails[0].text.contains("from 192.0.2.1") && mails[0].text.contains("it is ?"),
        "{}",
        mails[0].text
    );
    assert_eq!(
        titles(&world, &place).await,
        ["Somebody signed in from a new place"]
    );
}
