//! Whatever is killed in the middle of the story, it ends right.
//!
//! Each round is the story from the invitation to the end; in each of its steps one process is killed while the request
//! is under way or its effects are, and started again. The client repeats a request, under the same id, until it is
//! answered.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Log, Market, Person, Processes, SERVICES, eventually, trail_is};

on_both_logs!(whatever_is_killed_the_story_ends_right);

/// What is struck in a step.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Process(&'static str),
    DatabaseConnections,
}

async fn whatever_is_killed_the_story_ends_right(log: Log) {
    let processes = Processes::start(log, &["--partners-recovery-after", "1s"]).await;
    let market = Market::open(&processes).await;
    market.alpina.set_up_billing().await;
    let product = market.berger.product("Mail", "Newsletter").await;
    let mut story = Story {
        market: &market,
        product,
        processes,
        moments: 0,
        request: 0,
    };

    let mut rounds = Vec::new();
    for victim in SERVICES
        .map(Victim::Process)
        .into_iter()
        .chain([Victim::DatabaseConnections])
    {
        rounds.push(story.round(victim).await);
    }

    story.processes.ready().await;
    story.each_round_happened_once(&rounds).await;
}

struct Story<'a> {
    market: &'a Market,
    product: String,
    processes: Processes,
    moments: u64,
    request: u64,
}

/// What came of a round.
#[derive(Debug)]
struct Round {
    invitation: String,
    partnership: String,
}

