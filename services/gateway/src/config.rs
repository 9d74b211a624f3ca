//! The settings of the gateway.

use axum::http::HeaderValue;
use clap::Args;

/// The settings of the gateway.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// The web origins that may call the gateway from a browser, such as https://portal.example.com; none without it
    #[arg(
        long,
        env = "ENTENTE_GATEWAY_CORS_ORIGINS",
        value_name = "ORIGINS",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub gateway_cors_origins: Vec<HeaderValue>,
}

fn origin(text: &str) -> Result<HeaderValue, String> {
    let mend = "give scheme, host and port without a path, such as https://portal.example.com";
    let uri: axum::http::Uri = text.parse().map_err(|_| mend.to_owned())?;
    let has_path = uri.path_and_query().is_some_and(|path| path.as_str() != "/") || text.ends_with('/');
    if uri.scheme().is_none() || uri.authority().is_none() || has_path {
        return Err(mend.to_owned());
    }
    HeaderValue::from_str(text).map_err(|_| mend.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(origin("https://portal.example.com").is_ok());
        assert!(origin("http://localhost:3000").is_ok());
        for wrong in ["", "*", "portal.example.com", "https://portal.example.com/", "https://a.example/path"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
