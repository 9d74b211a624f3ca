//! Story 4: a client finds a partner, entrusts two of its three products to it, and takes them back.
//!
//! At each step: the answer, what the trails of both sides say, and who is told.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{
    Answer, Installation, Log, Market, Person, Told, change, eventually, now, trail, trail_is,
};

on_both_logs!(a_limited_mandate_from_search_to_end);

const PENDING: &str = "PARTNERSHIP_INVITATION_STATE_PENDING";

async fn a_limited_mandate_from_search_to_end(log: Log) {
    let installation = Installation::start(log).await;
    let scene = Scene::set(&installation).await;
    let mut story = Story {
        scene: &scene,
        told: scene.told(&installation),
    };
    story.told.is_all().await;
    story.every_organization_has_a_billing_account().await;
    story.only_a_legal_representative_looks_for_partners().await;
    story.the_partner_is_found().await;
    story.a_withdrawn_link_is_dead(&installation).await;
    let (invitation, links) = story.an_invitation_is_sent_and_sent_again(&installation).await;
    story
        .without_billing_nothing_is_accepted(&invitation, &links)
        .await;
    let partnership = story.with_billing_it_is_accepted(&invitation, &links).await;
    story.the_client_stands_in_the_list(&partnership).await;
    story.two_products_are_open_and_the_third_is_not().await;
    story
        .to_strangers_none_of_it_exists(&invitation, &partnership)
        .await;
    story.ended_it_is_over_at_once(&partnership).await;
    drop(story);
    let installation = installation.restart().await;
    scene.denials_stand_in_the_trail().await;
    installation.stop().await;
}

/// Who plays, and with what.
struct Scene {
    market: Market,
    /// An administrator of the client who may not bind it.
    carl: Person,
    /// Does the daily work at the partner.
    amir: Person,
    products: [String; 3],
    joined: [(String, String); 2],
}

impl Scene {
    async fn set(installation: &Installation) -> Self {
        let market = Market::open(installation).await;
        let carl = market
            .berger
            .colleague(installation, "carl@berger.example", "admin")
            .await;
        let amir = market
            .alpina
            .colleague(installation, "amir@alpina.example", "member")
            .await;
        let products = [
            market.berger.product("Domains", "Main domain").await,
            market.berger.product("Hosting", "Database").await,
            market.berger.product("Hosting", "Web hosting").await,
        ];
        let joined = [
            (
                market.berger.owner.email.clone(),
                market.berger.owner.place_of(&carl).await,
            ),
            (
                market.alpina.owner.email.clone(),
                market.alpina.owner.place_of(&amir).await,
            ),
        ];
        Self {
            market,
            carl,
            amir,
            products,
            joined,
        }
    }

    fn bea(&self) -> &Person {
        &self.market.berger.owner
    }

    fn anna(&self) -> &Person {
        &self.market.alpina.owner
    }

    fn zoe(&self) -> &Person {
        &self.market.zenith.owner
    }

    /// What was told while the scene was set: who was invited, and who has come.
    fn told<'a>(&'a self, installation: &'a Installation) -> Told<'a> {
        let (bea, anna, zoe) = (self.bea(), self.anna(), self.zoe());
        let mut told = Told::new(
            installation,
            &[&self.market.operator, bea, &self.carl, anna, &self.amir, zoe],
        );
        told.by_mail(&[bea, &self.carl], "Berger SA invites you to Entente");
        told.by_mail(&[anna, &self.amir], "Alpina invites you to Entente");
        told.by_mail(&[zoe], "Zenith invites you to Entente");
        for (person, (email, member)) in [bea, anna].into_iter().zip(&self.joined) {
            assert_eq!(&person.email, email);
            told.in_app(&[person], "member.joined", member);
        }
        told
    }

    /// They are counted by the minute and told when that is over, or when identity ends.
    async fn denials_stand_in_the_trail(&self) {
        let berger = &self.market.berger.id;
        let alpina = self.market.alpina.id.as_str();
        let expected = [
            (&self.carl, "", "LEGAL_REPRESENTATIVE_REQUIRED"),
            (self.anna(), alpina, "OUTSIDE_MANDATE"),
            (&self.amir, alpina, "OUTSIDE_MANDATE"),
            (self.anna(), alpina, "MANDATE_ENDED"),
        ];
        for (denied, on_behalf_of, reason) in expected {
            eventually(&format!("the denials of {}", denied.email), async || {
                let events = trail(self.bea(), berger).await;
                let found = events.iter().any(|event| {
                    event["type"] == "access.denied"
                        && event["actor"] == denied.id.as_str()
                        && event["onBehalfOf"].as_str().unwrap_or_default() == on_behalf_of
                        && change(event, "reason") == (Value::Null, json!(reason))
                });
                if found { Ok(()) } else { Err(events) }
            })
            .await;
        }
    }
}

