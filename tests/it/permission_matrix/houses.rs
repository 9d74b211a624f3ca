//! An organization of each type, with somebody in each role that it has.

use entente_testkit::matrix;
use serde_json::json;

use crate::support::{Company, Person, Site, eventually, join};

/// All of them.
pub struct Houses {
    pub all: Vec<House>,
}

/// An organization.
pub struct House {
    /// Its type, as the matrix spells it.
    pub kind: &'static str,
    pub id: String,
    pub people: Vec<Player>,
    /// Whether its billing is set up.
    pub has_billing: bool,
}

/// Somebody in it.
pub struct Player {
    pub role: &'static str,
    /// Whether they are a legal representative.
    pub binds: bool,
    pub person: Person,
}

impl Houses {
    pub async fn found(site: &Site) -> Self {
        let operator = site.found().await;
        let partner = create(site, &operator, "partner", "Alpina").await;
        let sub_partner = create(site, &partner.owner, "sub_partner", "Alpina West").await;
        let affiliate = create(site, &operator, "affiliate", "Zenith").await;
        let direct_client = create(site, &operator, "direct_client", "Berger SA").await;
        let client = create(site, &sub_partner.owner, "client", "Cordier").await;
        for served in [&partner, &sub_partner] {
            entrust(site, &direct_client, served).await;
        }
        let all = tokio::join!(
            fill(site, "operator", "Numa Cloud", operator),
            fill(site, "partner", partner.name, partner.owner),
            fill(site, "sub_partner", sub_partner.name, sub_partner.owner),
            fill(site, "affiliate", affiliate.name, affiliate.owner),
            fill(site, "direct_client", direct_client.name, direct_client.owner),
            fill(site, "client", client.name, client.owner),
        );
        let all = vec![all.0, all.1, all.2, all.3, all.4, all.5];
        Self { all }
    }

    /// The id of a house that those of a type have no place in and no mandate from: being above it or below it gives
    /// none.
    pub fn foreign_to(&self, kind: &str) -> &str {
        let foreign = match kind {
            "operator" | "sub_partner" => "partner",
            "partner" => "sub_partner",
            "affiliate" | "client" => "operator",
            _ => "affiliate",
        };
        self.id_of(foreign)
    }

    /// The id of the client that gave those of a type a mandate without a bound.
    pub fn client_of(&self, kind: &str) -> Option<&str> {
        ["partner", "sub_partner"]
            .contains(&kind)
            .then(|| self.id_of("direct_client"))
    }

    fn id_of(&self, kind: &str) -> &str {
        &self.all.iter().find(|house| house.kind == kind).unwrap().id
    }
}

async fn create(site: &Site, founder: &Person, kind: &str, name: &'static str) -> Company {
    let contract = format!("ORGANIZATION_TYPE_{}", kind.to_uppercase());
    let owner = format!("owner@{}.example", kind.replace('_', "-"));
    Company::create(site, founder, &contract, name, &owner).await
}

/// Somebody in each role: the owner, those of the account type, and in the operator's house, a partner's and a client's
/// those of every organization, which are the same in the others. Those in a role of the account type are legal representatives too, so that it is the role
/// that they are held to.
async fn fill(site: &Site, kind: &'static str, name: &str, owner: Person) -> House {
    let by_type = matrix::by_account_type().filter(|(of, _)| *of == kind);
    let has_all = ["operator", "partner", "client"].contains(&kind);
    let everywhere = matrix::in_every_organization().filter(|role| has_all && *role != "owner");
    let roles: Vec<_> = by_type
        .map(|(_, role)| (role, true))
        .chain(everywhere.map(|role| (role, false)))
        .collect();
    let email = |role: &str| format!("{}@{}.example", role.replace('_', "-"), kind.replace('_', "-"));
    let path = format!("/v1/organizations/{}/members:invite", owner.organization);
    for (role, binds) in &roles {
        let invitation = json!({ "email": email(role), "role": role, "legalRepresentative": binds });
        owner.post(&path, invitation).await.ok();
    }
    let mut people = Vec::new();
    for (role, binds) in roles {
        let person = join(site, name, &email(role)).await;
        people.push(Player { role, binds, person });
    }
    let id = owner.organization.clone();
    people.push(Player {
        role: "owner",
        binds: true,
        person: owner,
    });
    House {
        kind,
        id,
        people,
        has_billing: ["partner", "sub_partner"].contains(&kind),
    }
}

/// Gives a partner a mandate without a bound.
async fn entrust(site: &Site, client: &Company, partner: &Company) {
    partner.set_up_billing().await;
    let invitations = client.path("partnershipInvitations");
    let body = json!({ "partner": partner.id, "access": "MANDATE_ACCESS_COMPLETE" });
    let invited = eventually("the partner, to whom invites it", async || {
        let answer = client.owner.post(&invitations, body.clone()).await;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(answer)
        }
    })
    .await;
    let subject = format!("{} invites {} to a partnership", client.name, partner.name);
    let mail = site.mailbox.open(&partner.owner.email, &subject).await;
    let invitation = invited["invitation"]["id"].as_str().unwrap();
    let accept = partner.path(&format!("partnershipInvitations/{invitation}:accept"));
    let token = json!({ "token": mail.link_token("invitations") });
    eventually("the open gate", async || {
        let answer = partner.owner.post(&accept, token.clone()).await;
        if answer.status == 200 { Ok(()) } else { Err(answer) }
    })
    .await;
    eventually("the mandate", async || {
        let answer = partner.owner.get(&client.path("partnerships")).await;
        if answer.status == 200 { Ok(()) } else { Err(answer) }
    })
    .await;
}
