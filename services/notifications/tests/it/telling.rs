//! Who is told of what.

use entente_access::Person;
use entente_contracts::access::v1::Resource;
use entente_contracts::identity::events::v1::{AccountChanged, CredentialChanged, EncryptionKeyChanged};
use entente_contracts::identity::v1::EncryptionKey;
use entente_contracts::partners::v1::{Mandate, MandateAccess, Partnership};
use entente_contracts::timestamp;
use entente_ids::EncryptionKeyKind;

use crate::world::{Place, World};

const CREATED: &str = "partnership_invitation.created";

async fn two(world: &World) -> (Place, Place) {
    (
        world.place("Berger SA", "chef@berger.example"),
        world.place("Alpina", "lea@alpina.example"),
    )
}

/// Announces one event about an invitation, and gives what came of it: mails, and the titles that each side is told.
async fn invitation(kind: &str) -> (Vec<(String, String)>, Vec<String>, Vec<String>) {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let invitation = world.invitation(&client, &partner, "v1.token");
    world.announce(&world.invitation_event(kind, &invitation)).await;
    world.settled().await;
    let mails = world
        .mails(0)
        .await
        .into_iter()
        .map(|mail| (mail.to, mail.subject))
        .collect();
    (
        mails,
        titles(&world, &client.person).await,
        titles(&world, &partner.person).await,
    )
}

async fn titles(world: &World, person: &Person) -> Vec<String> {
    world
        .told(person, 0)
        .await
        .into_iter()
        .map(|told| told.title)
        .collect()
}

fn mail(to: &str, subject: &str) -> Vec<(String, String)> {
    vec![(to.to_owned(), subject.to_owned())]
}

#[tokio::test]
async fn an_invited_person_gets_a_mail_with_the_link_to_join() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.noah-token"))
        .await;

    let mails = world.mails(1).await;
    assert_eq!(mails[0].to, "noah@alpina.example");
    assert_eq!(mails[0].subject, "Alpina invites you to Entente");
    assert_eq!(mails[0].link("join"), "http://127.0.0.1:8080/join/v1.noah-token");
    assert!(mails[0].text.contains("Alpina invites you") && mails[0].text.contains("22 January 2027"));
    assert!(
        mails[0]
            .html
            .contains("<a href=\"http://127.0.0.1:8080/join/v1.noah-token\">")
    );
    world.settled().await;
    assert_eq!(
        world.identity.calls(),
        [
            "service:notifications GetLocale",
            "service:notifications GetMemberInvitationToken"
        ]
    );
    assert!(world.told(&alpina.person, 0).await.is_empty());
}

#[tokio::test]
async fn whose_second_factor_changes_is_told_by_mail() {
    for (kind, subject) in [
        ("second_factor.enrolled", "Your account now asks for a code"),
        ("second_factor.disabled", "Your account no longer asks for a code"),
        (
            "second_factor.recovery_code_used",
            "A recovery code of your account was used",
        ),
        (
            "second_factor.recovery_codes_replaced",
            "Your account has new recovery codes",
        ),
        (
            "identity_provider.linked",
            "Your account can be opened with your identity provider",
        ),
        (
            "identity_provider.unlinked",
            "Your account is no longer linked to your identity provider",
        ),
    ] {
        let world = World::new().await;
        let alpina = world.place("Alpina", "lea@alpina.example");
        world.announce(&world.credential_event(&alpina, kind, 9)).await;

        let mails = world.mails(1).await;
        assert_eq!(
            (mails[0].to.as_str(), mails[0].subject.as_str()),
            ("lea@alpina.example", subject)
        );
        assert!(mails[0].text.contains("If this wasn't you"), "{}", mails[0].text);
        assert_eq!(mails[0].text.contains("codes left: 9"), kind.ends_with("used"));
    }
}

#[tokio::test]
async fn who_works_in_two_organizations_is_told_of_their_account_once() {
    let world = World::new().await;
    let (kind, alpina) = (
        "second_factor.enrolled",
        world.place("Alpina", "lea@alpina.example"),
    );
    // Each organization has an event of its own; one of them says where the person is told.
    world.announce(&world.credential_event(&alpina, kind, 9)).await;
    let user = alpina.person.user.to_string();
    let again = CredentialChanged {
        user: user.clone(),
        email: alpina.email.clone(),
        organization: String::new(),
        recovery_codes_left: 9,
    };
    world
        .announce(&world.event("entente.identity.account.v1", kind, user, &again))
        .await;

    world.mails(1).await;
    world.settled().await;
    assert_eq!(world.deliveries().await.len(), 1);
}

