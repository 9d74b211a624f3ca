//! Story 2: what a partner's administrator may do follows the operator's flags, one by one.
//!
//! At each step: the answer, what the trail says, and who is told.

use entente_contracts::access::v1::DelegationFlag;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, History, Installation, Log, Market, Person, Told, change, delegate, join, now};

/// In the order in which the operator turns them on.
const ALL: [DelegationFlag; 4] = [
    DelegationFlag::UserCreation,
    DelegationFlag::CredentialChanges,
    DelegationFlag::EncryptionKeys,
    DelegationFlag::MfaPolicyChanges,
];

on_both_logs!(a_partners_administrator_does_what_the_flags_allow);

async fn a_partners_administrator_does_what_the_flags_allow(log: Log) {
    let installation = Installation::start(log).await;
    let scene = Scene::set(&installation).await;
    let mut told = scene.told(&installation);
    told.is_all().await;
    let mut story = Story::new(&scene).await;

    story.with_nothing_delegated_an_administrator_is_a_member().await;
    let uma = story.with_the_flag_somebody_is_invited(&installation).await;
    told.by_mail(&[&uma.person], "Alpina invites you to Entente");
    told.in_app(&[story.anna(), &scene.adam], "member.joined", &uma.place);
    told.is_all().await;
    let group = story.somebody_is_put_into_a_group(&uma).await;
    story.nobody_resets_a_password_yet(&uma).await;
    let account = story.a_service_account_gets_a_key(&installation, &group).await;
    story.a_password_is_reset(&uma).await;
    told.by_mail(&[&uma.person], "Choose a new password");
    told.is_all().await;
    let key = story.an_encryption_key_is_generated().await;
    story.a_second_factor_is_asked_of_one_member(&uma).await;
    story
        .to_another_partner_none_of_it_exists(&uma, &group, &account, &key)
        .await;

    told.is_all().await;
    drop(told);
    installation.stop().await;
}

/// Who plays.
struct Scene {
    market: Market,
    /// An administrator of the partner.
    adam: Person,
    adams_place: String,
}

impl Scene {
    async fn set(installation: &Installation) -> Self {
        let market = Market::open(installation).await;
        let Market {
            operator,
            alpina,
            zenith,
            ..
        } = &market;
        let adam = alpina
            .colleague(installation, "adam@alpina.example", "admin")
            .await;
        let adams_place = alpina.owner.place_of(&adam).await;
        delegate(operator, &alpina.id, &[]).await;
        delegate(operator, &zenith.id, &ALL).await;
        Self {
            market,
            adam,
            adams_place,
        }
    }

    fn told<'a>(&'a self, installation: &'a Installation) -> Told<'a> {
        let Market {
            operator,
            alpina,
            berger,
            zenith,
        } = &self.market;
        let people = [operator, &alpina.owner, &berger.owner, &zenith.owner, &self.adam];
        let mut told = Told::new(installation, &people);
        for company in [alpina, berger, zenith] {
            let subject = format!("{} invites you to Entente", company.name);
            told.by_mail(&[&company.owner], &subject);
        }
        told.by_mail(&[&self.adam], "Alpina invites you to Entente");
        told.in_app(&[&alpina.owner], "member.joined", &self.adams_place);
        told
    }
}

/// Somebody whom the administrator has invited.
struct Newcomer {
    person: Person,
    place: String,
}

struct Story<'a> {
    scene: &'a Scene,
    alpina: History<'a>,
}

impl<'a> Story<'a> {
    async fn new(scene: &'a Scene) -> Self {
        let Market { operator, alpina, .. } = &scene.market;
        let mut history = History::new(&alpina.owner, &alpina.id);
        history.goes_on("organization.created", operator).await;
        history.goes_on("organization.controls_set", operator).await;
        Self {
            scene,
            alpina: history,
        }
    }

