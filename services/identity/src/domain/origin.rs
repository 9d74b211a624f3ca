//! Where a call comes from.

use std::net::IpAddr;

/// In characters: enough to tell programs apart, and no room for more.
const LONGEST: usize = 256;

/// Where a call comes from, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address.
    pub address: Option<String>,
    /// What the program says it is.
    pub user_agent: Option<String>,
}

impl Origin {
    /// The two as they were seen. What can't be shown is left out of the program's name.
    pub fn new(address: Option<String>, user_agent: Option<&str>) -> Self {
        let visible = |text: &str| -> String {
            let visible = text.chars().filter(|c| !c.is_control());
            visible.take(LONGEST).collect::<String>().trim().to_owned()
        };
        Self {
            address,
            user_agent: user_agent.map(visible).filter(|text| !text.is_empty()),
        }
    }

    /// Who it is that calls, as far as an address tells: with IPv6 anybody has a whole /64 to call from.
    pub fn caller(&self) -> Option<String> {
        let text = self.address.as_deref()?;
        let caller = match text.parse() {
            Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.to_string(),
                None => {
                    let [a, b, c, d, ..] = address.segments();
                    format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
            Ok(IpAddr::V4(address)) => address.to_string(),
            Err(_) => text.to_owned(),
        };
        Some(caller)
    }

    /// Whether it is where somebody else was, as far as is known: the same caller, or the same program in the same part of
    /// the network, as a person's telephone moves.
    pub fn is_near(&self, other: &Self) -> bool {
        if self.caller() == other.caller() {
            return true;
        }
        self.user_agent.is_some()
            && self.user_agent == other.user_agent
            && self.network().is_some()
            && self.network() == other.network()
    }

    /// The part of the network: a /24 of IPv4, a /48 of IPv6.
    fn network(&self) -> Option<String> {
        match self.address.as_deref()?.parse().ok()? {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Some(format!("{a}.{b}.{c}"))
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Some(format!("{a:x}:{b:x}:{c:x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(address: &str) -> String {
        Origin::new(Some(address.to_owned()), None).caller().unwrap()
    }

    #[test]
    fn who_has_a_whole_network_of_addresses_is_one_caller() {
        assert_eq!(caller("2001:db8:0:7::1"), caller("2001:db8:0:7:ffff::2"));
        assert_ne!(caller("2001:db8:0:7::1"), caller("2001:db8:0:8::1"));
        assert_ne!(caller("192.0.2.1"), caller("192.0.2.2"));
    }

    #[test]
    fn an_address_is_the_same_in_both_its_forms() {
        assert_eq!(caller("::ffff:192.0.2.1"), caller("192.0.2.1"));
    }

    #[test]
    fn a_program_that_moves_within_its_network_stays_near() {
        let at = |address: &str, program| Origin::new(Some(address.to_owned()), program);
        let telephone = at("192.0.2.1", Some("Firefox/140"));
        assert!(telephone.is_near(&at("192.0.2.1", None)));
        assert!(telephone.is_near(&at("192.0.2.77", Some("Firefox/140"))));
        assert!(!telephone.is_near(&at("192.0.2.77", Some("Chrome/140"))));
        assert!(!telephone.is_near(&at("192.0.3.1", Some("Firefox/140"))));
        assert!(!at("192.0.2.1", None).is_near(&at("192.0.2.77", None)));
        let home = at("2001:db8:1:2::3", Some("Firefox/140"));
        assert!(home.is_near(&at("2001:db8:1:9::3", Some("Firefox/140"))));
    }

    #[test]
    fn the_name_of_a_program_is_short_and_can_be_shown() {
        let named = |text: &str| Origin::new(None, Some(text)).user_agent;
        assert_eq!(named("curl/8.5\r\n\u{7}"), Some("curl/8.5".to_owned()));
        assert_eq!(named(" \t"), None);
        assert_eq!(named(&"é".repeat(300)).unwrap().chars().count(), LONGEST);
    }
}
