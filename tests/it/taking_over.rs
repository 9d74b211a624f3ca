//! A partner creates its own clients and acts for all of them, until their legal representatives take over: one keeps the
//! partnership, one narrows it, one ends it.
//!
//! At each step: the answer, what the trails say, and who is told.

use serde_json::{Value, json};

use crate::support::{Company, History, Installation, Log, Person, Told, change, eventually, join};

on_both_logs!(clients_that_a_partner_created_take_over);

async fn clients_that_a_partner_created_take_over(log: Log) {
    let installation = Installation::start(log).await;
    let operator = installation.found().await;
    let kind = "ORGANIZATION_TYPE_PARTNER";
    let alpina = Company::create(&installation, &operator, kind, "Alpina", "anna@alpina.example").await;
    let anna = &alpina.owner;
    let berger = taken_on(&installation, &alpina, "Berger SA", "bea@berger.example").await;
    let celio = taken_on(&installation, &alpina, "Celio SA", "cleo@celio.example").await;
    let dubois = taken_on(&installation, &alpina, "Dubois SA", "dora@dubois.example").await;
    let carl = berger
        .company
        .colleague(&installation, "carl@berger.example", "admin")
        .await;
    let place = berger.company.owner.place_of(&carl).await;
    let mut told = Told::new(
        &installation,
        &[
            anna,
            &berger.company.owner,
            &carl,
            &celio.company.owner,
            &dubois.company.owner,
        ],
    );
    told.by_mail(&[anna], "Alpina invites you to Entente");
    told.by_mail(&[&carl], "Berger SA invites you to Entente");
    told.in_app(&[&berger.company.owner], "member.joined", &place);
    for client in [&berger, &celio, &dubois] {
        let name = client.company.name;
        told.by_mail(
            &[&client.company.owner],
            &format!("{name} invites you to Entente"),
        );
        told.in_app(&[anna], "partnership.started_unconsented", &client.partnership);
        let subject = format!("Alpina acts for {name}, which has yet to consent");
        told.by_mail(&[anna, &client.company.owner], &subject);
    }
    told.is_all().await;

    berger
        .only_its_legal_representative_consents(&carl, &alpina)
        .await;
    let event = berger.is_kept(anna).await;
    assert_eq!(change(&event, "consent_time").0, Value::Null);
    told.in_app(
        &[&berger.company.owner, &carl, anna],
        "partnership.consented",
        &berger.partnership,
    );
    told.by_mail(&[anna], "Berger SA has consented to the partnership with Alpina");
    told.is_all().await;

    celio.is_narrowed(anna).await;
    told.in_app(
        &[&celio.company.owner, anna],
        "partnership.narrowed",
        &celio.partnership,
    );
    told.by_mail(&[anna], "Celio SA has narrowed the partnership with Alpina");
    told.is_all().await;

    dubois.is_ended(anna).await;
    told.in_app(
        &[&dubois.company.owner, anna],
        "partnership.ended",
        &dubois.partnership,
    );
    let subject = "The partnership of Dubois SA and Alpina has ended";
    told.by_mail(&[&dubois.company.owner, anna], subject);
    told.is_all().await;

    assert_eq!(
        clients_of(&alpina).await,
        [berger.company.id.as_str(), &celio.company.id]
    );
    drop(told);
    installation.stop().await;
}

/// A client, two of its products, and the partnership that it began with.
struct Client {
    company: Company,
    products: [String; 2],
    partnership: String,
}

