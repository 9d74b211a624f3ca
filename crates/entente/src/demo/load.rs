//! Loads the fleet, step by step; a step that was done is found and passed over.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::api::{Api, is_refused};
use super::fleet::{Client, Fleet, Organization, Person};
use super::mailbox::{INVITATION, JOIN, Mailbox};
use super::passwords::Passwords;

/// An access token is valid for five minutes.
const FRESH: Duration = Duration::from_secs(4 * 60);

const PARTNER: &str = "ORGANIZATION_TYPE_PARTNER";

/// What loading needs.
pub(super) struct Loader {
    pub(super) bar: ProgressBar,
    api: Api,
    mailbox: Mailbox,
    passwords: Passwords,
    signed_in: HashMap<String, SignedIn>,
}

struct SignedIn {
    since: Instant,
    api: Api,
    organization: String,
}

impl Loader {
    pub(super) fn new(api: Api, mailbox: Mailbox, passwords: Passwords, bar: ProgressBar) -> Self {
        Self {
            bar,
            api,
            mailbox,
            passwords,
            signed_in: HashMap::new(),
        }
    }

    /// Loads all of it. The operator and its owner are there already.
    pub(super) async fn load(&mut self, fleet: &Fleet) -> Result<()> {
        let owner = fleet
            .operator
            .people
            .first()
            .context("the sample operator has nobody")?;
        let (_, operator) = self.sign_in(owner).await?;
        self.people(&fleet.operator, &operator).await?;
        let mut partners = Vec::new();
        for partner in &fleet.partners {
            let id = self.organization(owner, &operator, partner, PARTNER).await?;
            self.people(partner, &id).await?;
            self.set_up_billing(partner, &id).await?;
            partners.push((partner, id));
        }
        for client in &fleet.clients {
            let id = self
                .organization(
                    owner,
                    &operator,
                    &client.organization,
                    "ORGANIZATION_TYPE_DIRECT_CLIENT",
                )
                .await?;
            self.people(&client.organization, &id).await?;
            let products = self.products(client, &id).await?;
            let (partner, partner_id) = partners
                .get(client.partner)
                .context("a client's partner is missing")?;
            self.entrust(client, &id, &products, partner, partner_id).await?;
        }
        Ok(())
    }

    async fn sign_in(&mut self, person: &Person) -> Result<(Api, String)> {
        if let Some(known) = self
            .signed_in
            .get(&person.email)
            .filter(|known| known.since.elapsed() < FRESH)
        {
            return Ok((known.api.clone(), known.organization.clone()));
        }
        let password = self.passwords.of(&person.email)?;
        let since = Instant::now();
        let (api, organization) = self
            .api
            .sign_in(&person.email, &password)
            .await
            .with_context(|| format!("signing {} in", person.email))?;
        let signed_in = SignedIn {
            since,
            api: api.clone(),
            organization: organization.clone(),
        };
        self.signed_in.insert(person.email.clone(), signed_in);
        Ok((api, organization))
    }

