//! The command line.

use clap::{Parser, Subcommand, ValueEnum};
use entente_ids::OrganizationId;

use crate::settings::Settings;

/// The open platform for companies that reach their customers through partners.
///
/// On one machine: `entente up` starts all of it, `entente demo` loads a sample fleet, and the gateway answers at
/// http://127.0.0.1:8080. In a cluster each service is a process: `entente serve identity`.
///
/// Every setting is a flag, a variable ENTENTE_… and a key of the file entente.toml, under the same name; a flag goes before
/// a variable, a variable before the file. `entente config` shows what is in force.
#[derive(Parser, Debug)]
#[command(name = "entente", version, arg_required_else_help = true)]
pub struct Program {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run everything on this machine, with a Postgres of its own unless a database is named
    Up(Settings),
    /// Run one service
    Serve {
        /// Which one
        service: Service,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
    /// Bring the database to this version of Entente
    Migrate(Settings),
    /// Create the operator and print the one-time link for its first owner
    Init {
        /// The operator's name
        #[arg(long)]
        operator: String,
        /// The e-mail address of its first owner
        #[arg(long)]
        owner: String,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
    /// Load a sample fleet through the public API: 1 operator, 3 partners, 40 clients, 120 people; safe to repeat
    Demo {
        /// Wait until the gateway answers, instead of failing when it does not
        #[arg(long)]
        wait: bool,
        /// The same seed gives the same fleet
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
    /// Explain why somebody may or may not do something, from the running system
    Explain {
        /// The person (usr_…) or the service account (sva_…)
        #[arg(long)]
        user: String,
        /// The organization acted upon (org_…)
        #[arg(long)]
        organization: String,
        /// The permission, such as product:read
        #[arg(long)]
        permission: String,
        /// The organization that they act in, where it is another one: a partner's
        #[arg(long)]
        acting_organization: Option<String>,
        /// The product touched (prd_…), where there is one
        #[arg(long)]
        product: Option<String>,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
    /// Look after events that a consumer could not apply
    Events {
        /// What to do about them
        #[command(subcommand)]
        action: EventsAction,
    },
    /// Look after the audit trail
    Audit {
        /// What to do with it
        #[command(subcommand)]
        action: AuditAction,
    },
    /// Show the settings in force, and where each comes from; secrets are masked
    Config(Settings),
}

/// What can be done about parked events.
#[derive(Subcommand, Debug)]
pub enum EventsAction {
    /// List them
    Parked {
        /// Of which service
        service: Service,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
    /// Try those of one aggregate again, in their order
    Replay {
        /// Of which service
        service: Service,
        /// The group of consumers
        #[arg(long)]
        group: String,
        /// The aggregate's id
        #[arg(long)]
        key: String,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
    /// Give one up for good, so that those behind it go on
    Skip {
        /// Of which service
        service: Service,
        /// The group of consumers
        #[arg(long)]
        group: String,
        /// The aggregate's id
        #[arg(long)]
        key: String,
        /// The number of the event in its aggregate
        #[arg(long)]
        sequence: i64,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
}

/// What can be done with the audit trail.
#[derive(Subcommand, Debug)]
pub enum AuditAction {
    /// Verify that the stored trail is what was recorded, link by link of each hash chain; fails where it is not
    Verify {
        /// The organization whose trail is verified, instead of all
        #[arg(long, value_name = "ID")]
        organization: Option<OrganizationId>,
        /// The settings
        #[command(flatten)]
        settings: Settings,
    },
}

/// The services.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Organizations, members, sessions, decisions
    Identity,
    /// Products, invitations, partnerships, clients
    Partners,
    /// Billing accounts and gates
    Billing,
    /// What people are told, in the application and by mail
    Notifications,
    /// The audit trail
    Audit,
    /// The edge
    Gateway,
}

impl Service {
    /// All of them, in the order in which they start.
    pub const ALL: [Self; 6] = [
        Self::Identity,
        Self::Partners,
        Self::Billing,
        Self::Notifications,
        Self::Audit,
        Self::Gateway,
    ];

    /// Its name, as its folder, schema and topics are called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Partners => "partners",
            Self::Billing => "billing",
            Self::Notifications => "notifications",
            Self::Audit => "audit",
            Self::Gateway => "gateway",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Program::command().debug_assert();
    }

    #[test]
    fn every_variable_follows_from_its_flag() {
        assert_eq!(
            entente_runtime::config::misnamed(&Program::command()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_service_is_called_by_its_name() {
        for service in Service::ALL {
            assert_eq!(Service::from_str(service.name(), false), Ok(service));
        }
    }
}