/// The tokens of an invitation that was sent twice.
struct Links {
    dead: String,
    living: String,
}

struct Story<'a> {
    scene: &'a Scene,
    told: Told<'a>,
}

impl<'a> Story<'a> {
    async fn every_organization_has_a_billing_account(&self) {
        let owners = [
            &self.scene.market.operator,
            self.scene.bea(),
            self.scene.anna(),
            self.scene.zoe(),
        ];
        for owner in owners {
            let account = eventually("a billing account", async || {
                let answer = owner
                    .get(&format!(
                        "/v1/organizations/{}/billingAccount",
                        owner.organization
                    ))
                    .await;
                if answer.status == 200 {
                    Ok(answer.body["account"].clone())
                } else {
                    Err(answer)
                }
            })
            .await;
            assert_eq!(account["organization"], owner.organization.as_str());
            assert_eq!(account["missing"].as_array().unwrap().len(), 5, "{account:#}");
        }
    }

    async fn only_a_legal_representative_looks_for_partners(&self) {
        let Scene {
            market,
            carl,
            products,
            ..
        } = self.scene;
        let found = carl.get(&market.berger.path("partnerDirectory?query=alp")).await;
        found.refused(403, "LEGAL_REPRESENTATIVE_REQUIRED");
        invite(carl, &market.alpina.id, &products[..2])
            .await
            .refused(403, "LEGAL_REPRESENTATIVE_REQUIRED");
    }

    async fn the_partner_is_found(&self) {
        let Scene { market, .. } = self.scene;
        for query in ["lpIn", "anna@alpina.example"] {
            let path = market.berger.path(&format!("partnerDirectory?query={query}"));
            let found = eventually("the partner", async || {
                let found = self.scene.bea().get(&path).await.ok()["partners"].clone();
                if found.as_array().is_some_and(|found| !found.is_empty()) {
                    Ok(found)
                } else {
                    Err(found)
                }
            })
            .await;
            let alpina = json!({
                "organization": market.alpina.id, "displayName": "Alpina", "contactEmail": "anna@alpina.example",
            });
            assert_eq!(found, json!([alpina]));
        }
    }

    async fn a_withdrawn_link_is_dead(&mut self, installation: &Installation) {
        let Scene { market, products, .. } = self.scene;
        let (bea, anna) = (self.scene.bea(), self.scene.anna());
        let invitation = text(&invite(bea, &market.alpina.id, &products[2..]).await.ok()["invitation"]["id"]);
        self.told
            .in_app(&[anna], "partnership_invitation.created", &invitation);
        self.told
            .by_mail(&[anna], "Berger SA invites Alpina to a partnership");
        self.told.is_all().await;
        let mail = installation
            .mailbox
            .open(&anna.email, "Berger SA invites Alpina to a partnership")
            .await;
        let link = mail.link_token("invitations");

        let path = market
            .berger
            .path(&format!("partnershipInvitations/{invitation}:withdraw"));
        let withdrawn = bea.post(&path, json!({})).await.ok();

        assert_eq!(
            withdrawn["invitation"]["state"],
            "PARTNERSHIP_INVITATION_STATE_WITHDRAWN"
        );
        self.told
            .in_app(&[anna], "partnership_invitation.withdrawn", &invitation);
        self.told.is_all().await;
        look_up(installation, &link).await.refused(404, "LINK_DEAD");
        let page = installation.rest.get(&format!("/invitations/{link}")).await;
        assert_eq!(page.status, 404, "{}", page.body);
        let steps = [
            ("partnership_invitation.created", bea.id.as_str(), ""),
            ("partnership_invitation.withdrawn", bea.id.as_str(), ""),
        ];
        for reader in [bea, anna] {
            let events = trail_is(reader, &invitation, &steps).await;
            assert_eq!(
                change(&events[1], "state"),
                (json!("pending"), json!("withdrawn"))
            );
        }
    }