#[tokio::test]
async fn who_joins_is_told_to_those_who_manage_members_but_not_to_themselves() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    let mut member = world.member(&alpina, "noah@alpina.example");
    let noah = world.person(alpina.id);
    world
        .identity
        .has(alpina.id, Resource::Member, noah.user, "noah@alpina.example");
    (member.user, member.display_name) = (noah.user.to_string(), "Noah".to_owned());
    world
        .announce(&world.member_event("member.joined", member.clone()))
        .await;

    let told = world.told(&alpina.person, 1).await;
    assert_eq!(
        (told[0].title.as_str(), told[0].r#type.as_str()),
        ("Noah has joined Alpina", "member.joined")
    );
    assert_eq!(
        (&told[0].resource, &told[0].organization),
        (&member.id, &alpina.id.to_string())
    );
    world.settled().await;
    assert!(world.told(&noah, 0).await.is_empty());
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn everybody_is_told_when_the_glass_is_broken_and_why() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    let member = world.member(&alpina, "new@alpina.example");
    world
        .announce(&world.member_event("member.break_glass_granted", member.clone()))
        .await;

    let told = world.told(&alpina.person, 1).await;
    assert_eq!(
        told[0].title,
        "new@alpina.example is made an owner of Alpina by the operator"
    );
    assert!(told[0].body.contains("Nobody of the company can be reached."));
    let mails = world.mails(1).await;
    assert_eq!(mails[0].to, "lea@alpina.example");
    assert!(mails[0].text.contains("Its reason: Nobody of the company"));
}

#[tokio::test]
async fn who_is_responsible_is_copied_on_mails_without_a_link() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let ines = world.id();
    world.identity.copies(client.id, ines, "ines@operator.example");
    world.identity.copies(partner.id, ines, "ines@operator.example");
    let invitation = world.invitation(&client, &partner, "v1.token");
    world
        .announce(&world.invitation_event(CREATED, &invitation))
        .await;
    world.settled().await;
    assert_eq!(world.mails(1).await.len(), 1);
    world
        .announce(&world.invitation_event("partnership_invitation.accepted", &invitation))
        .await;
    world.settled().await;
    let mut to: Vec<_> = world.mails(3).await.into_iter().map(|mail| mail.to).collect();
    to.sort_unstable();
    assert_eq!(
        to,
        [
            "chef@berger.example",
            "ines@operator.example",
            "lea@alpina.example"
        ]
    );
}

#[tokio::test]
async fn who_is_responsible_is_not_copied_on_what_concerns_a_persons_own_account() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .identity
        .copies(alpina.id, world.id(), "ines@operator.example");
    let changed = AccountChanged::default();
    world
        .announce(&world.account_event("account.password_changed", &alpina, changed))
        .await;
    world
        .announce(&world.credential_event(&alpina, "second_factor.disabled", 0))
        .await;
    world.mails(2).await;
    world.settled().await;
    let deliveries = world.deliveries().await;
    let to: Vec<_> = deliveries.iter().map(|mail| mail.recipient.as_str()).collect();
    assert_eq!(to, ["lea@alpina.example", "lea@alpina.example"]);
}

#[tokio::test]
async fn nobody_is_told_of_the_first_owner() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    let member = world.member(&alpina, "root@alpina.example");
    world
        .announce(&world.member_event("member.bootstrapped", member))
        .await;
    world.settled().await;
    assert!(world.deliveries().await.is_empty());
    assert!(world.told(&alpina.person, 0).await.is_empty());
}

#[tokio::test]
async fn an_invitation_reaches_the_partner_with_its_link() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let invitation = world.invitation(&client, &partner, "v1.pin-token");
    world
        .announce(&world.invitation_event(CREATED, &invitation))
        .await;

    let mails = world.mails(1).await;
    assert_eq!(mails[0].to, partner.email);
    assert_eq!(mails[0].subject, "Berger SA invites Alpina to a partnership");
    assert_eq!(
        mails[0].link("invitations"),
        "http://127.0.0.1:8080/invitations/v1.pin-token"
    );
    assert!(
        mails[0]
            .text
            .contains("Berger SA writes:\n\n> Looking forward to it."),
        "{}",
        mails[0].text
    );
    let told = world.told(&partner.person, 1).await;
    assert_eq!(
        (told[0].title.as_str(), &told[0].resource),
        ("Berger SA invites Alpina", &invitation.id)
    );
    world.settled().await;
    assert!(titles(&world, &client.person).await.is_empty());
    assert_eq!(world.mails(1).await.len(), 1);
}

#[tokio::test]
async fn an_invitation_that_is_sent_again_reaches_the_partner_again() {
    let (mails, client, partner) = invitation("partnership_invitation.resent").await;
    let subject = "Berger SA invites Alpina to a partnership (sent again)";
    assert_eq!(mails, mail("lea@alpina.example", subject));
    assert_eq!(
        (client, partner),
        (vec![], vec!["Berger SA invites Alpina again".to_owned()])
    );
}

