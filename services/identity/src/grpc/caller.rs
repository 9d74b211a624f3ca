//! Where a call comes from.

use tonic::Request;

const FORWARDED: &str = "x-forwarded-for";

/// The address of the client, as far as it is known: what the gateway saw, which it puts at the end of the header.
/// What a client wrote there itself stands before it and doesn't count.
pub(super) fn address<T>(request: &Request<T>) -> Option<String> {
    let forwarded = request
        .metadata()
        .get(FORWARDED)
        .and_then(|value| value.to_str().ok());
    let last = forwarded
        .and_then(|all| all.rsplit(',').next())
        .map(str::trim)
        .filter(|last| !last.is_empty());
    last.map(str::to_owned)
        .or_else(|| request.remote_addr().map(|address| address.ip().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_gateway_saw_counts() {
        let mut request = Request::new(());
        request
            .metadata_mut()
            .insert(FORWARDED, "203.0.113.9, 192.0.2.1".parse().unwrap());
        assert_eq!(address(&request).as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn a_call_without_an_address_has_none() {
        assert_eq!(address(&Request::new(())), None);
    }
}
