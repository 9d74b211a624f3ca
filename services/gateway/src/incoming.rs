//! What the services are told about a request, whatever its sender wrote.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use entente_runtime::context;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tonic::transport::server::TcpConnectInfo;

/// The header that carries the id of a request, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that carries the client's address to the services.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// The header that carries what the client's program says it is. Those of gRPC calls would be our own else.
pub(crate) const FORWARDED_USER_AGENT: &str = "x-forwarded-user-agent";

/// Puts the request's id, the client's address and its program in the place of what came; `proxies` stand before the
/// gateway.
pub(crate) async fn stamp(State(proxies): State<usize>, mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<TcpConnectInfo>()
        .and_then(TcpConnectInfo::remote_addr);
    let client = client(request.headers(), peer.map(|peer| peer.ip()), proxies);
    let id = context::request_id();
    let headers = request.headers_mut();
    let program = headers.get(header::USER_AGENT).cloned();
    set(
        headers,
        HeaderName::from_static(FORWARDED_FOR),
        client.and_then(|client| HeaderValue::try_from(client.to_string()).ok()),
    );
    set(headers, HeaderName::from_static(FORWARDED_USER_AGENT), program);
    set(
        headers,
        REQUEST_ID,
        id.and_then(|id| HeaderValue::try_from(id).ok()),
    );
    next.run(request).await
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    headers.remove(&name);
    if let Some(value) = value {
        headers.insert(name, value);
    }
}

/// The address that the outermost of our proxies saw. Where the header is shorter than that or is no list of addresses,
/// somebody came past the proxies, and the peer itself is all that is known.
fn client(headers: &HeaderMap, peer: Option<IpAddr>, proxies: usize) -> Option<IpAddr> {
    let Some(before) = proxies.checked_sub(1) else {
        return peer;
    };
    let listed: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .collect();
    listed
        .iter()
        .rev()
        .nth(before)
        .and_then(|text| address(text))
        .or(peer)
}

/// An address, for some proxies with its port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(forwarded: &[&str], proxies: usize) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        client(&headers, "192.0.2.1".parse().ok(), proxies)
            .unwrap()
            .to_string()
    }

    #[test]
    fn without_proxies_nobody_tells_but_the_connection() {
        assert_eq!(client_of(&["203.0.113.9"], 0), "192.0.2.1");
    }

    #[test]
    fn what_the_outermost_proxy_saw_counts_and_nothing_before_it() {
        assert_eq!(client_of(&["10.9.9.9, 203.0.113.9"], 1), "203.0.113.9");
        assert_eq!(
            client_of(&["10.9.9.9", "203.0.113.9", "198.51.100.7"], 2),
            "203.0.113.9"
        );
        assert_eq!(client_of(&["203.0.113.9:4711"], 1), "203.0.113.9");
        assert_eq!(client_of(&["[2001:db8::1]:4711"], 1), "2001:db8::1");
        assert_eq!(client_of(&["[2001:db8::1]"], 1), "2001:db8::1");
    }

    #[test]
    fn who_comes_past_the_proxies_is_the_peer() {
        assert_eq!(client_of(&[], 1), "192.0.2.1");
        assert_eq!(client_of(&["203.0.113.9"], 2), "192.0.2.1");
        assert_eq!(client_of(&["unknown"], 1), "192.0.2.1");
    }
}