impl Story<'_> {
    async fn round(&mut self, victim: Victim) -> Round {
        let market = self.market;
        let (bea, anna) = (&market.berger.owner, &market.alpina.owner);
        let body = json!({
            "partner": market.alpina.id, "access": "MANDATE_ACCESS_LIMITED", "products": [self.product],
        });
        let invited = self
            .step(victim, bea, &market.berger.path("partnershipInvitations"), body)
            .await;
        let invitation = invited["invitation"]["id"].as_str().unwrap().to_owned();
        let mail = self
            .processes
            .mailbox
            .open(&anna.email, "Berger SA invites Alpina to a partnership")
            .await;
        let accept = market
            .alpina
            .path(&format!("partnershipInvitations/{invitation}:accept"));
        let accepted = self
            .step(
                victim,
                anna,
                &accept,
                json!({ "token": mail.link_token("invitations") }),
            )
            .await;
        assert_eq!(
            accepted["invitation"]["state"],
            "PARTNERSHIP_INVITATION_STATE_ACCEPTED"
        );
        let partnership = accepted["invitation"]["partnership"].as_str().unwrap().to_owned();
        let path = market.berger.path(&format!("products/{}", self.product));
        let read = anna.persist(Method::GET, &path, None).await;
        assert_eq!(read.ok()["product"]["displayName"], "Newsletter");
        let end = market.berger.path(&format!("partnerships/{partnership}:end"));
        let ended = self.step(victim, bea, &end, json!({})).await;
        assert_eq!(
            ended["partnership"]["state"], "PARTNERSHIP_STATE_ENDED",
            "{victim:?}"
        );
        anna.persist(Method::GET, &path, None)
            .await
            .refused(403, "MANDATE_ENDED");
        Round {
            invitation,
            partnership,
        }
    }

    /// Sends a request, and strikes at another moment each time.
    async fn step(&mut self, victim: Victim, person: &Person, path: &str, mut body: Value) -> Value {
        self.request += 1;
        body["requestId"] = json!(format!("request-{}", self.request));
        self.moments += 1;
        let moment = Duration::from_millis(self.moments * 7 % 40);
        let strike = async {
            // Not a wait for anything: it chooses where in the request's way the blow falls.
            tokio::time::sleep(moment).await;
            match victim {
                Victim::Process(service) => self.processes.kill(service).await,
                Victim::DatabaseConnections => self.processes.cut_database().await,
            }
        };
        let (answer, ()) = tokio::join!(person.persist(Method::POST, path, Some(&body)), strike);
        answer.ok()
    }

    async fn each_round_happened_once(&self, rounds: &[Round]) {
        let market = self.market;
        let (bea, anna) = (&market.berger.owner, &market.alpina.owner);
        for (list, state) in [
            ("partnershipInvitations", "PARTNERSHIP_INVITATION_STATE_ACCEPTED"),
            ("partnerships", "PARTNERSHIP_STATE_ENDED"),
        ] {
            let listed = bea
                .persist(Method::GET, &market.berger.path(list), None)
                .await
                .ok();
            let name = if list == "partnerships" {
                list
            } else {
                "invitations"
            };
            let listed = listed[name].as_array().unwrap();
            assert_eq!(listed.len(), rounds.len(), "{listed:#?}");
            assert!(listed.iter().all(|one| one["state"] == state), "{listed:#?}");
        }
        for Round {
            invitation,
            partnership,
        } in rounds
        {
            for reader in [bea, anna] {
                let steps = [
                    ("partnership_invitation.created", bea.id.as_str(), ""),
                    ("partnership_invitation.accepted", anna.id.as_str(), ""),
                ];
                trail_is(reader, invitation, &steps).await;
                let steps = [
                    ("partnership.started", anna.id.as_str(), ""),
                    ("partnership.ended", bea.id.as_str(), ""),
                ];
                trail_is(reader, partnership, &steps).await;
            }
        }
        self.everybody_was_told_once(rounds).await;
    }

    async fn everybody_was_told_once(&self, rounds: &[Round]) {
        let (bea, anna) = (&self.market.berger.owner, &self.market.alpina.owner);
        for (person, of_invitation) in [
            (bea, "partnership_invitation.accepted"),
            (anna, "partnership_invitation.created"),
        ] {
            let mut expected: Vec<_> = rounds
                .iter()
                .flat_map(|round| {
                    [
                        (of_invitation, round.invitation.as_str()),
                        ("partnership.started", round.partnership.as_str()),
                        ("partnership.ended", round.partnership.as_str()),
                    ]
                })
                .map(|(kind, resource)| format!("{kind} {resource}"))
                .collect();
            expected.sort();
            eventually(
                &format!("what {} is told: {expected:#?}", person.email),
                async || {
                    let listed = person
                        .persist(Method::GET, "/v1/notifications?pageSize=200", None)
                        .await;
                    let listed = listed.ok();
                    let listed = listed["notifications"].as_array().cloned().unwrap_or_default();
                    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
                    let mut seen: Vec<_> = listed
                        .iter()
                        .map(|one| format!("{} {}", text(one, "type"), text(one, "resource")))
                        .collect();
                    seen.sort();
                    if seen == expected { Ok(()) } else { Err(seen) }
                },
            )
            .await;
        }
        let expected: BTreeMap<(&str, &str), usize> = [
            (anna, "Berger SA invites Alpina to a partnership"),
            (bea, "Alpina has accepted your invitation"),
            (bea, "The partnership of Berger SA and Alpina has started"),
            (anna, "The partnership of Berger SA and Alpina has started"),
            (bea, "The partnership of Berger SA and Alpina has ended"),
            (anna, "The partnership of Berger SA and Alpina has ended"),
        ]
        .map(|(person, subject)| ((person.email.as_str(), subject), rounds.len()))
        .into();
        eventually(&format!("the mails: {expected:#?}"), async || {
            let mails = self.processes.mailbox.all();
            let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
            for mail in mails.iter().filter(|mail| !mail.subject.ends_with(" to Entente")) {
                *seen.entry((&mail.to, &mail.subject)).or_default() += 1;
            }
            let ids: std::collections::BTreeSet<_> = mails.iter().map(|mail| &mail.id).collect();
            if seen == expected && ids.len() == mails.len() {
                Ok(())
            } else {
                Err(format!("{seen:#?}"))
            }
        })
        .await;
    }
}
