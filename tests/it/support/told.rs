//! Who was told of what.

use std::collections::BTreeMap;

use super::{Person, Site, eventually};

/// What everybody was told until now. Held against what they see: all of that, and nothing else.
#[derive(Debug)]
pub struct Told<'a> {
    site: &'a Site,
    people: Vec<&'a Person>,
    in_app: BTreeMap<&'a str, Vec<(String, String)>>,
    by_mail: BTreeMap<&'a str, Vec<String>>,
}

impl<'a> Told<'a> {
    pub fn new(site: &'a Site, people: &[&'a Person]) -> Self {
        Self {
            site,
            people: people.to_vec(),
            in_app: BTreeMap::new(),
            by_mail: BTreeMap::new(),
        }
    }

    /// These are told in the app.
    pub fn in_app(&mut self, people: &[&'a Person], kind: &str, resource: &str) {
        for person in people {
            self.in_app
                .entry(&person.email)
                .or_default()
                .push((kind.to_owned(), resource.to_owned()));
        }
    }

    /// These are told by mail.
    pub fn by_mail(&mut self, people: &[&'a Person], subject: &str) {
        for person in people {
            self.by_mail
                .entry(&person.email)
                .or_default()
                .push(subject.to_owned());
        }
    }

    /// Somebody at this address, who has no account yet, is told by mail.
    pub fn mailed(&mut self, address: &'a str, subject: &str) {
        self.by_mail.entry(address).or_default().push(subject.to_owned());
    }

    /// Waits until exactly that was told.
    pub async fn is_all(&mut self) {
        for list in self.in_app.values_mut() {
            list.sort();
        }
        self.by_mail.values_mut().for_each(|list| list.sort());
        for person in &self.people {
            let expected = self
                .in_app
                .get(person.email.as_str())
                .cloned()
                .unwrap_or_default();
            eventually(
                &format!("what {} is told in the app: {expected:#?}", person.email),
                async || {
                    let seen = notifications(person).await;
                    if seen == expected { Ok(()) } else { Err(seen) }
                },
            )
            .await;
        }
        eventually(&format!("the mails: {:#?}", self.by_mail), async || {
            let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for mail in self.site.mailbox.all() {
                seen.entry(mail.to).or_default().push(mail.subject);
            }
            seen.values_mut().for_each(|list| list.sort());
            let same = seen.len() == self.by_mail.len()
                && self
                    .by_mail
                    .iter()
                    .all(|(to, subjects)| seen.get(*to) == Some(subjects));
            if same { Ok(()) } else { Err(seen) }
        })
        .await;
    }
}

/// The type and the resource of each notification of a person, sorted.
async fn notifications(person: &Person) -> Vec<(String, String)> {
    let listed = person.get("/v1/notifications?pageSize=200").await.ok();
    let listed = listed["notifications"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut seen: Vec<_> = listed
        .iter()
        .map(|one| (text(&one["type"]), text(&one["resource"])))
        .collect();
    seen.sort();
    seen
}
