//! Story 1: the operator takes a partner on, and its owner settles in.
//!
//! At each step: the answer, what the trail says, and who is told, in which language.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Company, History, Installation, Log, Person, Told, change, eventually, join};

on_both_logs!(a_partner_is_taken_on_and_its_owner_settles_in);

async fn a_partner_is_taken_on_and_its_owner_settles_in(log: Log) {
    let installation = Installation::start(log).await;
    let scene = Scene::set(&installation).await;
    let group = scene.a_group_of_the_operator_looks_after_partners().await;
    let alpina = scene.the_partner_is_created(&installation, &group).await;
    let people = [&scene.house.owner, &scene.pat, &alpina.owner, &scene.berger.owner];
    let mut told = Told::new(&installation, &people);
    told.by_mail(&[&scene.pat], "Numa Cloud invites you to Entente");
    told.in_app(&[&scene.house.owner], "member.joined", &scene.pats_place);
    told.by_mail(&[&scene.berger.owner], "Berger SA invites you to Entente");
    told.by_mail(&[&alpina.owner], "Alpina invites you to Entente");
    told.is_all().await;

    scene.the_name_is_taken().await;
    no_built_in_role_is_edited(&alpina).await;
    the_owner_chooses_french(&alpina).await;
    the_owner_edits_the_settings(&scene.house.owner, &alpina).await;
    let invitation = scene
        .the_next_mail_is_french(&installation, &alpina, &mut told)
        .await;
    scene
        .who_is_responsible_gets_copies(&alpina, &invitation, &mut told)
        .await;
    drop(told);
    installation.stop().await;
}

struct Scene {
    /// The operator.
    house: Company,
    /// Looks after partners there.
    pat: Person,
    pats_place: String,
    /// A client.
    berger: Company,
}

/// An invitation to a partnership, and the token of its link.
struct Invitation {
    id: String,
    token: String,
}

impl Scene {
    async fn set(installation: &Installation) -> Self {
        let operator = installation.found().await;
        let house = Company {
            id: operator.organization.clone(),
            name: "Numa Cloud",
            owner: operator,
        };
        let pat = house.colleague(installation, "pat@numa.example", "admin").await;
        let pats_place = house.owner.place_of(&pat).await;
        let kind = "ORGANIZATION_TYPE_DIRECT_CLIENT";
        let berger = Company::create(
            installation,
            &house.owner,
            kind,
            "Berger SA",
            "bea@berger.example",
        )
        .await;
        Self {
            house,
            pat,
            pats_place,
            berger,
        }
    }

    async fn a_group_of_the_operator_looks_after_partners(&self) -> String {
        let operator = &self.house.owner;
        let group = json!({ "group": { "displayName": "Partner care" } });
        let created = operator.post(&self.house.path("groups"), group).await.ok();
        let group = text(&created["group"]["id"]);
        let members = json!({ "members": [self.pats_place] });
        let path = self.house.path(&format!("groups/{group}:addMembers"));
        operator.post(&path, members).await.ok();
        let mut history = History::new(operator, &group);
        history.goes_on("group.created", operator).await;
        history.goes_on("group.members_added", operator).await;
        group
    }

    async fn the_partner_is_created(&self, installation: &Installation, group: &str) -> Company {
        let operator = &self.house.owner;
        let email = "anna@alpina.example";
        let mut body = json!({
            "organization": {
                "displayName": "Alpina", "type": "ORGANIZATION_TYPE_PARTNER", "contactEmail": email,
                "slug": "alpina", "rootFolder": "alpina-files", "responsible": { "party": group, "copied": true },
            },
            "ownerEmail": email,
        });
        let path = self.house.path("organizations");
        let created = operator.post(&path, body.clone()).await.ok()["organization"].clone();
        let id = text(&created["id"]);
        assert_eq!(created["responsible"]["party"], group);
        let door = installation.rest.get("/v1/frontDoors/alpina").await.ok();
        assert_eq!(door["frontDoor"]["organization"], id.as_str());

        let owner = join(installation, "Alpina", email).await;

        assert_eq!(owner.organization, id);
        let member = owner.get(&format!("/v1/organizations/{id}/members")).await.ok()["members"][0].clone();
        assert_eq!(
            (&member["role"], &member["legalRepresentative"]),
            (&json!("owner"), &json!(true))
        );
        let mut history = History::new(operator, &id);
        let event = history.goes_on("organization.created", operator).await;
        assert_eq!(change(&event, "display_name"), (Value::Null, json!("Alpina")));
        assert_eq!(
            change(&event, "root_folder"),
            (Value::Null, json!("alpina-files"))
        );
        let responsible = json!({ "party": group, "copied": true });
        assert_eq!(change(&event, "responsible"), (Value::Null, responsible));
        let mut history = History::new(&owner, &text(&member["id"]));
        history.goes_on("member.invited", operator).await;
        history.goes_on("member.joined", &owner).await;
        // Nobody from outside looks after a partner.
        body["organization"]["displayName"] = json!("Alpina West");
        body["organization"]["slug"] = json!("alpina-west");
        body["organization"]["rootFolder"] = json!("alpina-west");
        body["organization"]["responsible"]["party"] = json!(owner.id);
        operator.post(&path, body).await.refused(400, "INVALID_FIELD");
        Company {
            id,
            name: "Alpina",
            owner,
        }
    }