    async fn an_invitation_is_sent_and_sent_again(&mut self, installation: &Installation) -> (String, Links) {
        let Scene { market, products, .. } = self.scene;
        let (bea, anna) = (self.scene.bea(), self.scene.anna());
        let started = now();
        let invited = invite(bea, &market.alpina.id, &products[..2]).await.ok()["invitation"].clone();
        let invitation = text(&invited["id"]);
        assert_eq!(
            (&invited["state"], &invited["products"]),
            (&json!(PENDING), &json!(products[..2]))
        );
        invite(bea, &market.alpina.id, &products[..2])
            .await
            .refused(409, "ALREADY_INVITED");
        self.told
            .in_app(&[anna], "partnership_invitation.created", &invitation);
        self.told
            .by_mail(&[anna], "Berger SA invites Alpina to a partnership");
        self.told.is_all().await;
        let mail = installation
            .mailbox
            .open(&anna.email, "Berger SA invites Alpina to a partnership")
            .await;
        let first = mail.link_token("invitations");
        assert_eq!(
            look_up(installation, &first).await.ok()["invitation"]["id"],
            invitation.as_str()
        );
        let page = installation.rest.get(&format!("/invitations/{first}")).await;
        assert!(
            page.status == 200 && page.body.as_str().is_some_and(|html| html.contains("Berger SA")),
            "{page:?}"
        );

        let path = market
            .berger
            .path(&format!("partnershipInvitations/{invitation}:resend"));
        bea.post(&path, json!({})).await.ok();

        self.told
            .in_app(&[anna], "partnership_invitation.resent", &invitation);
        let subject = "Berger SA invites Alpina to a partnership (sent again)";
        self.told.by_mail(&[anna], subject);
        self.told.is_all().await;
        let second = installation
            .mailbox
            .open(&anna.email, subject)
            .await
            .link_token("invitations");
        look_up(installation, &first).await.refused(404, "LINK_DEAD");
        look_up(installation, &second).await.ok();
        let steps = [
            ("partnership_invitation.created", bea.id.as_str(), ""),
            ("partnership_invitation.resent", bea.id.as_str(), ""),
        ];
        for reader in [bea, anna] {
            let events = trail_is(reader, &invitation, &steps).await;
            assert_eq!(change(&events[0], "state"), (Value::Null, json!("pending")));
            assert_eq!(
                change(&events[0], "products"),
                (Value::Null, json!(products[..2]))
            );
            let time: Timestamp = events[0]["time"].as_str().unwrap().parse().unwrap();
            assert!(
                started - SignedDuration::from_millis(1) <= time && time <= now(),
                "{time}"
            );
        }
        (
            invitation,
            Links {
                dead: first,
                living: second,
            },
        )
    }

    async fn without_billing_nothing_is_accepted(&self, invitation: &str, links: &Links) {
        let refusal = eventually("what is missing", async || {
            let refusal = answer(self.scene.anna(), invitation, &links.living, "accept").await;
            let problem = refusal.refused(400, "BILLING_REQUIRED");
            let named = problem["metadata"]["missing"]
                .as_str()
                .is_some_and(|text| text.contains("payment_method"));
            if named { Ok(problem) } else { Err(problem) }
        })
        .await;
        assert_eq!(refusal["code"], "FAILED_PRECONDITION");
        let path = format!("partnershipInvitations/{invitation}");
        let seen = self
            .scene
            .anna()
            .get(&self.scene.market.alpina.path(&path))
            .await
            .ok();
        assert_eq!(seen["invitation"]["state"], PENDING);
        let account = json!({ "legalName": "Alpina" });
        let path = self.scene.market.alpina.path("billingAccount");
        self.scene
            .amir
            .patch(&path, account)
            .await
            .refused(403, "PERMISSION_MISSING");
    }