#[tokio::test]
async fn a_withdrawn_invitation_is_told_to_the_partner_in_the_app() {
    let (mails, client, partner) = invitation("partnership_invitation.withdrawn").await;
    assert!(mails.is_empty() && client.is_empty());
    assert_eq!(partner, ["Berger SA has withdrawn its invitation"]);
}

#[tokio::test]
async fn an_accepted_invitation_is_told_to_the_client() {
    let (mails, client, partner) = invitation("partnership_invitation.accepted").await;
    assert_eq!(
        mails,
        mail("chef@berger.example", "Alpina has accepted your invitation")
    );
    assert_eq!(
        (client, partner),
        (vec!["Alpina has accepted".to_owned()], vec![])
    );
}

#[tokio::test]
async fn a_refused_invitation_is_told_to_the_client() {
    let (mails, client, partner) = invitation("partnership_invitation.refused").await;
    assert_eq!(
        mails,
        mail("chef@berger.example", "Alpina has refused your invitation")
    );
    assert_eq!((client, partner), (vec!["Alpina has refused".to_owned()], vec![]));
}

#[tokio::test]
async fn an_expired_invitation_is_told_to_the_client() {
    let (mails, client, partner) = invitation("partnership_invitation.expired").await;
    assert_eq!(
        mails,
        mail("chef@berger.example", "Your invitation to Alpina has expired")
    );
    assert_eq!(
        (client, partner),
        (vec!["The invitation to Alpina has expired".to_owned()], vec![])
    );
}

#[tokio::test]
async fn both_sides_are_told_of_the_beginning_and_the_end_of_a_partnership() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    for kind in ["partnership.started", "partnership.ended"] {
        world
            .announce(&world.partnership_event(kind, &client, &partner))
            .await;
        world.settled().await;
        world.clock.advance(std::time::Duration::from_secs(1));
    }

    for person in [&client.person, &partner.person] {
        let expected =
            ["ended", "started"].map(|end| format!("The partnership of Berger SA and Alpina has {end}"));
        assert_eq!(titles(&world, person).await, expected);
    }
    let mut to: Vec<String> = world.mails(4).await.into_iter().map(|mail| mail.to).collect();
    to[..2].sort();
    to[2..].sort();
    let (berger, alpina) = ("chef@berger.example", "lea@alpina.example");
    assert_eq!(to, [berger, alpina, berger, alpina]);
}

#[tokio::test]
async fn both_sides_are_told_of_a_partnership_that_the_client_has_yet_to_consent_to() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let unconsented = Partnership::default();
    world
        .announce(&world.event_of_partnership("partnership.started", &client, &partner, unconsented))
        .await;
    world.settled().await;

    let title = "Alpina acts for Berger SA, which has yet to consent";
    for person in [&client.person, &partner.person] {
        assert_eq!(titles(&world, person).await, [title]);
    }
    let mails = world.mails(2).await;
    assert!(mails.iter().all(|mail| mail.subject == title));
}

#[tokio::test]
async fn who_is_invited_to_a_client_that_nobody_has_joined_is_told_by_mail() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let invited = "bea@berger.example";
    world
        .identity
        .expects(client.id, Resource::PartnershipInvitation, invited);
    let unconsented = Partnership::default();
    world
        .announce(&world.event_of_partnership("partnership.started", &client, &partner, unconsented))
        .await;
    world.settled().await;

    let mails = world.mails(2).await;
    let mut to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, [invited, "lea@alpina.example"]);
    assert!(titles(&world, &client.person).await.is_empty());
}

#[tokio::test]
async fn a_consent_is_mailed_to_the_partner_and_seen_by_both_sides() {
    for (access, title) in [
        (
            MandateAccess::Complete,
            "Berger SA has consented to the partnership with Alpina",
        ),
        (
            MandateAccess::Limited,
            "Berger SA has narrowed the partnership with Alpina",
        ),
    ] {
        let world = World::new().await;
        let (client, partner) = two(&world).await;
        let partnership = Partnership {
            mandate: Some(Mandate {
                access: access.into(),
                ..Mandate::default()
            }),
            ..Partnership::default()
        };
        world
            .announce(&world.event_of_partnership("partnership.consented", &client, &partner, partnership))
            .await;
        world.settled().await;

        for person in [&client.person, &partner.person] {
            assert_eq!(titles(&world, person).await, [title]);
        }
        let mails = world.mails(1).await;
        assert_eq!(
            (mails.len(), mails[0].to.as_str(), mails[0].subject.as_str()),
            (1, "lea@alpina.example", title)
        );
    }
}

