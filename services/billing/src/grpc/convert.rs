//! From the contract to the domain and back.

use entente_access::Access;
use entente_contracts::billing::v1::{BillingAccount, PaymentMethod, UpdateBillingAccountRequest};
use entente_contracts::{Violations, timestamp};
use entente_service::Actor;
use secrecy::SecretString;
use tonic::Status;

use crate::app::update_billing_account::UpdateBillingAccount;
use crate::domain::account::{Account, Edit, REQUIRED};
use crate::domain::fields::{Card, CountryCode, FieldError, LastFour, Line, Lines, NewCard};

/// Reads a request to change an account.
///
/// # Errors
/// INVALID_ARGUMENT, naming each field that is wrong.
pub fn update(access: &Access, request: UpdateBillingAccountRequest) -> Result<UpdateBillingAccount, Status> {
    let account = request.account.clone().unwrap_or_default();
    let paths = request.update_mask.clone().unwrap_or_default().paths;
    let mut violations = Violations::default();
    if paths.is_empty() {
        violations.add("update_mask", "names no field: give at least one");
    }
    let mut whole: Vec<&str> = paths.iter().map(|path| whole_field(path)).collect();
    whole.dedup();
    let edits = whole
        .into_iter()
        .filter_map(|path| edit(&mut violations, path, &account))
        .collect();
    violations.into_result()?;
    Ok(UpdateBillingAccount {
        organization: access.target()?,
        actor: Actor::from(access),
        etag: account.etag,
        edits,
        request,
    })
}

/// Writes an account. The token is not among what it holds.
pub fn account(account: &Account) -> BillingAccount {
    let text = |line: &Option<Line>| line.as_ref().map(Line::as_str).unwrap_or_default().to_owned();
    BillingAccount {
        organization: account.organization.to_string(),
        legal_name: text(&account.legal_name),
        email: text(&account.email),
        address: account
            .address
            .as_ref()
            .map(Lines::as_str)
            .unwrap_or_default()
            .to_owned(),
        country_code: account
            .country_code
            .as_ref()
            .map(CountryCode::as_str)
            .unwrap_or_default()
            .to_owned(),
        payment_method: account.payment_method.as_ref().map(|card| PaymentMethod {
            token: String::new(),
            brand: card.brand.as_str().to_owned(),
            last_four: card.last_four.as_str().to_owned(),
        }),
        missing: account.missing().into_iter().map(str::to_owned).collect(),
        etag: account.version.to_string(),
        create_time: Some(timestamp(account.created_at)),
        update_time: Some(timestamp(account.updated_at)),
    }
}

/// A card is exchanged as a whole: a mask that names its parts, as REST derives it from the body, means the card.
fn whole_field(path: &str) -> &str {
    match path {
        "payment_method.token" | "payment_method.brand" | "payment_method.last_four" => "payment_method",
        other => other,
    }
}

fn edit(violations: &mut Violations, path: &str, account: &BillingAccount) -> Option<Edit> {
    match path {
        "legal_name" => {
            parsed(violations, "account.legal_name", Line::parse(&account.legal_name)).map(Edit::LegalName)
        }
        "email" => parsed(violations, "account.email", Line::parse(&account.email)).map(Edit::Email),
        "address" => parsed(violations, "account.address", Lines::parse(&account.address)).map(Edit::Address),
        "country_code" => parsed(
            violations,
            "account.country_code",
            CountryCode::parse(&account.country_code),
        )
        .map(Edit::CountryCode),
        "payment_method" => match &account.payment_method {
            None => Some(Edit::PaymentMethod(None)),
            Some(method) => card(violations, method).map(Some).map(Edit::PaymentMethod),
        },
        _ => {
            let known = REQUIRED.join(", ");
            violations.add(
                "update_mask",
                format!("has no field `{path}` to change: give some of {known}"),
            );
            None
        }
    }
}

fn card(violations: &mut Violations, method: &PaymentMethod) -> Option<NewCard> {
    if method.token.is_empty() {
        violations.add(
            "account.payment_method.token",
            "is missing: give the provider's token",
        );
    }
    let brand = parsed(
        violations,
        "account.payment_method.brand",
        Line::parse(&method.brand),
    )?;
    if brand.is_none() {
        violations.add(
            "account.payment_method.brand",
            "is missing: give the card's brand",
        );
    }
    let last_four = parsed(
        violations,
        "account.payment_method.last_four",
        LastFour::parse(&method.last_four),
    )?;
    let card = Card {
        brand: brand?,
        last_four,
    };
    Some(NewCard {
        card,
        token: SecretString::from(method.token.clone()),
    })
}

fn parsed<T>(violations: &mut Violations, field: &str, value: Result<T, FieldError>) -> Option<T> {
    value
        .map_err(|error| violations.add(field, error.to_string()))
        .ok()
}
