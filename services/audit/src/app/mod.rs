//! The use cases.

pub mod get_audit_event;
pub mod list_audit_events;
pub mod record_event;
pub mod verify_trail;