    async fn with_billing_it_is_accepted(&mut self, invitation: &str, links: &Links) -> String {
        let Scene {
            market,
            carl,
            products,
            ..
        } = self.scene;
        let (bea, anna) = (self.scene.bea(), self.scene.anna());
        market.alpina.set_up_billing().await;
        answer(anna, invitation, &links.dead, "accept")
            .await
            .refused(404, "LINK_DEAD");

        let accepted = answer(anna, invitation, &links.living, "accept").await.ok()["invitation"].clone();

        assert_eq!(accepted["state"], "PARTNERSHIP_INVITATION_STATE_ACCEPTED");
        let partnership = text(&accepted["partnership"]);
        self.told
            .in_app(&[bea, carl], "partnership_invitation.accepted", invitation);
        self.told
            .by_mail(&[bea, carl], "Alpina has accepted your invitation");
        self.told
            .in_app(&[bea, carl, anna], "partnership.started", &partnership);
        self.told.by_mail(
            &[bea, carl, anna],
            "The partnership of Berger SA and Alpina has started",
        );
        self.told.is_all().await;
        let used = answer(anna, invitation, &links.living, "accept").await;
        assert!(used.status == 404 || used.status == 400, "{used:?}");
        for reader in [bea, anna] {
            let steps = [
                ("partnership_invitation.created", bea.id.as_str(), ""),
                ("partnership_invitation.resent", bea.id.as_str(), ""),
                ("partnership_invitation.accepted", anna.id.as_str(), ""),
            ];
            let events = trail_is(reader, invitation, &steps).await;
            assert_eq!(change(&events[2], "state"), (json!("pending"), json!("accepted")));
            assert_eq!(
                change(&events[2], "partnership"),
                (Value::Null, json!(partnership))
            );
            let events = trail_is(reader, &partnership, &[("partnership.started", &anna.id, "")]).await;
            assert_eq!(
                change(&events[0], "mandate.products"),
                (Value::Null, json!(products[..2]))
            );
        }
        partnership
    }

    async fn the_client_stands_in_the_list(&self, partnership: &str) {
        let Scene {
            market,
            amir,
            products,
            ..
        } = self.scene;
        let listed = amir.get(&market.alpina.path("clients?query=berger")).await.ok()["clients"].clone();
        let [client] = listed.as_array().unwrap().as_slice() else {
            panic!("{listed:#}")
        };
        assert_eq!(client["organization"], market.berger.id.as_str());
        assert_eq!(
            (&client["displayName"], &client["partnership"]),
            (&json!("Berger SA"), &json!(partnership))
        );
        assert_eq!(client["mandate"]["access"], "MANDATE_ACCESS_LIMITED");
        assert_eq!(client["mandate"]["products"], json!(products[..2]));
        for (reader, company) in [(self.scene.bea(), &market.berger), (amir, &market.alpina)] {
            let listed = reader
                .get(&company.path("partnerships?state=PARTNERSHIP_STATE_ACTIVE"))
                .await
                .ok();
            assert_eq!(listed["partnerships"][0]["id"], partnership);
        }
    }

    async fn two_products_are_open_and_the_third_is_not(&self) {
        let Scene {
            market,
            amir,
            products: [first, second, third],
            ..
        } = self.scene;
        let (bea, anna) = (self.scene.bea(), self.scene.anna());
        let product = |id: &str| market.berger.path(&format!("products/{id}"));
        for person in [anna, amir] {
            assert_eq!(
                person.get(&product(first)).await.ok()["product"]["displayName"],
                "Main domain"
            );
            assert_eq!(
                person.get(&product(second)).await.ok()["product"]["displayName"],
                "Database"
            );
            let denied = person.get(&product(third)).await.refused(403, "OUTSIDE_MANDATE");
            assert!(!denied.to_string().contains("Web hosting"), "{denied:#}");
            person
                .get(&market.berger.path("products"))
                .await
                .refused(403, "OUTSIDE_MANDATE");
        }
        let renamed = json!({ "displayName": "Main domain, renewed" });
        amir.patch(&product(third), renamed.clone())
            .await
            .refused(403, "OUTSIDE_MANDATE");
        amir.patch(&product(first), renamed).await.ok();
        let steps = [
            ("product.created", bea.id.as_str(), ""),
            ("product.updated", amir.id.as_str(), market.alpina.id.as_str()),
        ];
        let events = trail_is(bea, first, &steps).await;
        let names = (json!("Main domain"), json!("Main domain, renewed"));
        assert_eq!(change(&events[1], "display_name"), names);
        assert!(
            events[1]["trace"].is_string() || events[1]["request"].is_string(),
            "{:#}",
            events[1]
        );
    }

