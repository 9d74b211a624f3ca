//! identity: organizations, their members, sessions, and the one place where access is decided.
//!
//! [`build`] wires the service; [`bootstrap`] is the first run. What it owns is in the README beside this crate.

pub mod app;
pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod events;
pub mod grpc;
pub mod provider;
pub mod security;
pub mod store;

use std::path::Path;

use anyhow::Context as _;
use entente_access::keys;
use entente_access::links::LinkKey;
use entente_access::{AuthenticationLayer, LocalKeys, TokenSigner, Verifier};
use entente_contracts::{
    GuardedAccountService, GuardedCredentialService, GuardedDecisionService, GuardedEncryptionKeyService,
    GuardedGroupService, GuardedIdentityProviderService, GuardedMemberBatchService, GuardedMemberService,
    GuardedModuleService, GuardedOperationsService, GuardedOrganizationService, GuardedReferralService,
    GuardedRoleService, GuardedSecondFactorService, GuardedServiceAccountService, GuardedSessionService,
    GuardedSettingsService, GuardedSignInPolicyService,
};
use entente_envelope::Envelope;
use entente_pg::Migrations;
use entente_runtime::server::{GrpcServices, Parts, readiness};
use entente_service::Context;

pub use app::bootstrap::{Bootstrap, bootstrap};
pub use config::Config;
pub use events::topics;

use app::App;
use domain::second_factor::RECOVERY_ATTEMPTS;
use engine::Engine;
use events::Announcer;
use provider::Provider;
use security::account_links::AccountLinks;
use security::allowance::Allowance;
use security::mail_limit::MailLimit;
use security::password::Passwords;
use security::throttle::Throttle;
use security::token::Tokens;

/// The schema of identity.
///
/// # Errors
/// Never, as a test shows: the name is fixed.
pub fn migrations() -> anyhow::Result<Migrations> {
    entente_service::migrations("identity", sqlx::migrate!())
}

/// Wires the service.
///
/// # Errors
/// When a key can't be read or made; the message says what to do.
pub async fn build(context: Context, config: Config) -> anyhow::Result<Parts> {
    let path = |path: &Option<_>, flag| {
        path.clone()
            .with_context(|| format!("set --{flag} to the file of the key"))
    };
    let signing = load_or_create(&path(&config.signing_key, "identity-signing-key")?, &context)?;
    let former = config.former_signing_key.as_deref().map(keys::load).transpose()?;
    let secret =
        keys::load_or_create_secret(&path(&config.link_key, "identity-link-key")?, &*context.random)?;

    let envelope = Envelope::load_or_create(
        &path(&config.envelope_key, "identity-envelope-key")?,
        &config.former_envelope_keys,
        context.random.clone(),
    )?;

    let published = LocalKeys::new(signing.public(), former.map(|key| key.public()));
    let verifier = Verifier::new(
        published.clone(),
        context.peers.keys().clone(),
        context.clock.clone(),
    );
    let signer = TokenSigner::new(signing, context.clock.clone());
    let engine = Engine::start(context.database.clone(), context.clock.clone());
    let app = App {
        engine: engine.clone(),
        announcer: Announcer::new(context.clone())?,
        links: LinkKey::new(&secret),
        account_links: AccountLinks::new(&secret),
        passwords: Passwords::new(config.password_hashes, context.random.clone())?,
        mails: MailLimit::new(),
        throttle: Throttle::new(),
        recovery_attempts: Allowance::new(RECOVERY_ATTEMPTS.0, RECOVERY_ATTEMPTS.1),
        tokens: Tokens::new(signer, context.random.clone()),
        envelope,
        provider: Provider::new(&config, context.clock.clone())?,
        context: context.clone(),
    };
    Ok(parts(app, published, engine, verifier))
}

fn load_or_create(path: &Path, context: &Context) -> anyhow::Result<keys::PrivateKey> {
    Ok(keys::load_or_create(path, &*context.random)?)
}

fn parts(app: App, published: LocalKeys, engine: Engine, verifier: Verifier) -> Parts {
    let context = app.context.clone();
    let guard = grpc::guard(engine.clone(), context.clock.clone());
    let warner = app.announcer.clone();
    let app = grpc::SharedApp::from(app);
    let services = GrpcServices::new()
        .with(GuardedOrganizationService::server(
            grpc::Organizations::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedMemberService::server(
            grpc::Members::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedMemberBatchService::server(
            grpc::MemberBatches::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedSignInPolicyService::server(
            grpc::SignInPolicies::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedCredentialService::server(
            grpc::Credentials::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedAccountService::server(
            grpc::Accounts::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedSessionService::server(
            grpc::Sessions::new(app.clone(), published),
            guard.clone(),
        ))
        .with(GuardedModuleService::server(
            grpc::Modules::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedOperationsService::server(
            grpc::Operations::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedSecondFactorService::server(
            grpc::SecondFactors::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedSettingsService::server(
            grpc::GeneralSettings::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedIdentityProviderService::server(
            grpc::IdentityProviders::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedRoleService::server(
            grpc::Roles::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedGroupService::server(
            grpc::Groups::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedServiceAccountService::server(
            grpc::ServiceAccounts::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedEncryptionKeyService::server(
            grpc::EncryptionKeys::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedReferralService::server(
            grpc::Referrals::new(app.clone()),
            guard.clone(),
        ))
        .with(GuardedDecisionService::server(grpc::Decisions::new(app), guard));
    let (deciding, following, denying) = (engine.clone(), engine.clone(), engine);
    context
        .parts(services, AuthenticationLayer::new(verifier))
        .needs(readiness("decisions", move || {
            let ready = deciding.readiness();
            async move { ready }
        }))
        .task("decisions", move |stop| async move {
            stop.cancelled().await;
            following.stop().await;
            Ok(())
        })
        .task("denials", {
            let context = context.clone();
            move |stop| engine::announce_denials(denying, context, stop)
        })
        .task("expiry_warner", {
            let context = context.clone();
            move |stop| async move {
                app::warn_of_expiry::run(context, warner, stop).await;
                Ok(())
            }
        })
        .task("session_sweeper", move |stop| async move {
            app::sweep_sessions::run(context, stop).await;
            Ok(())
        })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_has_a_name() {
        assert_eq!(super::migrations().unwrap().service(), "identity");
    }
}
