//! Story 7: a module is switched off at either level, and an organization is suspended.
//!
//! At each step: the answer, what the trails say, and who is told, which is nobody.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Company, History, Installation, Log, Mandate, Market, Person, Told, change, entrust, eventually,
    trail,
};

on_both_logs!(modules_and_suspension_hold_at_the_next_call);

async fn modules_and_suspension_hold_at_the_next_call(log: Log) {
    let installation = Installation::start(log).await;
    let market = Market::open(&installation).await;
    let product = market.berger.product("Hosting", "Database").await;
    let mandate = entrust(&installation, &market.berger, &market.alpina, &[]).await;
    let scene = Scene { market, product };
    let mut told = scene.told(&installation, &mandate);
    told.is_all().await;
    let mut story = Story::new(&scene).await;

    story.off_at_the_tenant_the_denial_says_so().await;
    story.off_at_the_company_the_denial_says_so().await;
    story.where_no_partner_acts_the_operator_is_the_tenant().await;
    story.a_module_of_the_partner_is_closed_to_its_own_people().await;
    story.both_on_it_is_open().await;
    story.suspended_the_client_is_read_and_not_changed().await;
    story.a_suspended_partner_changes_nothing_anywhere().await;
    story.alpina.is_all().await;
    story.berger.is_all().await;
    told.is_all().await;
    drop(story);

    drop(told);
    let installation = installation.restart().await;
    scene.denials_stand_in_the_trail().await;
    installation.stop().await;
}

struct Scene {
    market: Market,
    product: String,
}

impl Scene {
    /// What was told while the scene was set.
    fn told<'a>(&'a self, installation: &'a Installation, mandate: &Mandate) -> Told<'a> {
        let Market {
            operator,
            alpina,
            berger,
            zenith,
        } = &self.market;
        let (anna, bea) = (&alpina.owner, &berger.owner);
        let mut told = Told::new(installation, &[operator, anna, bea, &zenith.owner]);
        for company in [alpina, berger, zenith] {
            told.by_mail(
                &[&company.owner],
                &format!("{} invites you to Entente", company.name),
            );
        }
        told.in_app(&[anna], "partnership_invitation.created", &mandate.invitation);
        told.by_mail(&[anna], "Berger SA invites Alpina to a partnership");
        told.in_app(&[bea], "partnership_invitation.accepted", &mandate.invitation);
        told.by_mail(&[bea], "Alpina has accepted your invitation");
        told.in_app(&[anna, bea], "partnership.started", &mandate.partnership);
        let started = "The partnership of Berger SA and Alpina has started";
        told.by_mail(&[anna, bea], started);
        told
    }

    fn product(&self) -> String {
        self.market.berger.path(&format!("products/{}", self.product))
    }

    async fn read(&self, person: &Person) -> Answer {
        person.get(&self.product()).await
    }

    async fn write(&self, person: &Person, name: &str) -> Answer {
        let name = json!({ "displayName": name });
        person.patch(&self.product(), name).await
    }

