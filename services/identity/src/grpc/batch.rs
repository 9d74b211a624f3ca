//! `MemberBatchService`.

use entente_idempotency::Once;
use std::collections::HashSet;

use entente_access::Access;
use entente_contracts::identity::v1::member_batch_service_server::MemberBatchService;
use entente_contracts::identity::v1::{
    BatchRemoveMembersRequest, BatchRemoveMembersResponse, BatchUpdateMemberRolesRequest,
    BatchUpdateMemberRolesResponse, ImportMembersRequest, ImportMembersResponse, MemberRoleChange,
};
use entente_ids::OrganizationId;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, convert};
use crate::app::batch_remove_members::{self, BatchRemoveMembers};
use crate::app::batch_update_member_roles::{self, BatchUpdateMemberRoles, RoleChange};
use crate::app::import_members::{self, ImportMembers};
use crate::app::{Mode, OneMember};
use crate::domain::member_table;
use crate::error::Error;

/// Serves what is done to many members.
#[derive(Debug, Clone)]
pub struct MemberBatches {
    app: SharedApp,
}

impl MemberBatches {
    /// Serves it with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl MemberBatchService for MemberBatches {
    async fn batch_update_member_roles(
        &self,
        request: Request<BatchUpdateMemberRolesRequest>,
    ) -> Result<Response<BatchUpdateMemberRolesResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        each_once(
            "changes",
            request.changes.iter().map(|change| change.member.as_str()),
        )?;
        let command = BatchUpdateMemberRoles {
            organization: convert::parse("organization", &request.organization)?,
            changes: request
                .changes
                .iter()
                .map(|change| (change.member.clone(), role_change(change)))
                .collect(),
            mode: mode(request.validate_only),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            batch_update_member_roles::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn batch_remove_members(
        &self,
        request: Request<BatchRemoveMembersRequest>,
    ) -> Result<Response<BatchRemoveMembersResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        each_once(
            "removals",
            request.removals.iter().map(|removal| removal.member.as_str()),
        )?;
        let organization: OrganizationId = convert::parse("organization", &request.organization)?;
        let removals = request.removals.iter().map(|removal| {
            let one = convert::parse("member", &removal.member).map(|id| OneMember {
                organization,
                id,
                etag: removal.etag.clone(),
            });
            (removal.member.clone(), one)
        });
        let command = BatchRemoveMembers {
            organization,
            removals: removals.collect(),
            mode: mode(request.validate_only),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            batch_remove_members::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn import_members(
        &self,
        request: Request<ImportMembersRequest>,
    ) -> Result<Response<ImportMembersResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = ImportMembers {
            organization: convert::parse("organization", &request.organization)?,
            lines: member_table::read(&request.csv)
                .map_err(|unusable| Error::field("csv", unusable.to_string()))?,
            mode: mode(request.validate_only),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            import_members::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }
}

fn mode(validate_only: bool) -> Mode {
    if validate_only {
        Mode::ValidateOnly
    } else {
        Mode::Apply
    }
}

fn each_once<'a>(field: &'static str, ids: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(Error::field(
                field,
                format!("names {id} twice: name each member once"),
            ));
        }
    }
    if seen.is_empty() {
        return Err(Error::field(field, "is empty: name at least one member"));
    }
    Ok(())
}

fn role_change(change: &MemberRoleChange) -> Result<RoleChange, Error> {
    Ok(RoleChange {
        id: convert::parse("member", &change.member)?,
        etag: change.etag.clone(),
        role: convert::role("role", &change.role)?,
    })
}
