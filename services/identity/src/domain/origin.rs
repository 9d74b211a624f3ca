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
    fn the_name_of_a_program_is_short_and_can_be_shown() {
        let named = |text: &str| Origin::new(None, Some(text)).user_agent;
        assert_eq!(named("curl/8.5\r\n\u{7}"), Some("curl/8.5".to_owned()));
        assert_eq!(named(" \t"), None);
        assert_eq!(named(&"é".repeat(300)).unwrap().chars().count(), LONGEST);
    }
}
