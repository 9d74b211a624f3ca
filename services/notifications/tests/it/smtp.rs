//! Mail through a real mail server.

use std::time::Duration;

use entente_notifications::Config;

use crate::smtp_server::SmtpServer;
use crate::world::World;

fn through(server: &SmtpServer) -> impl FnOnce(&mut Config) + use<> {
    let url = server.url();
    move |config| config.smtp_url = Some(url.into())
}

#[tokio::test]
async fn a_mail_goes_through_the_server_with_its_login() {
    let server = SmtpServer::with_login("entente", "s3cret").await;
    let world = World::with(through(&server)).await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.token"))
        .await;

    let mails = server.mails(1).await;
    assert_eq!(mails[0].to, "noah@alpina.example");
    assert_eq!(mails[0].link("join"), "http://127.0.0.1:8080/join/v1.token");
    world.settled().await;
    assert_eq!(world.deliveries().await[0].state, "sent");
}

#[tokio::test]
async fn a_server_that_is_down_gets_the_mail_once_when_it_is_back() {
    let mut server = SmtpServer::start().await;
    server.stop().await;
    let world = World::with(through(&server)).await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.token"))
        .await;
    let delivery = world.delivery(|delivery| delivery.attempts > 0).await;
    assert!(
        delivery.state == "pending" && delivery.error.contains("tried again"),
        "{delivery:?}"
    );

    let server = server.start_again().await;
    world.clock.advance(Duration::from_secs(60));
    world.settled().await;
    assert_eq!(server.mails(1).await.len(), 1);
    let delivery = world.deliveries().await.remove(0);
    assert_eq!((delivery.state.as_str(), delivery.error.as_str()), ("sent", ""));
}

#[tokio::test]
async fn a_recipient_who_is_refused_for_good_holds_up_nobody_else() {
    let server = SmtpServer::start().await;
    let world = World::with(through(&server)).await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    for email in ["gone@alpina.example", "noah@alpina.example"] {
        world.announce(&world.invited(&alpina, email, "v1.token")).await;
    }
    world.settled().await;

    let deliveries = world.deliveries().await;
    assert_eq!(
        (deliveries[0].state.as_str(), deliveries[0].attempts),
        ("failed", 1)
    );
    assert!(
        deliveries[0].error.contains("there is no such mailbox"),
        "{deliveries:?}"
    );
    assert_eq!(deliveries[1].state, "sent");
    assert_eq!(server.mails(1).await[0].to, "noah@alpina.example");
}

#[tokio::test]
async fn a_recipient_who_is_refused_for_the_moment_is_tried_for_three_days() {
    let server = SmtpServer::start().await;
    let world = World::with(through(&server)).await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "busy@alpina.example", "v1.token"))
        .await;
    world
        .delivery(|delivery| delivery.state == "pending" && delivery.attempts == 1)
        .await;

    world.clock.advance(Duration::from_hours(1));
    world
        .delivery(|delivery| delivery.state == "pending" && delivery.attempts == 2)
        .await;
    world.clock.advance(Duration::from_hours(72));
    let delivery = world.delivery(|delivery| delivery.state == "failed").await;
    assert!(delivery.error.contains("try again later"), "{delivery:?}");
}

#[tokio::test]
async fn a_login_that_is_refused_is_ours_to_mend_and_loses_no_mail() {
    let mut server = SmtpServer::with_login("entente", "s3cret").await;
    let wrong = server.url().replace("s3cret", "wrong");
    let world = World::with(|config| config.smtp_url = Some(wrong.into())).await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.token"))
        .await;
    let delivery = world.delivery(|delivery| delivery.attempts > 0).await;
    assert_eq!(delivery.state, "pending", "{delivery:?}");
    assert!(!delivery.error.contains("wrong"), "{delivery:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_mail_that_was_sent_but_not_noted_goes_out_again_with_the_same_id() {
    let server = SmtpServer::start().await;
    let world = World::with(through(&server)).await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.token"))
        .await;
    world.settled().await;

    world
        .execute("update notifications.delivery set state = 'pending', sent_at = null")
        .await;
    world.settled().await;
    let mails = server.mails(2).await;
    assert_eq!((mails.len(), &mails[0].id), (2, &mails[1].id));
}

#[tokio::test]
async fn a_setting_that_is_no_mail_server_is_named_without_its_password() {
    let url = "smtp//entente:s3cret@mail".to_owned().into();
    let error = entente_notifications::mail::SmtpMailer::new(&url, None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("ENTENTE_NOTIFICATIONS_SMTP_URL") && !error.contains("s3cret"),
        "{error}"
    );
}
