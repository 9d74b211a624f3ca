//! The settings of the gateway.

use std::time::Duration;

use clap::Args;
use entente_runtime::config;
use http::{HeaderValue, Uri};

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

    /// How many proxies stand before the gateway. Each adds the address that it saw to x-forwarded-for; what stands there
    /// beyond them is not believed
    #[arg(
        long,
        env = "ENTENTE_GATEWAY_PROXIES",
        value_name = "COUNT",
        default_value_t = 0
    )]
    pub gateway_proxies: usize,

    /// How long the body of a request may take to arrive
    #[arg(long, env = "ENTENTE_GATEWAY_BODY_TIMEOUT", value_name = "TIME", default_value = "20s", value_parser = config::duration)]
    pub gateway_body_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            gateway_cors_origins: Vec::new(),
            gateway_proxies: 0,
            gateway_body_timeout: Duration::from_secs(20),
        }
    }
}

/// An origin exactly as browsers send it (RFC 6454, section 6.2): in another spelling it would never match.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let mend = "give scheme, host and port as a browser does, such as https://portal.example.com: in lower case, \
                without a path and without the scheme's own port";
    let uri: Uri = text.parse().map_err(|_| mend.to_owned())?;
    let (scheme, host, port) = (uri.scheme_str(), uri.host(), uri.port_u16());
    let exact = match (scheme, host, port) {
        (Some("http"), Some(_), Some(80)) | (Some("https"), Some(_), Some(443)) => None,
        (Some(scheme @ ("http" | "https")), Some(host), Some(port)) => {
            Some(format!("{scheme}://{host}:{port}"))
        }
        (Some(scheme @ ("http" | "https")), Some(host), None) => Some(format!("{scheme}://{host}")),
        (Some(_) | None, _, _) => None,
    };
    if exact.is_none_or(|exact| exact != text || text.to_ascii_lowercase() != text) {
        return Err(mend.to_owned());
    }
    HeaderValue::from_str(text).map_err(|_| mend.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for right in [
            "https://portal.example.com",
            "http://localhost:3000",
            "http://[::1]:3000",
        ] {
            assert!(origin(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "*",
            "null",
            "portal.example.com",
            "https://portal.example.com/",
            "https://a.example/path",
            "https://a.example?x",
            "https://Portal.example.com",
            "https://a.example:443",
            "http://a.example:80",
            "https://ann@a.example",
            "ftp://a.example",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_command_line() {
        let matches = Config::augment_args(Command::new("gateway")).get_matches_from(["gateway"]);
        let parsed = Config::from_arg_matches(&matches).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Config::default()));
    }
}
