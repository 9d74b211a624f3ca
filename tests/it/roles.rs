//! Story 3: a role of one's own making is given to many, and taken away from all of them at once.
//!
//! At each step: the answer, what the trail says, and who is told.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Company, History, Installation, Log, Market, Person, Told, change, join};

on_both_logs!(a_custom_role_is_given_to_many_and_deleted);

/// How many get the role in one call; of them, so many have joined.
const MANY: usize = 50;
const JOINED: usize = 3;
const INVITES: &str = "Berger SA invites you to Entente";

async fn a_custom_role_is_given_to_many_and_deleted(log: Log) {
    let installation = Installation::start(log).await;
    let market = Market::open(&installation).await;
    let story = Story::new(&market);
    let mut told = story.told(&installation);

    let role = story.a_clone_of_member_gets_one_permission_more().await;
    let ivo = story.somebody_is_invited_with_it(&installation, &role).await;
    let crowd = story.many_are_imported(&installation).await;
    story.a_dry_run_says_who_would_gain_what(&role, &crowd).await;
    story.all_get_it_in_one_call(&role, &crowd).await;
    story
        .without_the_role_their_next_calls_are_denied(&role, &ivo, &crowd)
        .await;
    story.a_removed_member_is_out_and_their_history_stays(&ivo).await;

    told.by_mail(&[&ivo.person], INVITES);
    told.in_app(&[story.bea], "member.joined", &ivo.place);
    for email in &crowd.emails {
        told.mailed(email, INVITES);
    }
    for member in &crowd.joined {
        told.in_app(&[story.bea], "member.joined", &member.place);
    }
    told.is_all().await;
    drop(told);
    installation.stop().await;
}

/// Somebody who has joined.
struct Insider {
    person: Person,
    place: String,
}

/// Those who were imported.
struct Crowd {
    emails: Vec<String>,
    /// The ids of the members, in the order of the addresses.
    places: Vec<String>,
    /// The first few, who have joined.
    joined: Vec<Insider>,
}

struct Story<'a> {
    market: &'a Market,
    berger: &'a Company,
    bea: &'a Person,
}

impl<'a> Story<'a> {
    fn new(market: &'a Market) -> Self {
        Self {
            market,
            berger: &market.berger,
            bea: &market.berger.owner,
        }
    }