    /// What is not theirs looks the same as what does not exist.
    async fn to_strangers_none_of_it_exists(&self, invitation: &str, partnership: &str) {
        let Scene { market, products, .. } = self.scene;
        let zoe = self.scene.zoe();
        let paths = [
            format!("/v1/organizations/{}", market.berger.id),
            market.berger.path("products"),
            market.berger.path(&format!("products/{}", products[0])),
            market
                .berger
                .path(&format!("partnershipInvitations/{invitation}")),
            market
                .alpina
                .path(&format!("partnershipInvitations/{invitation}")),
            market
                .zenith
                .path(&format!("partnershipInvitations/{invitation}")),
            market.berger.path(&format!("partnerships/{partnership}")),
            market.alpina.path(&format!("partnerships/{partnership}")),
            market.zenith.path(&format!("partnerships/{partnership}")),
            market.zenith.path(&format!("products/{}", products[0])),
            market.alpina.path("clients"),
            market.berger.path("members"),
            market.berger.path("billingAccount"),
            market.berger.path("auditEvents"),
        ];
        for path in paths {
            let theirs = zoe.get(&path).await.refused(404, "NOT_FOUND");
            // The same path with ids that nothing has.
            let nowhere = zoe
                .get(&nowhere(&path, &market.zenith.id))
                .await
                .refused(404, "NOT_FOUND");
            assert_eq!(theirs["detail"], nowhere["detail"], "{path}");
        }
        let end = market.berger.path(&format!("partnerships/{partnership}:end"));
        zoe.post(&end, json!({})).await.refused(404, "NOT_FOUND");
        answer(zoe, invitation, "nothing", "refuse")
            .await
            .refused(404, "NOT_FOUND");
    }

    async fn ended_it_is_over_at_once(&mut self, partnership: &str) {
        let Scene {
            market,
            carl,
            amir,
            products,
            ..
        } = self.scene;
        let (bea, anna, zoe) = (self.scene.bea(), self.scene.anna(), self.scene.zoe());
        let end = market.berger.path(&format!("partnerships/{partnership}:end"));

        let ended = bea.post(&end, json!({})).await.ok();

        let first = market.berger.path(&format!("products/{}", products[0]));
        for person in [anna, amir] {
            person.get(&first).await.refused(403, "MANDATE_ENDED");
        }
        zoe.get(&first).await.refused(404, "NOT_FOUND");
        assert_eq!(ended["partnership"]["state"], "PARTNERSHIP_STATE_ENDED");
        assert!(ended["partnership"]["endTime"].is_string(), "{ended:#}");
        bea.post(&end, json!({})).await.refused(400, "PARTNERSHIP_ENDED");
        let clients = anna.get(&market.alpina.path("clients")).await.ok();
        assert!(
            clients["clients"].as_array().is_none_or(Vec::is_empty),
            "{clients:#}"
        );
        self.told
            .in_app(&[bea, carl, anna], "partnership.ended", partnership);
        self.told.by_mail(
            &[bea, carl, anna],
            "The partnership of Berger SA and Alpina has ended",
        );
        self.told.is_all().await;
        let steps = [
            ("partnership.started", anna.id.as_str(), ""),
            ("partnership.ended", bea.id.as_str(), ""),
        ];
        for reader in [bea, anna] {
            let events = trail_is(reader, partnership, &steps).await;
            let (before, after) = change(&events[1], "state");
            assert!(before != after && after == "ended", "{:#}", events[1]);
        }
    }
}

async fn invite(client: &Person, partner: &str, products: &[String]) -> Answer {
    let body = json!({ "partner": partner, "access": "MANDATE_ACCESS_LIMITED", "products": products });
    client
        .post(
            &format!("/v1/organizations/{}/partnershipInvitations", client.organization),
            body,
        )
        .await
}

async fn answer(partner: &Person, invitation: &str, link: &str, verb: &str) -> Answer {
    let path = format!(
        "/v1/organizations/{}/partnershipInvitations/{invitation}:{verb}",
        partner.organization
    );
    partner.post(&path, json!({ "token": link })).await
}

async fn look_up(installation: &Installation, link: &str) -> Answer {
    installation
        .rest
        .post("/v1/partnershipInvitations:lookUp", &json!({ "token": link }))
        .await
}

/// A path with other ids, but those of one's own organization.
fn nowhere(path: &str, own: &str) -> String {
    let other = |part: &str| match part.split_once('_') {
        Some((prefix, _)) if prefix.len() == 3 && part != own => {
            format!("{prefix}_01h455vb4pex5vsknk084sn02q")
        }
        _ => part.to_owned(),
    };
    path.split('/').map(other).collect::<Vec<_>>().join("/")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
