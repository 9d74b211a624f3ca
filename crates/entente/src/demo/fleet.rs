//! The sample fleet: the same for the same seed, whatever the machine.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PARTNERS: [&str; 3] = ["Alpina Conseil", "Lac Fiduciaire", "Rhône Intégration"];
const CLIENT_NAMES: [&str; 20] = [
    "Berger", "Favre", "Rochat", "Blanc", "Meylan", "Dubois", "Perrin", "Chappuis", "Monnier", "Jaquet",
    "Girard", "Pittet", "Cornu", "Vuille", "Gaillard", "Moret", "Savary", "Tissot", "Bovet", "Clerc",
];
const LEGAL_FORMS: [&str; 2] = ["SA", "Sàrl"];
const FIRST_NAMES: [&str; 20] = [
    "Léa", "Noah", "Emma", "Luca", "Mila", "Liam", "Nina", "Théo", "Alice", "Hugo", "Zoé", "Louis", "Jade",
    "Arthur", "Chloé", "Samuel", "Inès", "Jules", "Sara", "Elias",
];
const PRODUCTS: [(&str, &str); 8] = [
    ("Hosting", "Web hosting"),
    ("Hosting", "Virtual server"),
    ("Hosting", "Database"),
    ("Domains", "Main domain"),
    ("Domains", "Second domain"),
    ("Mail", "Mail service"),
    ("Mail", "Newsletter"),
    ("Storage", "Shared drive"),
];
const OTHER_ROLES: [&str; 3] = ["admin", "member", "viewer"];

/// A whole sample.
pub(super) struct Fleet {
    /// The operator's people; the first is the owner.
    pub(super) operator: Organization,
    /// The partners.
    pub(super) partners: Vec<Organization>,
    /// The clients.
    pub(super) clients: Vec<Client>,
}

/// An organization and its people.
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) people: Vec<Person>,
}

/// A person; the first of an organization is its owner.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: &'static str,
}

/// A client, what it has, and what it entrusts to whom.
pub(super) struct Client {
    pub(super) organization: Organization,
    pub(super) products: Vec<(&'static str, &'static str)>,
    /// The place of its partner in the fleet.
    pub(super) partner: usize,
    /// How many of its products it entrusts; `None` for all it has.
    pub(super) entrusted: Option<usize>,
}

impl Fleet {
    /// One operator, 3 partners, 40 clients and 120 people.
    pub(super) fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let operator = organization(&mut random, "Numa Cloud".to_owned(), 6);
        let partners = PARTNERS
            .iter()
            .map(|name| organization(&mut random, (*name).to_owned(), 8))
            .collect();
        let clients = (0..40).map(|number| client(&mut random, number)).collect();
        Self {
            operator,
            partners,
            clients,
        }
    }

    /// How many steps it takes to load it: one for each organization, further person, product and mandate.
    pub(super) fn steps(&self) -> usize {
        let people = |organization: &Organization| organization.people.len();
        let clients: usize = self
            .clients
            .iter()
            .map(|c| people(&c.organization) + c.products.len() + 1)
            .sum();
        people(&self.operator) + self.partners.iter().map(|p| people(p) + 1).sum::<usize>() + clients
    }
}

fn client(random: &mut ChaCha8Rng, number: usize) -> Client {
    let family = CLIENT_NAMES
        .get(number % CLIENT_NAMES.len())
        .copied()
        .unwrap_or("Client");
    let form = LEGAL_FORMS
        .get(number / CLIENT_NAMES.len())
        .copied()
        .unwrap_or("AG");
    let people = if number < 10 { 3 } else { 2 };
    let count = random.random_range(3..=5);
    let products: Vec<_> = PRODUCTS.sample(random, count).copied().collect();
    Client {
        organization: organization(random, format!("{family} {form}"), people),
        products,
        partner: number % PARTNERS.len(),
        entrusted: if number % 4 == 3 { None } else { Some(2) },
    }
}

fn organization(random: &mut ChaCha8Rng, name: String, people: usize) -> Organization {
    let domain = domain(&name);
    let people = (0..people)
        .map(|place| {
            let first = FIRST_NAMES
                .get((random.random_range(0..4) + place * 4) % FIRST_NAMES.len())
                .copied();
            let first = first.unwrap_or("Alex");
            let role = if place == 0 {
                "owner"
            } else {
                OTHER_ROLES.get((place - 1) % 3).copied().unwrap_or("member")
            };
            let number = if place < 5 {
                String::new()
            } else {
                place.to_string()
            };
            Person {
                name: first.to_owned(),
                email: format!("{}{number}@{domain}", ascii(first)),
                role,
            }
        })
        .collect();
    Organization { name, people }
}

/// A domain of the kind that RFC 2606 keeps for examples.
fn domain(name: &str) -> String {
    format!("{}.example", ascii(name))
}

fn ascii(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter_map(|c| match c {
            'à' | 'â' => Some('a'),
            'é' | 'è' | 'ê' => Some('e'),
            'ô' => Some('o'),
            'ï' | 'î' => Some('i'),
            ' ' => Some('-'),
            _ => c.is_ascii_alphanumeric().then_some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn organizations(fleet: &Fleet) -> Vec<&Organization> {
        let clients = fleet.clients.iter().map(|client| &client.organization);
        std::iter::once(&fleet.operator)
            .chain(&fleet.partners)
            .chain(clients)
            .collect()
    }

    #[test]
    fn the_fleet_has_the_promised_size() {
        let fleet = Fleet::new(1);
        assert_eq!((fleet.partners.len(), fleet.clients.len()), (3, 40));
        assert_eq!(
            organizations(&fleet)
                .iter()
                .map(|o| o.people.len())
                .sum::<usize>(),
            120
        );
    }

    #[test]
    fn no_name_and_no_address_stands_twice() {
        let fleet = Fleet::new(1);
        let names: HashSet<_> = organizations(&fleet).iter().map(|o| o.name.clone()).collect();
        assert_eq!(names.len(), 44);
        let mails: HashSet<_> = organizations(&fleet)
            .iter()
            .flat_map(|o| o.people.iter().map(|p| p.email.clone()))
            .collect();
        assert_eq!(mails.len(), 120);
    }

    #[test]
    fn the_same_seed_gives_the_same_fleet() {
        let products = |seed| {
            Fleet::new(seed)
                .clients
                .iter()
                .map(|c| c.products.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(products(7), products(7));
        assert_ne!(products(7), products(8));
    }
}
