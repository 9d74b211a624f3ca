//! Organizations and their people.

use serde_json::json;

use super::{Person, Site, eventually};

/// An operator, and who does business by its installation.
#[derive(Debug)]
pub struct Market {
    pub operator: Person,
    /// A partner.
    pub alpina: Company,
    /// A client, not yet anybody's.
    pub berger: Company,
    /// Another partner, who has nothing to do with the two.
    pub zenith: Company,
}

/// An organization with its owner, who is its legal representative.
#[derive(Debug)]
pub struct Company {
    pub id: String,
    pub name: &'static str,
    pub owner: Person,
}

impl Market {
    /// Founds the operator and all of them.
    pub async fn open(site: &Site) -> Self {
        let operator = site.found().await;
        let partner = "ORGANIZATION_TYPE_PARTNER";
        Self {
            alpina: Company::create(site, &operator, partner, "Alpina", "anna@alpina.example").await,
            zenith: Company::create(site, &operator, partner, "Zenith", "zoe@zenith.example").await,
            berger: Company::create(
                site,
                &operator,
                "ORGANIZATION_TYPE_DIRECT_CLIENT",
                "Berger SA",
                "bea@berger.example",
            )
            .await,
            operator,
        }
    }
}

impl Company {
    /// Creates an organization below somebody's own, and lets its owner in.
    pub async fn create(site: &Site, creator: &Person, kind: &str, name: &'static str, owner: &str) -> Self {
        let mut body = json!({
            "organization": { "displayName": name, "type": kind, "contactEmail": owner },
            "ownerEmail": owner,
        });
        if kind == "ORGANIZATION_TYPE_PARTNER" {
            // Nothing is delegated to a partner at first.
            body["organization"]["controls"] = json!({ "delegation": ["DELEGATION_FLAG_USER_CREATION"] });
        }
        let path = format!("/v1/organizations/{}/organizations", creator.organization);
        let created = creator.post(&path, body).await.ok();
        let id = created["organization"]["id"].as_str().unwrap().to_owned();
        let owner = join(site, name, owner).await;
        assert_eq!(owner.organization, id);
        Self { id, name, owner }
    }

    /// Invites somebody, who joins.
    pub async fn colleague(&self, site: &Site, email: &str, role: &str) -> Person {
        self.owner
            .post(
                &self.path("members:invite"),
                json!({ "email": email, "role": role }),
            )
            .await
            .ok();
        join(site, self.name, email).await
    }

    /// Adds a product.
    pub async fn product(&self, category: &str, name: &str) -> String {
        let body = json!({ "product": { "category": category, "displayName": name } });
        let created = self.owner.post(&self.path("products"), body).await.ok();
        created["product"]["id"].as_str().unwrap().to_owned()
    }

    /// Sets its billing up, once the account is open.
    pub async fn set_up_billing(&self) {
        let path = self.path("billingAccount");
        eventually("the billing account", async || {
            let account = self.owner.get(&path).await;
            if account.status == 200 {
                Ok(())
            } else {
                Err(account)
            }
        })
        .await;
        let account = json!({
            "legalName": self.name,
            "email": self.owner.email,
            "address": "Rue du Lac 1, 1003 Lausanne",
            "countryCode": "CH",
            "paymentMethod": { "token": "tok_1", "brand": "visa", "lastFour": "4242" },
        });
        self.owner.patch(&path, account).await.ok();
    }

    /// The path of something below it.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/organizations/{}/{below}", self.id)
    }
}

/// Accepts the invitation that came by mail.
pub async fn join(site: &Site, organization: &str, email: &str) -> Person {
    let mail = site
        .mailbox
        .open(email, &format!("{organization} invites you to Entente"))
        .await;
    Person::join(&site.rest, email, &mail.link_token("join")).await
}