    fn owner<'a>(&self, organization: &'a Organization) -> Result<&'a Person> {
        organization
            .people
            .first()
            .with_context(|| format!("{} has nobody", organization.name))
    }

    async fn organization(
        &mut self,
        operator: &Person,
        parent: &str,
        new: &Organization,
        kind: &str,
    ) -> Result<String> {
        let (api, _) = self.sign_in(operator).await?;
        let path = format!("/v1/organizations/{parent}/organizations");
        let owner = self.owner(new)?;
        self.bar.set_message(new.name.clone());
        let mut organization = json!({ "displayName": new.name, "type": kind, "contactEmail": owner.email });
        if kind == PARTNER {
            // Nothing is delegated to a partner at first, and this one's owner is to invite its people.
            organization["controls"] = json!({ "delegation": ["DELEGATION_FLAG_USER_CREATION"] });
        }
        let body = json!({ "organization": organization, "ownerEmail": owner.email });
        let id = match api.post(&path, &body).await {
            Ok(answer) => text(&answer["organization"]["id"])?,
            Err(error) if is_refused(&error, "NAME_TAKEN") => {
                let found = api.get(&path, &[("query", new.name.as_str())]).await?;
                text(&found["organizations"][0]["id"])?
            }
            Err(error) => return Err(error).with_context(|| format!("creating {}", new.name)),
        };
        self.join(owner, &new.name).await?;
        self.bar.inc(1);
        Ok(id)
    }

    /// The owner is there; the others are invited by them.
    async fn people(&mut self, organization: &Organization, id: &str) -> Result<()> {
        let (api, _) = self.sign_in(self.owner(organization)?).await?;
        for person in organization.people.iter().skip(1) {
            let body = json!({ "email": person.email, "role": person.role });
            match api
                .post(&format!("/v1/organizations/{id}/members:invite"), &body)
                .await
            {
                Ok(_) => {}
                Err(error) if is_refused(&error, "ALREADY_MEMBER") => {}
                Err(error) => return Err(error).with_context(|| format!("inviting {}", person.email)),
            }
            self.join(person, &organization.name).await?;
            self.bar.inc(1);
        }
        Ok(())
    }

    /// Accepts by the link in the mail, unless the person can sign in already.
    async fn join(&mut self, person: &Person, organization: &str) -> Result<()> {
        // A password is written down before it is used: without one the person can't have joined.
        if self.passwords.knows(&person.email) && self.sign_in(person).await.is_ok() {
            return Ok(());
        }
        let token = self.mailbox.token(&person.email, JOIN, organization).await?;
        let password = self.passwords.of(&person.email)?;
        let body = json!({ "token": token, "displayName": person.name, "password": password });
        self.api
            .post("/v1/memberInvitations:accept", &body)
            .await
            .with_context(|| format!("{} joining", person.email))?;
        Ok(())
    }

    async fn set_up_billing(&mut self, partner: &Organization, id: &str) -> Result<()> {
        let owner = self.owner(partner)?;
        let (api, _) = self.sign_in(owner).await?;
        let account = json!({
            "legalName": partner.name, "email": owner.email, "address": "Rue du Lac 1, 1003 Lausanne", "countryCode": "CH",
            "paymentMethod": { "token": "tok_sample", "brand": "visa", "lastFour": "4242" },
        });
        let path = format!("/v1/organizations/{id}/billingAccount");
        let mut waited = 0;
        // The account opens a moment after its organization, when billing has heard of it.
        let opened = loop {
            match api.get(&path, &[]).await {
                Ok(opened) => break opened,
                Err(error) if is_refused(&error, "NOT_FOUND") && waited < 500 => waited += 1,
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("waiting for the billing of {}", partner.name));
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        if opened["account"]["missing"]
            .as_array()
            .is_some_and(|missing| !missing.is_empty())
        {
            let updated = api.patch(&path, &account).await;
            updated.with_context(|| format!("setting up the billing of {}", partner.name))?;
        }
        self.bar.inc(1);
        Ok(())
    }

    async fn products(&mut self, client: &Client, id: &str) -> Result<Vec<String>> {
        let (api, _) = self.sign_in(self.owner(&client.organization)?).await?;
        let path = format!("/v1/organizations/{id}/products");
        let mut ids = Vec::new();
        for (category, name) in &client.products {
            let body = json!({ "product": { "category": category, "displayName": name } });
            match api.post(&path, &body).await {
                Ok(answer) => ids.push(text(&answer["product"]["id"])?),
                Err(error) if is_refused(&error, "NAME_TAKEN") => {
                    let listed = api.get(&path, &[("category", category)]).await?;
                    let all = listed["products"].as_array().cloned().unwrap_or_default();
                    let found = all.iter().find(|product| product["displayName"] == *name);
                    ids.push(text(found.map_or(&Value::Null, |product| &product["id"]))?);
                }
                Err(error) => return Err(error).with_context(|| format!("adding {name}")),
            }
            self.bar.inc(1);
        }
        Ok(ids)
    }

    /// The client invites its partner, and the partner accepts by the link in the mail.
    async fn entrust(
        &mut self,
        client: &Client,
        id: &str,
        products: &[String],
        partner: &Organization,
        partner_id: &str,
    ) -> Result<()> {
        let (api, _) = self.sign_in(self.owner(&client.organization)?).await?;
        let (access, named) = match client.entrusted {
            Some(count) => (
                "MANDATE_ACCESS_LIMITED",
                products.iter().take(count).collect::<Vec<_>>(),
            ),
            None => ("MANDATE_ACCESS_COMPLETE", Vec::new()),
        };
        let body = json!({ "partner": partner_id, "access": access, "products": named });
        let path = format!("/v1/organizations/{id}/partnershipInvitations");
        let invitation = match api.post(&path, &body).await {
            Ok(answer) => text(&answer["invitation"]["id"])?,
            Err(error) if is_refused(&error, "ALREADY_PARTNERS") => {
                self.bar.inc(1);
                return Ok(());
            }
            Err(error) if is_refused(&error, "ALREADY_INVITED") => {
                let pending = [("state", "PARTNERSHIP_INVITATION_STATE_PENDING")];
                text(&api.get(&path, &pending).await?["invitations"][0]["id"])?
            }
            Err(error) => {
                return Err(error).with_context(|| format!("{} inviting", client.organization.name));
            }
        };
        let owner = self.owner(partner)?;
        let token = self
            .mailbox
            .token(&owner.email, INVITATION, &client.organization.name)
            .await?;
        let (api, _) = self.sign_in(owner).await?;
        let path = format!("/v1/organizations/{partner_id}/partnershipInvitations/{invitation}:accept");
        api.post(&path, &json!({ "token": token }))
            .await
            .with_context(|| format!("{} accepting", partner.name))?;
        self.bar.inc(1);
        Ok(())
    }
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .context("the answer misses a field: see /openapi.json for what it should have")
}
