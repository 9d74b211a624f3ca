//! The settings of identity.

use std::path::PathBuf;

use entente_runtime::config::SecretString;

/// Settings, as flags, `ENTENTE_IDENTITY_…` variables, or in the table `[identity]` of the file.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// The Ed25519 key (PKCS#8 PEM) that signs access tokens; made on the first start. Without it, one in the data folder
    #[arg(
        id = "identity-signing-key",
        long = "identity-signing-key",
        env = "ENTENTE_IDENTITY_SIGNING_KEY",
        value_name = "FILE"
    )]
    pub signing_key: Option<PathBuf>,

    /// A key that signed access tokens before and may still be met; give it for some minutes after a change of keys
    #[arg(
        id = "identity-former-signing-key",
        long = "identity-former-signing-key",
        env = "ENTENTE_IDENTITY_FORMER_SIGNING_KEY",
        value_name = "FILE"
    )]
    pub former_signing_key: Option<PathBuf>,

    /// The secret (32 bytes in base64url, or PKCS#8 PEM) that makes the links of invitations; made on the first start.
    /// Without it, one in the data folder
    #[arg(
        id = "identity-link-key",
        long = "identity-link-key",
        env = "ENTENTE_IDENTITY_LINK_KEY",
        value_name = "FILE"
    )]
    pub link_key: Option<PathBuf>,

    /// The key (PKCS#8 PEM) that seals what is secret and must be read back; made on the first start. Without it, one in the
    /// data folder
    #[arg(
        id = "identity-envelope-key",
        long = "identity-envelope-key",
        env = "ENTENTE_IDENTITY_ENVELOPE_KEY",
        value_name = "FILE"
    )]
    pub envelope_key: Option<PathBuf>,

    /// Keys that sealed before, separated by commas; what they sealed is sealed anew when it is used
    #[arg(
        id = "identity-former-envelope-keys",
        long = "identity-former-envelope-keys",
        env = "ENTENTE_IDENTITY_FORMER_ENVELOPE_KEYS",
        value_delimiter = ',',
        value_name = "FILES"
    )]
    pub former_envelope_keys: Vec<PathBuf>,

    /// How many passwords are hashed at once; each takes 19 MiB and a processor
    #[arg(
        id = "identity-password-hashes",
        long = "identity-password-hashes",
        env = "ENTENTE_IDENTITY_PASSWORD_HASHES",
        default_value_t = 4,
        value_name = "NUMBER"
    )]
    pub password_hashes: usize,

    /// Of the identity provider
    #[command(flatten)]
    pub provider: ProviderConfig,
}

/// The OpenID Connect provider that people may sign in with. Without an issuer there is none.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(skip)]
pub struct ProviderConfig {
    /// The issuer of the OpenID Connect provider that people may sign in with, as it names itself
    #[arg(
        id = "identity-provider-issuer",
        long = "identity-provider-issuer",
        env = "ENTENTE_IDENTITY_PROVIDER_ISSUER",
        value_name = "URL"
    )]
    pub issuer: Option<String>,

    /// The id that the provider knows Entente by
    #[arg(
        id = "identity-provider-client-id",
        long = "identity-provider-client-id",
        env = "ENTENTE_IDENTITY_PROVIDER_CLIENT_ID",
        value_name = "ID"
    )]
    pub client_id: Option<String>,

    /// The secret that goes with it, unless Entente is a public client there
    #[arg(
        id = "identity-provider-client-secret",
        long = "identity-provider-client-secret",
        env = "ENTENTE_IDENTITY_PROVIDER_CLIENT_SECRET",
        value_name = "SECRET"
    )]
    pub client_secret: Option<SecretString>,

    /// Where the provider sends people back to: the page /sign-in/callback of the gateway, as browsers reach it, or a page
    /// of your own. The provider must know it
    #[arg(
        id = "identity-provider-redirect-url",
        long = "identity-provider-redirect-url",
        env = "ENTENTE_IDENTITY_PROVIDER_REDIRECT_URL",
        default_value = "http://127.0.0.1:8080/sign-in/callback",
        value_name = "URL"
    )]
    pub redirect_url: String,
}