    fn anna(&self) -> &'a Person {
        &self.scene.market.alpina.owner
    }

    fn path(&self, below: &str) -> String {
        self.scene.market.alpina.path(below)
    }

    async fn adam_posts(&self, below: &str, body: &Value) -> Answer {
        self.scene.adam.post(&self.path(below), body.clone()).await
    }

    /// What is refused for want of a flag, the flag named.
    async fn needs(&self, flag: &str, below: &str, body: &Value) {
        for person in [&self.scene.adam, self.anna()] {
            let refused = person.post(&self.path(below), body.clone()).await;
            let refused = refused.refused(403, "DELEGATION_DISABLED");
            assert_eq!(refused["metadata"]["flag"], flag, "{refused:#}");
        }
    }

    /// The operator turns the first so many on, and no others.
    async fn delegate(&mut self, flags: usize) {
        let Market { operator, alpina, .. } = &self.scene.market;
        let flags = &ALL[..flags];
        delegate(operator, &alpina.id, flags).await;
        let event = self.alpina.goes_on("organization.controls_set", operator).await;
        let words: Vec<_> = flags
            .iter()
            .map(|flag| flag.as_str_name().to_lowercase())
            .map(|name| name.replace("delegation_flag", "allow"))
            .collect();
        assert_eq!(change(&event, "delegation").1, json!(words));
    }

    async fn with_nothing_delegated_an_administrator_is_a_member(&self) {
        let invitation = json!({ "email": "uma@alpina.example", "role": "member" });
        self.needs("allow_user_creation", "members:invite", &invitation)
            .await;
        let Market { alpina, .. } = &self.scene.market;
        let path = format!("/v1/organizations/{}", alpina.id);
        let name = json!({ "displayName": "Alpina AG" });
        let refused = self.scene.adam.patch(&path, name).await;
        refused.refused(403, "PERMISSION_MISSING");
    }

    async fn with_the_flag_somebody_is_invited(&mut self, installation: &Installation) -> Newcomer {
        self.delegate(1).await;
        let invitation = json!({ "email": "uma@alpina.example", "role": "member" });

        let invited = self.adam_posts("members:invite", &invitation).await.ok();

        assert_eq!(invited["member"]["state"], "MEMBER_STATE_PENDING");
        let place = text(&invited["member"]["id"]);
        let person = join(installation, "Alpina", "uma@alpina.example").await;
        let mut history = History::new(self.anna(), &place);
        let event = history.goes_on("member.invited", &self.scene.adam).await;
        assert_eq!(change(&event, "role"), (Value::Null, json!("member")));
        let event = history.goes_on("member.joined", &person).await;
        assert_eq!(change(&event, "state"), (json!("pending"), json!("active")));
        // Nobody passes on more than they hold.
        let owner = json!({ "email": "olaf@alpina.example", "role": "owner" });
        self.adam_posts("members:invite", &owner)
            .await
            .refused(403, "GRANT_EXCEEDS_OWN");
        Newcomer { person, place }
    }

    async fn somebody_is_put_into_a_group(&self, uma: &Newcomer) -> String {
        let adam = &self.scene.adam;
        let group = json!({ "group": { "displayName": "Auditors", "roles": ["admin"] } });
        let created = self.adam_posts("groups", &group).await.ok();
        let group = text(&created["group"]["id"]);
        let trail = self.path("auditEvents");
        uma.person.get(&trail).await.refused(403, "PERMISSION_MISSING");

        let members = json!({ "members": [uma.place] });
        self.adam_posts(&format!("groups/{group}:addMembers"), &members)
            .await
            .ok();

        uma.person.get(&trail).await.ok();
        let mut history = History::new(self.anna(), &group);
        let event = history.goes_on("group.created", adam).await;
        assert_eq!(change(&event, "display_name"), (Value::Null, json!("Auditors")));
        let event = history.goes_on("group.members_added", adam).await;
        assert_eq!(change(&event, "members"), (Value::Null, json!([uma.place])));
        let again = json!({ "group": { "displayName": "auditors" } });
        self.adam_posts("groups", &again).await.refused(409, "NAME_TAKEN");
        group
    }

    async fn nobody_resets_a_password_yet(&self, uma: &Newcomer) {
        let reset = format!("members/{}:resetPassword", uma.place);
        self.needs("allow_credential_changes", &reset, &json!({})).await;
    }

    async fn a_password_is_reset(&self, uma: &Newcomer) {
        let reset = format!("members/{}:resetPassword", uma.place);

        self.adam_posts(&reset, &json!({})).await.ok();

        // It is the person who chooses the new one: until then nothing changes.
        uma.person.get(&self.path("groups")).await.ok();
        let mut history = History::new(self.anna(), &uma.person.id);
        history
            .goes_on("account.password_reset_requested", &self.scene.adam)
            .await;
        let own = format!("members/{}:resetPassword", self.scene.adams_place);
        self.adam_posts(&own, &json!({}))
            .await
            .refused(400, "OWN_CREDENTIAL");
    }

    async fn a_service_account_gets_a_key(&mut self, installation: &Installation, group: &str) -> String {
        let adam = &self.scene.adam;
        let account = json!({ "serviceAccount": { "displayName": "Sync", "role": "viewer" } });
        let created = self.adam_posts("serviceAccounts", &account).await.ok();
        let account = text(&created["serviceAccount"]["id"]);
        let keys = format!("serviceAccounts/{account}/apiKeys");
        let key = json!({ "displayName": "First", "expireTime": in_days(30), "requestId": "first-key" });
        self.needs("allow_credential_changes", &keys, &key).await;
        self.delegate(2).await;

        let issued = self.adam_posts(&keys, &key).await.ok();

        let (id, secret) = (text(&issued["apiKey"]["id"]), text(&issued["key"]));
        let prefix = text(&issued["apiKey"]["prefix"]);
        assert!(
            secret.starts_with(&prefix) && prefix.starts_with("entk_"),
            "{prefix}"
        );
        // It is shown once.
        let repeated = self.adam_posts(&keys, &key).await.ok();
        assert_eq!(repeated["apiKey"]["id"], id.as_str());
        assert!(text_or_none(&repeated["key"]).is_empty(), "{repeated:#}");
        let listed = adam.get(&self.path(&keys)).await.ok();
        assert!(
            !listed.to_string().contains(&secret[prefix.len()..]),
            "{listed:#}"
        );
        let rest = &installation.rest;
        let groups = self.path("groups");
        let by_key = async |key: &str| {
            rest.send_until_decided(Method::GET, &groups, Some(key), None)
                .await
                .unwrap()
        };
        assert_eq!(by_key(&secret).await.ok()["groups"][0]["id"], group);
        let mut history = History::new(self.anna(), &account);
        history.goes_on("service_account.created", adam).await;
        let event = history.goes_on("api_key.created", adam).await;
        assert!(!event.to_string().contains(&secret[prefix.len()..]), "{event:#}");

        // A credential is set anew: the old one is dead at once.
        let anew = json!({ "expireTime": in_days(60), "overlapSeconds": 0 });
        let rotated = self.adam_posts(&format!("{keys}/{id}:rotate"), &anew).await.ok();
        by_key(&text(&rotated["key"])).await.ok();
        by_key(&secret).await.refused(401, "API_KEY_INVALID");
        let exchange = json!({ "key": secret });
        let refused = rest.post("/v1/apiKeys:exchange", &exchange).await;
        refused.refused(401, "API_KEY_INVALID");
        history.goes_on("api_key.created", adam).await;
        let event = history.goes_on("api_key.rotated", adam).await;
        let successor = text(&rotated["apiKey"]["id"]);
        assert_eq!(change(&event, "successor"), (Value::Null, json!(successor)));
        history.goes_on("api_key.revoked", adam).await;
        history.is_all().await;
        account
    }

    async fn an_encryption_key_is_generated(&mut self) -> String {
        let adam = &self.scene.adam;
        let wanted = json!({
            "displayName": "Reports", "format": "ENCRYPTION_KEY_FORMAT_OPENPGP", "expireTime": in_days(365),
            "requestId": "key-of-reports",
        });
        let generate = "encryptionKeys:generate";
        self.needs("allow_encryption_keys", generate, &wanted).await;
        self.delegate(3).await;

        let generated = self.adam_posts(generate, &wanted).await.ok();

        let id = text(&generated["encryptionKey"]["id"]);
        assert!(text(&generated["privateKey"]).contains("PRIVATE KEY BLOCK"));
        // The private half can't be read again.
        let repeated = self.adam_posts(generate, &wanted).await.ok();
        assert_eq!(repeated["encryptionKey"]["id"], id.as_str());
        assert!(text_or_none(&repeated["privateKey"]).is_empty(), "{repeated:#}");
        let read = adam.get(&self.path(&format!("encryptionKeys/{id}"))).await.ok();
        assert!(!read.to_string().contains("PRIVATE"), "{read:#}");
        assert!(text(&read["encryptionKey"]["publicKey"]).contains("PUBLIC KEY BLOCK"));
        let event = History::new(self.anna(), &id)
            .goes_on("encryption_key.created", adam)
            .await;
        assert!(!event.to_string().contains("PRIVATE"), "{event:#}");
        id
    }

    async fn a_second_factor_is_asked_of_one_member(&mut self, uma: &Newcomer) {
        let adam = &self.scene.adam;
        let always = json!({ "secondFactor": "SECOND_FACTOR_POLICY_ALWAYS" });
        let never = json!({ "secondFactor": "SECOND_FACTOR_POLICY_NEVER" });
        let of_uma = format!("members/{}:setSecondFactor", uma.place);
        self.needs("allow_mfa_policy_changes", &of_uma, &always).await;
        self.needs("allow_mfa_policy_changes", "signInPolicy:set", &never)
            .await;
        self.delegate(4).await;
        let clients = self.path("clients");
        uma.person.get(&clients).await.ok();

        self.adam_posts(&of_uma, &always).await.ok();

        uma.person.get(&clients).await.refused(401, "MFA_REQUIRED");
        self.adam_posts(&of_uma, &never).await.ok();
        let anna = self.anna();
        let of_anna = format!("members/{}:setSecondFactor", anna.place_of(anna).await);
        anna.post(&self.path(&of_anna), never.clone()).await.ok();
        self.adam_posts("signInPolicy:set", &always).await.ok();
        // What the organization asks for is asked of everybody else there, but for what leads to it.
        uma.person.get(&clients).await.ok();
        for path in [&clients, "/v1/notifications"] {
            self.scene.adam.get(path).await.refused(401, "MFA_REQUIRED");
        }
        self.scene.adam.get("/v1/profile").await.ok();
        anna.post(&self.path("signInPolicy:set"), never).await.ok();
        self.scene.adam.get(&clients).await.ok();
        let mut history = History::new(&uma.person, &uma.place);
        history.goes_on("member.invited", adam).await;
        history.goes_on("member.joined", &uma.person).await;
        let event = history.goes_on("member.second_factor_set", adam).await;
        assert_eq!(change(&event, "second_factor"), (Value::Null, json!("always")));
        let event = history.goes_on("member.second_factor_set", adam).await;
        assert_eq!(change(&event, "second_factor"), (json!("always"), json!("never")));
    }

    async fn to_another_partner_none_of_it_exists(
        &self,
        uma: &Newcomer,
        group: &str,
        account: &str,
        key: &str,
    ) {
        let Market { alpina, zenith, .. } = &self.scene.market;
        let invitation = json!({ "email": "una@alpina.example", "role": "member" });
        let api_key = json!({ "displayName": "Spare", "expireTime": in_days(30) });
        let encryption_key = json!({
            "displayName": "Spare", "format": "ENCRYPTION_KEY_FORMAT_SSH", "expireTime": in_days(30),
        });
        let never = json!({ "secondFactor": "SECOND_FACTOR_POLICY_NEVER" });
        let posts = [
            ("members:invite".to_owned(), invitation),
            (
                format!("groups/{group}:addMembers"),
                json!({ "members": [uma.place] }),
            ),
            (format!("serviceAccounts/{account}/apiKeys"), api_key),
            ("encryptionKeys:generate".to_owned(), encryption_key),
            (format!("members/{}:setSecondFactor", uma.place), never.clone()),
            ("signInPolicy:set".to_owned(), never),
            (format!("members/{}:resetPassword", uma.place), json!({})),
            (format!("members/{}:resetSecondFactor", uma.place), json!({})),
        ];
        for (below, body) in posts {
            let refused = zenith.owner.post(&alpina.path(&below), body.clone()).await;
            refused.refused(404, "NOT_FOUND");
            // Nor within what is the other partner's own.
            if below.contains('/') {
                let refused = zenith.owner.post(&zenith.path(&below), body).await;
                refused.refused(404, "NOT_FOUND");
            }
        }
        for below in [
            format!("members/{}", uma.place),
            format!("groups/{group}"),
            format!("serviceAccounts/{account}"),
            format!("encryptionKeys/{key}"),
        ] {
            for company in [alpina, zenith] {
                let refused = zenith.owner.get(&company.path(&below)).await;
                refused.refused(404, "NOT_FOUND");
            }
        }
    }
}

fn in_days(days: i64) -> String {
    (now() + SignedDuration::from_hours(24 * days)).to_string()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn text_or_none(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
