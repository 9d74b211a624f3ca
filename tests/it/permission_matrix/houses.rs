//! An organization of each type, with somebody in each role that it has.

use entente_contracts::access::v1::DelegationFlag;
use entente_testkit::matrix;
use serde_json::json;

use crate::support::{Company, Person, Site, delegate, entrust, join};

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
    /// What the operator has delegated to its administrators.
    pub delegated: &'static [DelegationFlag],
    /// Whether its billing is set up.
    pub has_billing: bool,
}

/// Somebody in it.
pub struct Player {
    pub role: &'static str,
    /// Whether they are a legal representative.
    pub binds: bool,
    /// Whether they are tried at what is hidden from them too.
    pub tries_hidden: bool,
    pub person: Person,
}

impl Houses {
    pub async fn found(site: &Site) -> Self {
        let operator = site.found().await;
        let partner = create(site, &operator, "partner", "Alpina").await;
        delegate(&operator, &partner.id, &EVERYTHING).await;
        let sub_partner = create(site, &partner.owner, "sub_partner", "Alpina West").await;
        delegate(&operator, &sub_partner.id, &EVERYTHING).await;
        let affiliate = create(site, &operator, "affiliate", "Zenith").await;
        // Its people can be invited.
        delegate(&operator, &affiliate.id, &EVERYTHING[..1]).await;
        let direct_client = create(site, &operator, "direct_client", "Berger SA").await;
        let client = create(site, &sub_partner.owner, "client", "Cordier").await;
        for serving in [&partner, &sub_partner, &affiliate] {
            entrust(site, &direct_client, serving, &[]).await;
        }
        leave_billing(&affiliate).await;
        let (partner, sub_partner, affiliate, direct_client, client) = tokio::join!(
            fill(site, "partner", partner),
            fill(site, "sub_partner", sub_partner),
            fill(site, "affiliate", affiliate),
            fill(site, "direct_client", direct_client),
            fill(site, "client", client),
        );
        delegate(&operator, &affiliate.id, &[]).await;
        refer(&partner, &direct_client.id).await;
        let operator = Company {
            id: operator.organization.clone(),
            name: "Numa Cloud",
            owner: operator,
        };
        let operator = fill(site, "operator", operator).await;
        let all = vec![operator, partner, sub_partner, affiliate, direct_client, client];
        Self { all }
    }

    /// The id of a house that those of a type have no place in and no mandate from: being above it or below it gives
    /// none, nor does having given it one.
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
        ["partner", "sub_partner", "affiliate"]
            .contains(&kind)
            .then(|| self.id_of("direct_client"))
    }

    fn id_of(&self, kind: &str) -> &str {
        &self.all.iter().find(|house| house.kind == kind).unwrap().id
    }
}

const EVERYTHING: [DelegationFlag; 4] = [
    DelegationFlag::UserCreation,
    DelegationFlag::CredentialChanges,
    DelegationFlag::EncryptionKeys,
    DelegationFlag::MfaPolicyChanges,
];

async fn create(site: &Site, founder: &Person, kind: &str, name: &'static str) -> Company {
    let contract = format!("ORGANIZATION_TYPE_{}", kind.to_uppercase());
    let owner = format!("owner@{}.example", kind.replace('_', "-"));
    Company::create(site, founder, &contract, name, &owner).await
}

/// Takes away what its billing needs: the gate was open for the mandate, and is closed from here on.
async fn leave_billing(house: &Company) {
    let path = house.path("billingAccount");
    house.owner.patch(&path, json!({ "legalName": "" })).await.ok();
}

/// Somebody in each role: the owner, those of the account type, and those that every organization has. Those in a role of
/// the account type are legal representatives too, so that it is the role that they are held to. What is hidden is hidden
/// from whoever it is, so in two houses those that every organization has are not tried at it: that saves time.
async fn fill(site: &Site, kind: &'static str, house: Company) -> House {
    let Company { id, name, owner } = house;
    let by_type = matrix::by_account_type().filter(|(of, _)| *of == kind);
    let everywhere = matrix::in_every_organization().filter(|role| *role != "owner");
    let all_try_hidden = ["operator", "partner", "affiliate", "client"].contains(&kind);
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
        people.push(Player {
            role,
            binds,
            tries_hidden: binds || all_try_hidden,
            person,
        });
    }
    people.push(Player {
        role: "owner",
        binds: true,
        tries_hidden: true,
        person: owner,
    });
    // The affiliate is left with neither, to see what comes of that.
    let is_set_up = ["partner", "sub_partner"].contains(&kind);
    House {
        kind,
        id,
        people,
        delegated: if is_set_up { &EVERYTHING } else { &[] },
        has_billing: is_set_up,
    }
}

/// Puts a client on the list of the partner's advisor.
async fn refer(partner: &House, client: &str) {
    let by_role = |role| {
        &partner
            .people
            .iter()
            .find(|player| player.role == role)
            .unwrap()
            .person
    };
    let owner = by_role("owner");
    let advisor = owner.place_of(by_role("delegated_account_administrator")).await;
    let path = format!("/v1/organizations/{}/members/{advisor}/referrals:add", partner.id);
    owner.post(&path, json!({ "clients": [client] })).await.ok();
}