    fn told(&self, installation: &'a Installation) -> Told<'a> {
        let Market {
            operator,
            alpina,
            berger,
            zenith,
        } = self.market;
        let people = [operator, &alpina.owner, &berger.owner, &zenith.owner];
        let mut told = Told::new(installation, &people);
        for company in [alpina, berger, zenith] {
            let subject = format!("{} invites you to Entente", company.name);
            told.by_mail(&[&company.owner], &subject);
        }
        told
    }

    async fn a_clone_of_member_gets_one_permission_more(&self) -> String {
        let clone = json!({ "displayName": "Auditor" });
        let cloned = self
            .bea
            .post(&self.berger.path("roles/member:clone"), clone)
            .await
            .ok()["role"]
            .clone();
        let role = text(&cloned["id"]);
        assert!(role.starts_with("rol_"), "{role}");
        let path = self.berger.path(&format!("roles/{role}?updateMask=permissions"));
        let mut permissions = cloned["permissions"].as_array().unwrap().clone();
        permissions.push(json!({ "resource": "RESOURCE_EVENT_LOG", "action": "ACTION_READ" }));
        let more = json!({ "permissions": permissions, "etag": cloned["etag"] });

        let updated = self.bea.patch(&path, more.clone()).await.ok();

        assert_eq!(
            updated["role"]["permissions"].as_array().unwrap().len(),
            permissions.len()
        );
        self.bea.patch(&path, more).await.refused(409, "STALE_ETAG");
        // A clone is independent of its source, which nobody can change.
        let built_in = self.berger.path("roles/member");
        let name = json!({ "displayName": "Anybody" });
        self.bea
            .patch(&built_in, name)
            .await
            .refused(400, "ROLE_BUILT_IN");
        let delete = self.bea.send(Method::DELETE, &built_in, None).await;
        delete.refused(400, "ROLE_BUILT_IN");
        let member = self.bea.get(&built_in).await.ok();
        assert_eq!(member["role"]["permissions"], cloned["permissions"]);
        let mut history = History::new(self.bea, &role);
        let event = history.goes_on("role.created", self.bea).await;
        assert_eq!(change(&event, "display_name"), (Value::Null, json!("Auditor")));
        let event = history.goes_on("role.updated", self.bea).await;
        let (before, after) = change(&event, "permissions");
        let lacks = |list: &Value| !list.to_string().contains("event_log:read");
        assert!(lacks(&before) && !lacks(&after), "{event:#}");
        role
    }

    async fn somebody_is_invited_with_it(&self, installation: &Installation, role: &str) -> Insider {
        let invitation = json!({ "email": "ivo@berger.example", "role": role });
        let path = self.berger.path("members:invite");
        let invited = self.bea.post(&path, invitation).await.ok()["member"].clone();
        assert_eq!(
            (&invited["state"], &invited["role"]),
            (&json!("MEMBER_STATE_PENDING"), &json!(role))
        );
        let place = text(&invited["id"]);

        let person = join(installation, "Berger SA", "ivo@berger.example").await;

        let member = self.member(&place).await;
        assert_eq!(
            (&member["state"], &member["role"]),
            (&json!("MEMBER_STATE_ACTIVE"), &json!(role))
        );
        person.get(&self.berger.path("auditEvents")).await.ok();
        let account = person.get(&self.berger.path("billingAccount")).await;
        account.refused(403, "PERMISSION_MISSING");
        let mut history = History::new(self.bea, &place);
        history.goes_on("member.invited", self.bea).await;
        history.goes_on("member.joined", &person).await;
        Insider { person, place }
    }

    async fn many_are_imported(&self, installation: &Installation) -> Crowd {
        let emails: Vec<_> = (0..MANY)
            .map(|number| format!("p{number}@berger.example"))
            .collect();
        let lines: Vec<_> = emails.iter().map(|email| format!("{email},viewer")).collect();
        let csv = format!("email,role\n{}\nnobody,viewer\n", lines.join("\n"));
        let path = self.berger.path("members:import");

        let imported = self.bea.post(&path, json!({ "csv": csv })).await.ok();

        assert_eq!(
            (&imported["invited"], &imported["refused"]),
            (&json!(MANY), &json!(1))
        );
        let lines = imported["lines"].as_array().unwrap();
        assert_eq!(lines[MANY]["line"], MANY + 2);
        assert!(lines[MANY]["error"]["reason"].is_string(), "{:#}", lines[MANY]);
        let places: Vec<_> = lines[..MANY]
            .iter()
            .map(|line| text(&line["member"]["id"]))
            .collect();
        let mut joined = Vec::new();
        for (email, place) in emails.iter().zip(&places).take(JOINED) {
            let person = join(installation, "Berger SA", email).await;
            let denied = person.get(&self.berger.path("auditEvents")).await;
            denied.refused(403, "PERMISSION_MISSING");
            let place = place.clone();
            joined.push(Insider { person, place });
        }
        Crowd {
            emails,
            places,
            joined,
        }
    }

    async fn a_dry_run_says_who_would_gain_what(&self, role: &str, crowd: &Crowd) {
        let results = self.give(role, crowd, true).await;
        for (index, (result, place)) in results.iter().zip(&crowd.places).enumerate() {
            assert_eq!(result["id"], place.as_str());
            let gained = result["gained"].as_array().unwrap();
            // Who hasn't joined may do nothing yet, and gains nothing.
            let joined = index < JOINED;
            for permission in ["event_log:read", "product:create"] {
                assert_eq!(gained.contains(&json!(permission)), joined, "{result:#}");
            }
            assert!(result["lost"].as_array().is_none_or(Vec::is_empty), "{result:#}");
        }
        assert_eq!(self.count("viewer").await, MANY);
        let denied = crowd.joined[0].person.get(&self.berger.path("auditEvents")).await;
        denied.refused(403, "PERMISSION_MISSING");
    }

    async fn all_get_it_in_one_call(&self, role: &str, crowd: &Crowd) {
        let results = self.give(role, crowd, false).await;

        assert!(
            results.iter().all(|result| result["member"]["role"] == role),
            "{results:#?}"
        );
        assert_eq!(
            (self.count("viewer").await, self.count(role).await),
            (0, MANY + 1)
        );
        for member in &crowd.joined {
            member.person.get(&self.berger.path("auditEvents")).await.ok();
        }
        // An event per member.
        for (index, place) in crowd.places.iter().enumerate() {
            let mut history = History::new(self.bea, place);
            history.goes_on("member.invited", self.bea).await;
            if let Some(member) = crowd.joined.get(index) {
                history.goes_on("member.joined", &member.person).await;
            }
            let event = history.goes_on("member.updated", self.bea).await;
            assert_eq!(change(&event, "role"), (json!("viewer"), json!(role)));
        }
    }

    async fn without_the_role_their_next_calls_are_denied(&self, role: &str, ivo: &Insider, crowd: &Crowd) {
        let path = self.berger.path(&format!("roles/{role}"));
        let deleted = self.bea.send(Method::DELETE, &path, None).await.ok();
        let those = crowd.joined.iter().chain([ivo]);
        for member in those {
            for below in ["auditEvents", "products"] {
                let denied = member.person.get(&self.berger.path(below)).await;
                denied.refused(403, "PERMISSION_MISSING");
            }
            let place = self.member(&member.place).await;
            assert!(place["role"].as_str().unwrap_or_default().is_empty(), "{place:#}");
            assert_eq!(place["state"], "MEMBER_STATE_ACTIVE");
        }
        assert_eq!(deleted["memberCount"], (MANY + 1).to_string());
        let mut history = History::new(self.bea, role);
        history.goes_on("role.created", self.bea).await;
        history.goes_on("role.updated", self.bea).await;
        let event = history.goes_on("role.deleted", self.bea).await;
        let (lost, _) = change(&event, "member_count");
        assert_eq!(lost.as_f64(), Some(51.0), "{event:#}");
        // Another role mends it.
        let again = json!({ "role": "member" });
        let path = self.berger.path(&format!("members/{}", ivo.place));
        self.bea.patch(&path, again).await.ok();
        ivo.person.get(&self.berger.path("products")).await.ok();
    }

    async fn a_removed_member_is_out_and_their_history_stays(&self, ivo: &Insider) {
        let product = json!({ "product": { "category": "Mail", "displayName": "Newsletter" } });
        let created = ivo.person.post(&self.berger.path("products"), product).await.ok();
        let path = self.berger.path(&format!("members/{}", ivo.place));

        self.bea.send(Method::DELETE, &path, None).await.ok();

        let denied = ivo.person.get(&self.berger.path("products")).await;
        denied.refused(401, "SESSION_REVOKED");
        assert_eq!(self.member(&ivo.place).await["state"], "MEMBER_STATE_REMOVED");
        let mut history = History::new(self.bea, &text(&created["product"]["id"]));
        history.goes_on("product.created", &ivo.person).await;
        let mut history = History::new(self.bea, &ivo.place);
        history.goes_on("member.invited", self.bea).await;
        history.goes_on("member.joined", &ivo.person).await;
        history.goes_on("member.updated", self.bea).await;
        let event = history.goes_on("member.removed", self.bea).await;
        assert_eq!(change(&event, "state"), (json!("active"), json!("removed")));
        history.is_all().await;
    }

    /// Gives the role to all of them, or says what would come of it.
    async fn give(&self, role: &str, crowd: &Crowd, validate_only: bool) -> Vec<Value> {
        let changes: Vec<_> = crowd
            .places
            .iter()
            .map(|member| json!({ "member": member, "role": role }))
            .collect();
        let body = json!({ "changes": changes, "validateOnly": validate_only });
        let path = self.berger.path("members:batchUpdateRoles");
        let answer = self.bea.post(&path, body).await.ok();
        let results = answer["results"].as_array().unwrap().clone();
        assert_eq!(results.len(), MANY);
        let failed: Vec<_> = results
            .iter()
            .filter(|result| result["error"].is_object())
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
        results
    }

    async fn member(&self, place: &str) -> Value {
        let path = self.berger.path(&format!("members/{place}"));
        self.bea.get(&path).await.ok()["member"].clone()
    }

    /// How many pending and active members have a role.
    async fn count(&self, role: &str) -> usize {
        let counted = self.bea.get(&self.berger.path("members:countByRole")).await.ok();
        let counts = counted["roles"].as_array().unwrap();
        let Some(count) = counts.iter().find(|count| count["role"] == role) else {
            return 0;
        };
        let number = |name: &str| count[name].as_str().unwrap_or("0").parse::<usize>().unwrap();
        number("pending") + number("active")
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