    /// They are counted by the minute and told when that is over, or when identity ends.
    async fn denials_stand_in_the_trail(&self) {
        let Market { alpina, berger, .. } = &self.market;
        let expected = [
            (&alpina.owner, alpina.id.as_str(), "MODULE_INACTIVE"),
            (&berger.owner, "", "MODULE_INACTIVE"),
            (&alpina.owner, alpina.id.as_str(), "ORGANIZATION_SUSPENDED"),
            (&berger.owner, "", "ORGANIZATION_SUSPENDED"),
        ];
        for (denied, on_behalf_of, reason) in expected {
            eventually(&format!("{reason} of {}", denied.email), async || {
                let events = trail(&berger.owner, &berger.id).await;
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

struct Story<'a> {
    scene: &'a Scene,
    /// What happened to each of them.
    alpina: History<'a>,
    berger: History<'a>,
}

impl<'a> Story<'a> {
    async fn new(scene: &'a Scene) -> Self {
        let Market {
            operator,
            alpina,
            berger,
            ..
        } = &scene.market;
        let mut story = Self {
            scene,
            alpina: History::new(&alpina.owner, &alpina.id),
            berger: History::new(&berger.owner, &berger.id),
        };
        story.alpina.goes_on("organization.created", operator).await;
        story.berger.goes_on("organization.created", operator).await;
        story
    }

    async fn off_at_the_tenant_the_denial_says_so(&mut self) {
        let Market { alpina, berger, .. } = &self.scene.market;
        let anna = &alpina.owner;
        switch(anna, "MODULE_CATALOGUE", Turn::Off).await;

        let denied = self.scene.read(anna).await.refused(400, "MODULE_INACTIVE");

        assert_eq!(level_and_module(&denied), ("tenant", "catalogue"));
        // The client has no partner between itself and its own products.
        self.scene.read(&berger.owner).await.ok();
        let event = self.alpina.goes_on("organization.updated", anna).await;
        assert_eq!(change(&event, "modules_off"), (Value::Null, json!(["catalogue"])));
        switch(anna, "MODULE_CATALOGUE", Turn::On).await;
        let event = self.alpina.goes_on("organization.updated", anna).await;
        assert_eq!(change(&event, "modules_off"), (json!(["catalogue"]), Value::Null));
        self.scene.read(anna).await.ok();
    }

    async fn off_at_the_company_the_denial_says_so(&mut self) {
        let Market { alpina, berger, .. } = &self.scene.market;
        switch(&berger.owner, "MODULE_CATALOGUE", Turn::Off).await;
        for person in [&alpina.owner, &berger.owner] {
            let denied = self.scene.read(person).await.refused(400, "MODULE_INACTIVE");
            assert_eq!(level_and_module(&denied), ("company", "catalogue"));
        }
        self.berger.goes_on("organization.updated", &berger.owner).await;
        switch(&berger.owner, "MODULE_CATALOGUE", Turn::On).await;
        self.berger.goes_on("organization.updated", &berger.owner).await;
    }

    async fn where_no_partner_acts_the_operator_is_the_tenant(&mut self) {
        let Market {
            operator,
            alpina,
            berger,
            ..
        } = &self.scene.market;
        switch(operator, "MODULE_CATALOGUE", Turn::Off).await;
        let denied = self.scene.read(&berger.owner).await;
        assert_eq!(
            level_and_module(&denied.refused(400, "MODULE_INACTIVE")),
            ("tenant", "catalogue")
        );
        self.scene.read(&alpina.owner).await.ok();
        switch(operator, "MODULE_CATALOGUE", Turn::On).await;
    }

    async fn a_module_of_the_partner_is_closed_to_its_own_people(&mut self) {
        let Market { alpina, .. } = &self.scene.market;
        let anna = &alpina.owner;
        switch(anna, "MODULE_COCKPIT", Turn::Off).await;
        let denied = anna.get(&alpina.path("clients")).await;
        assert_eq!(
            level_and_module(&denied.refused(400, "MODULE_INACTIVE")),
            ("tenant", "cockpit")
        );
        self.alpina.goes_on("organization.updated", anna).await;
        switch(anna, "MODULE_COCKPIT", Turn::On).await;
        self.alpina.goes_on("organization.updated", anna).await;
    }

    async fn both_on_it_is_open(&self) {
        let Market { alpina, berger, .. } = &self.scene.market;
        for person in [&alpina.owner, &berger.owner] {
            self.scene.read(person).await.ok();
            self.scene.write(person, &person.email).await.ok();
        }
        let mut history = History::new(&berger.owner, &self.scene.product);
        history.goes_on("product.created", &berger.owner).await;
        let event = history
            .goes_on_for("product.updated", &alpina.owner, &alpina.id)
            .await;
        let names = (json!("Database"), json!(alpina.owner.email));
        assert_eq!(change(&event, "display_name"), names);
        history.goes_on("product.updated", &berger.owner).await;
        let listed = alpina.owner.get(&alpina.path("clients")).await.ok();
        assert_eq!(listed["clients"][0]["organization"], berger.id.as_str());
    }

    async fn suspended_the_client_is_read_and_not_changed(&mut self) {
        let Market {
            operator,
            alpina,
            berger,
            ..
        } = &self.scene.market;
        self.suspend(berger).await;
        let event = self.berger.goes_on("organization.suspended", operator).await;
        assert_eq!(change(&event, "state"), (json!("active"), json!("suspended")));
        for person in [&alpina.owner, &berger.owner] {
            self.scene.read(person).await.ok();
            let denied = self.scene.write(person, "While suspended").await;
            let denied = denied.refused(400, "ORGANIZATION_SUSPENDED");
            assert_eq!(denied["metadata"]["organization"], berger.id.as_str());
        }
        // One that is suspended stays so, and nothing is told twice.
        self.suspend(berger).await;
        self.resume(berger).await;
        let event = self.berger.goes_on("organization.resumed", operator).await;
        assert_eq!(change(&event, "state"), (json!("suspended"), json!("active")));
        self.scene.write(&berger.owner, "Resumed").await.ok();
        self.scene.write(&alpina.owner, "By the partner").await.ok();
    }

    async fn a_suspended_partner_changes_nothing_anywhere(&mut self) {
        let Market {
            operator,
            alpina,
            berger,
            ..
        } = &self.scene.market;
        self.suspend(alpina).await;
        self.alpina.goes_on("organization.suspended", operator).await;
        self.scene.read(&alpina.owner).await.ok();
        let denied = self.scene.write(&alpina.owner, "While suspended").await;
        let denied = denied.refused(400, "ORGANIZATION_SUSPENDED");
        assert_eq!(denied["metadata"]["organization"], alpina.id.as_str());
        self.scene.write(&berger.owner, "By the client").await.ok();
        self.resume(alpina).await;
        self.alpina.goes_on("organization.resumed", operator).await;
        self.scene.write(&alpina.owner, "By both").await.ok();
    }

    async fn suspend(&self, company: &Company) {
        let organization = self.change_state(company, "suspend").await;
        assert_eq!(organization["state"], "ORGANIZATION_STATE_SUSPENDED");
    }

    async fn resume(&self, company: &Company) {
        let organization = self.change_state(company, "resume").await;
        assert_eq!(organization["state"], "ORGANIZATION_STATE_ACTIVE");
    }

    async fn change_state(&self, company: &Company, verb: &str) -> Value {
        let Market { operator, .. } = &self.scene.market;
        let path = format!(
            "/v1/organizations/{}/organizations/{}:{verb}",
            operator.organization, company.id
        );
        operator.post(&path, json!({})).await.ok()["organization"].clone()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    On,
    Off,
}

/// Switches a module in somebody's own organization.
async fn switch(person: &Person, module: &str, to: Turn) {
    let path = format!("/v1/organizations/{}/modules:switch", person.organization);
    let body = json!({ "module": module, "on": to == Turn::On });
    let switched = person.send(Method::POST, &path, Some(body)).await.ok();
    let modules = switched["modules"].as_array().unwrap();
    let found = modules.iter().find(|one| one["module"] == module).unwrap();
    assert_eq!(found["on"].as_bool().unwrap_or_default(), to == Turn::On);
}

fn level_and_module(problem: &Value) -> (&str, &str) {
    let metadata = &problem["metadata"];
    (
        metadata["level"].as_str().unwrap_or_default(),
        metadata["module"].as_str().unwrap_or_default(),
    )
}
