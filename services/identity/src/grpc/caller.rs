//! Where a call comes from.

use tonic::Request;

use crate::domain::origin::Origin;

const FORWARDED: &str = "x-forwarded-for";
const USER_AGENT: &str = "x-forwarded-user-agent";

/// Where the call comes from, as far as it is known: what the gateway saw. It puts the address at the end of its header
/// and the program's name alone into the other; what a client wrote there itself stands before the one, and is gone from
/// the other. Calls come with their caller's token and nothing of the gateway's own, so who reaches the service past the
/// gateway is believed as well: the port is for the gateway and the services alone.
pub(super) fn origin<T>(request: &Request<T>) -> Origin {
    let last = text(request, FORWARDED)
        .and_then(|all| all.rsplit(',').next())
        .map(str::trim)
        .filter(|last| !last.is_empty());
    let address = last
        .map(str::to_owned)
        .or_else(|| request.remote_addr().map(|address| address.ip().to_string()));
    Origin::new(address, text(request, USER_AGENT))
}

fn text<'a, T>(request: &'a Request<T>, name: &str) -> Option<&'a str> {
    request.metadata().get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_gateway_saw_counts() {
        let mut request = Request::new(());
        let metadata = request.metadata_mut();
        metadata.insert(FORWARDED, "203.0.113.9, 192.0.2.1".parse().unwrap());
        metadata.insert("user-agent", "tonic".parse().unwrap());
        assert_eq!(
            origin(&request),
            Origin {
                address: Some("192.0.2.1".to_owned()),
                user_agent: None
            }
        );
    }

    #[test]
    fn a_call_without_an_address_has_none() {
        assert_eq!(origin(&Request::new(())), Origin::default());
    }
}