#[tokio::test]
async fn a_key_expires_on_the_day_that_it_is_for_the_reader_then() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    let (user, organization) = (alpina.person.user, alpina.id.to_string());
    world
        .identity
        .has(alpina.id, Resource::EncryptionKey, user, &alpina.email);
    world.identity.writes(&organization, "en", "Europe/Zurich");
    let key = EncryptionKey {
        id: world.id::<EncryptionKeyKind>().to_string(),
        organization,
        display_name: "Files".to_owned(),
        expire_time: Some(timestamp("2027-01-21T23:30:00Z".parse().unwrap())),
        ..EncryptionKey::default()
    };
    let (topic, kind) = ("entente.identity.encryption_key.v1", "encryption_key.expiring");
    let expiring = EncryptionKeyChanged {
        encryption_key: Some(key.clone()),
        days_left: 7,
    };
    world.announce(&world.event(topic, kind, key.id, &expiring)).await;

    let said = "The key Files expires on 22 January 2027 at 00:30 CET";
    assert_eq!(world.told(&alpina.person, 1).await[0].title, said);
    assert_eq!(
        world.mails(1).await[0].subject,
        "The encryption key Files expires on 22 January 2027 at 00:30 CET"
    );
    world.identity.writes(&user.to_string(), "fr", "Asia/Tokyo");
    assert_eq!(
        world.told(&alpina.person, 1).await[0].title,
        "La clé Files expire le 22 janvier 2027 à 08:30 JST"
    );
}

#[tokio::test]
async fn the_texts_are_in_the_readers_language_with_times_of_their_zone() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let (user, organization) = (partner.person.user.to_string(), partner.id.to_string());
    world.identity.writes(&user, "fr", "Europe/Zurich");
    world.identity.writes(&organization, "en", "Europe/Zurich");
    let invitation = world.invitation(&client, &partner, "v1.pin-token");
    world
        .announce(&world.invitation_event(CREATED, &invitation))
        .await;

    let mails = world.mails(1).await;
    assert_eq!(mails[0].subject, "Berger SA propose un partenariat à Alpina");
    assert!(
        mails[0].text.contains("22 janvier 2027 à 09:00 CET"),
        "{}",
        mails[0].text
    );
    assert_eq!(
        mails[0].link("invitations"),
        "http://127.0.0.1:8080/invitations/v1.pin-token"
    );
    assert_eq!(
        world.told(&partner.person, 1).await[0].title,
        "Berger SA invite Alpina"
    );
}

#[tokio::test]
async fn each_of_two_readers_of_one_event_reads_in_their_own_language() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    world
        .identity
        .writes(&client.person.user.to_string(), "fr", "Europe/Paris");
    world
        .announce(&world.partnership_event("partnership.ended", &client, &partner))
        .await;
    world.settled().await;

    let mails = world.mails(2).await;
    let subject = |to: &str| {
        let mail = mails.iter().find(|mail| mail.to == to);
        mail.unwrap().subject.clone()
    };
    assert_eq!(
        [subject(&client.email), subject(&partner.email)],
        [
            "Le partenariat entre Berger SA et Alpina a pris fin",
            "The partnership of Berger SA and Alpina has ended"
        ]
    );
}

#[tokio::test]
async fn an_invited_address_is_written_to_in_the_language_of_the_organization() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .identity
        .writes(&alpina.id.to_string(), "fr", "Europe/Paris");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.noah-token"))
        .await;
    let mails = world.mails(1).await;
    assert!(
        mails[0].text.contains("22 janvier 2027 à 09:00 CET"),
        "{}",
        mails[0].text
    );
}

#[tokio::test]
async fn what_concerns_an_account_is_written_in_the_language_of_its_holder() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .identity
        .writes(&alpina.person.user.to_string(), "fr", "Europe/Paris");
    world
        .announce(&world.credential_event(&alpina, "second_factor.enrolled", 9))
        .await;
    assert_eq!(
        world.mails(1).await[0].subject,
        "Votre compte demande désormais un code"
    );
}

#[tokio::test]
async fn the_list_is_in_english_while_the_readers_language_is_not_known() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    world
        .identity
        .writes(&client.person.user.to_string(), "fr", "Europe/Paris");
    world
        .announce(&world.partnership_event("partnership.ended", &client, &partner))
        .await;
    world.settled().await;
    assert_eq!(
        titles(&world, &client.person).await,
        ["Le partenariat entre Berger SA et Alpina a pris fin"]
    );
    world.identity.is_away(true);
    assert_eq!(
        titles(&world, &client.person).await,
        ["The partnership of Berger SA and Alpina has ended"]
    );
}

#[tokio::test]
async fn an_organization_that_is_gone_keeps_nobody_waiting() {
    let world = World::new().await;
    let client = world.place("Berger SA", "chef@berger.example");
    let gone = Place {
        id: world.id(),
        name: "Alpina",
        person: world.person(client.id),
        email: String::new(),
    };
    world
        .announce(&world.partnership_event("partnership.ended", &client, &gone))
        .await;
    world.settled().await;
    assert_eq!(world.mails(1).await[0].to, client.email);
}
