//! docs/roles.md is made from the matrix in the code: this compares the two. To write it anew, set
//! `ENTENTE_UPDATE_DOCS=1`.

use std::fmt::Write as _;
use std::path::Path;

use entente_identity::domain::decision::{Action, ResourceClass};
use entente_identity::domain::matrix::{
    BY_ACCOUNT_TYPE, Holds, IN_EVERY_ORGANIZATION, Reach, holds_in_every_organization,
};
use entente_identity::engine::vocabulary;

const INTRODUCTION: &str = "\
# Roles

<!-- Made from services/identity/src/domain/matrix.rs by the test `the_page_of_roles_is_that_of_the_matrix`; with
     ENTENTE_UPDATE_DOCS=1 it writes this page anew. -->

What a role holds, resource by resource: C create, R read, U update, D delete. What is not written is denied. `GetPermissionMatrix` shows the same
for one organization, below the operator's ceiling and with the organization's own roles.

`partner` is reserved for external users: nobody can be given it. An organization makes roles of its own with `CreateRole` and `CloneRole`; nobody can put
more into one than they hold.

At a client a role counts as far as the mandate goes ([ADR 0005](adr/0005-what-a-complete-mandate-carries.md)): a complete one carries what has class
`data`, and reading `organization`, `member`, `partnership` and `event_log`; a limited one its products.

## In every organization

A resource has a class, and these roles derive from it, so that the resources of a new service stand here by themselves.

";

fn held(actions: impl Iterator<Item = Action>) -> String {
    actions
        .map(|action| match action {
            Action::Create => 'C',
            Action::Read => 'R',
            Action::Update => 'U',
            Action::Delete => 'D',
        })
        .collect()
}

fn class(class: ResourceClass) -> &'static str {
    match class {
        ResourceClass::Data => "data",
        ResourceClass::Admin => "admin",
        ResourceClass::Billing => "billing",
        ResourceClass::Security => "security",
    }
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Everywhere => "at home and, through a mandate, at clients",
        Reach::OrganizationsBelow => {
            "at home and, through a mandate, at clients; changes and deletes only organizations below its own"
        }
        Reach::Clients => "at clients only, through a mandate",
        Reach::Referrals => {
            "at home what is written; everything at the clients on one's own referral list, through their mandates"
        }
    }
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let names = IN_EVERY_ORGANIZATION.map(|role| format!("`{}`", role.as_str()));
    writeln!(page, "| resource | class | {} |", names.join(" | ")).unwrap();
    writeln!(page, "| --- | --- |{}", " --- |".repeat(names.len())).unwrap();
    for resource in vocabulary::resources() {
        let cells = IN_EVERY_ORGANIZATION.map(|role| {
            let holds = |action: &Action| holds_in_every_organization(role, resource.class, *action);
            held(Action::ALL.into_iter().filter(holds))
        });
        let (name, class) = (&resource.name, class(resource.class));
        writeln!(page, "| `{name}` | {class} | {} |", cells.join(" | ")).unwrap();
    }
    writeln!(page, "\n## By account type\n").unwrap();
    writeln!(page, "Beside those above, for who is given one of these.\n").unwrap();
    writeln!(page, "| in a | role | holds | where |").unwrap();
    writeln!(page, "| --- | --- | --- | --- |").unwrap();
    for entry in &BY_ACCOUNT_TYPE {
        let holds = match entry.holds {
            Holds::Everything => "everything".to_owned(),
            Holds::EverythingButBilling => "everything but the class billing".to_owned(),
            Holds::These(lines) => lines
                .iter()
                .map(|(name, actions)| format!("`{name}` {}", held(actions.iter().copied())))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let (kind, role) = (entry.kind.as_str(), entry.role.as_str());
        writeln!(page, "| {kind} | `{role}` | {holds} | {} |", reach(entry.reach)).unwrap();
    }
    page
}

#[test]
fn the_page_of_roles_is_that_of_the_matrix() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/roles.md");
    if std::env::var_os("ENTENTE_UPDATE_DOCS").is_some() {
        fs_err::write(&file, page()).unwrap();
    }
    let written = fs_err::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        written,
        page(),
        "set ENTENTE_UPDATE_DOCS=1 and run this test to write docs/roles.md anew"
    );
}
