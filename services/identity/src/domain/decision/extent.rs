//! What somebody may do at all, be it upon some products only.

use jiff::Timestamp;

use super::access::Access;
use super::answer::{Denial, Source};
use super::decide::decide;
use super::question::{Need, Requirement, Subject};
use super::recorder::Silent;

/// Upon what a permission holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The whole organization.
    Everything,
    /// The products of a limited mandate.
    SomeProducts,
}

/// Why somebody may do something and upon what, or why not.
pub type AtAll = Result<(Source, Extent), Denial>;

/// Decides as a call would be decided on, and where only a limited mandate gives the permission, as a call upon a product
/// of it. The caller says whether there can be such calls.
///
/// # Errors
/// The first rule that fails.
pub fn decide_at_all(access: &Access, subject: &Subject, need: Need, now: Timestamp) -> AtAll {
    let ask = |need| decide(access, subject, &Requirement::Need(need), now, &mut Silent);
    match ask(need) {
        Err(Denial::OutsideMandate) => {}
        decided => return decided.map(|source| (source, Extent::Everything)),
    }
    let product = access.mandated_product(subject.organization, &need, now);
    ask(Need { product, ..need }).map(|source| (source, Extent::SomeProducts))
}