/// The partner creates a client, which stands in its list by itself, and works for it before anybody has joined there.
async fn taken_on(installation: &Installation, alpina: &Company, name: &'static str, owner: &str) -> Client {
    let anna = &alpina.owner;
    let body = json!({
        "organization": { "displayName": name, "type": "ORGANIZATION_TYPE_CLIENT" }, "ownerEmail": owner,
    });
    let created = anna.post(&alpina.path("organizations"), body).await.ok();
    let id = text(&created["organization"]["id"]);
    eventually("the client in the partner's list", async || {
        let listed = clients_of(alpina).await;
        listed.contains(&id).then_some(()).ok_or(listed)
    })
    .await;
    // Nobody is in yet, so that it is told to whom it will concern.
    let subject = format!("Alpina acts for {name}, which has yet to consent");
    installation.mailbox.open(owner, &subject).await;
    let company = Company {
        id,
        name,
        owner: join(installation, name, owner).await,
    };
    let bea = &company.owner;
    let listed = bea.get(&company.path("partnerships")).await.ok();
    let found = &listed["partnerships"][0];
    assert_eq!(
        (
            &found["partner"],
            &found["mandate"]["access"],
            &found["consentTime"]
        ),
        (&json!(alpina.id), &json!("MANDATE_ACCESS_COMPLETE"), &Value::Null)
    );
    let partnership = text(&found["id"]);
    let mut products = [const { String::new() }; 2];
    for (product, name) in products.iter_mut().zip(["Database", "Domain"]) {
        let body = json!({ "product": { "category": "Hosting", "displayName": name } });
        let created = anna.post(&company.path("products"), body).await.ok();
        *product = text(&created["product"]["id"]);
    }
    Client {
        company,
        products,
        partnership,
    }
}

impl Client {
    async fn only_its_legal_representative_consents(&self, carl: &Person, alpina: &Company) {
        let keep = json!({ "access": "MANDATE_ACCESS_COMPLETE" });
        let path = self.consent();
        carl.post(&path, keep.clone())
            .await
            .refused(403, "LEGAL_REPRESENTATIVE_REQUIRED");
        let path = alpina.path(&format!("partnerships/{}:consent", self.partnership));
        alpina
            .owner
            .post(&path, keep)
            .await
            .refused(403, "NOT_THE_CLIENT");
    }

    async fn is_kept(&self, anna: &Person) -> Value {
        let bea = &self.company.owner;
        let keep = json!({ "access": "MANDATE_ACCESS_COMPLETE" });
        let kept = bea.post(&self.consent(), keep.clone()).await.ok();
        assert!(kept["partnership"]["consentTime"].is_string());
        bea.post(&self.consent(), keep)
            .await
            .refused(400, "PARTNERSHIP_CONSENTED");
        for product in &self.products {
            anna.get(&self.product(product)).await.ok();
        }
        self.history(anna, "partnership.consented").await
    }

    async fn is_narrowed(&self, anna: &Person) {
        let cleo = &self.company.owner;
        let [kept, lost] = &self.products;
        let nothing = json!({ "access": "MANDATE_ACCESS_LIMITED" });
        let refused = cleo
            .post(&self.consent(), nothing)
            .await
            .refused(400, "INVALID_FIELD");
        assert_eq!(refused["violations"][0]["field"], "products");
        let narrow = json!({ "access": "MANDATE_ACCESS_LIMITED", "products": [kept] });
        cleo.post(&self.consent(), narrow).await.ok();

        anna.get(&self.product(kept)).await.ok();
        anna.get(&self.product(lost))
            .await
            .refused(403, "OUTSIDE_MANDATE");
        self.history(anna, "partnership.consented").await;
    }

    async fn is_ended(&self, anna: &Person) {
        let dora = &self.company.owner;
        dora.sign_in().await;
        let path = self
            .company
            .path(&format!("partnerships/{}:end", self.partnership));
        dora.post(&path, json!({})).await.ok();

        for product in &self.products {
            anna.get(&self.product(product))
                .await
                .refused(403, "MANDATE_ENDED");
        }
        self.history(anna, "partnership.ended").await;
    }

    /// Begun by the partner, and then this happened to it, by the client's owner; nothing else.
    async fn history(&self, anna: &Person, kind: &str) -> Value {
        let owner = &self.company.owner;
        let mut history = History::new(owner, &self.partnership);
        history.goes_on("partnership.started", anna).await;
        let event = history.goes_on(kind, owner).await;
        history.is_all().await;
        event
    }

    fn consent(&self) -> String {
        self.company
            .path(&format!("partnerships/{}:consent", self.partnership))
    }

    fn product(&self, product: &str) -> String {
        self.company.path(&format!("products/{product}"))
    }
}

async fn clients_of(alpina: &Company) -> Vec<String> {
    let listed = alpina.owner.get(&alpina.path("clients")).await.ok();
    let listed = listed["clients"].as_array().cloned().unwrap_or_default();
    listed
        .iter()
        .map(|client| text(&client["organization"]))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