    async fn the_name_is_taken(&self) {
        for name in ["Alpina", "alpina"] {
            let again = json!({
                "organization": { "displayName": name, "type": "ORGANIZATION_TYPE_PARTNER" },
                "ownerEmail": "anton@alpina.example",
            });
            let refused = self
                .house
                .owner
                .post(&self.house.path("organizations"), again)
                .await;
            assert_eq!(refused.refused(409, "NAME_TAKEN")["code"], "ALREADY_EXISTS");
        }
    }

    async fn the_next_mail_is_french<'a>(
        &'a self,
        installation: &Installation,
        alpina: &'a Company,
        told: &mut Told<'a>,
    ) -> Invitation {
        let (bea, anna) = (&self.berger.owner, &alpina.owner);
        let body = json!({ "partner": alpina.id, "access": "MANDATE_ACCESS_COMPLETE" });
        let invited = eventually("the partner, to whom invites it", async || {
            let path = self.berger.path("partnershipInvitations");
            let answer = bea.post(&path, body.clone()).await;
            if answer.status == 200 {
                Ok(answer.body)
            } else {
                Err(answer)
            }
        })
        .await;
        let id = text(&invited["invitation"]["id"]);
        let subject = "Berger SA propose un partenariat à Alpina";
        told.in_app(&[anna], "partnership_invitation.created", &id);
        // Who is responsible gets no copy of a mail that lets somebody in.
        told.by_mail(&[anna], subject);
        told.is_all().await;
        let listed = anna.get("/v1/notifications").await.ok();
        assert_eq!(listed["notifications"][0]["title"], "Berger SA invite Alpina");
        let mail = installation.mailbox.open(&anna.email, subject).await;
        let token = mail.link_token("invitations");
        Invitation { id, token }
    }

    async fn who_is_responsible_gets_copies<'a>(
        &'a self,
        alpina: &'a Company,
        invitation: &Invitation,
        told: &mut Told<'a>,
    ) {
        let (bea, anna) = (&self.berger.owner, &alpina.owner);
        alpina.set_up_billing().await;
        let accepted = eventually("the open gate", async || {
            let path = alpina.path(&format!("partnershipInvitations/{}:accept", invitation.id));
            let answer = anna.post(&path, json!({ "token": invitation.token })).await;
            if answer.status == 200 {
                Ok(answer.body)
            } else {
                Err(answer)
            }
        })
        .await;
        let partnership = text(&accepted["invitation"]["partnership"]);
        told.in_app(&[bea], "partnership_invitation.accepted", &invitation.id);
        told.by_mail(&[bea], "Alpina has accepted your invitation");
        told.in_app(&[bea, anna], "partnership.started", &partnership);
        told.by_mail(
            &[bea, &self.pat],
            "The partnership of Berger SA and Alpina has started",
        );
        told.by_mail(&[anna], "Le partenariat entre Berger SA et Alpina a commencé");
        told.is_all().await;
    }
}

async fn no_built_in_role_is_edited(alpina: &Company) {
    let path = alpina.path("roles/member");
    let refused = alpina.owner.send(Method::DELETE, &path, None).await;
    assert_eq!(
        refused.refused(400, "ROLE_BUILT_IN")["code"],
        "FAILED_PRECONDITION"
    );
}

async fn the_owner_chooses_french(alpina: &Company) {
    let anna = &alpina.owner;
    let changed = anna.patch("/v1/profile", json!({ "language": "fr" })).await.ok();
    assert_eq!(changed["profile"]["language"], "fr");
    let event = History::new(anna, &anna.id)
        .goes_on("account.updated", anna)
        .await;
    assert_eq!(change(&event, "language"), (Value::Null, json!("fr")));
}

async fn the_owner_edits_the_settings(operator: &Person, alpina: &Company) {
    let anna = &alpina.owner;
    let read = anna.get(&alpina.path("settings")).await.ok();
    let path = alpina.path("settings?updateMask=timeZone");
    let zone = json!({ "timeZone": "Europe/Zurich", "etag": read["settings"]["etag"] });
    let changed = anna.patch(&path, zone.clone()).await.ok();
    assert_eq!(changed["settings"]["timeZone"], "Europe/Zurich");
    let refused = anna.patch(&path, zone).await.refused(409, "STALE_ETAG");
    assert_eq!(refused["code"], "ABORTED");
    let mut history = History::new(anna, &alpina.id);
    history.goes_on("organization.created", operator).await;
    let event = history.goes_on("organization.settings_updated", anna).await;
    assert_eq!(change(&event, "time_zone"), (Value::Null, json!("Europe/Zurich")));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
