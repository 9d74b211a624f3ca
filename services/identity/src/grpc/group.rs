//! `GroupService`.

use entente_access::Access;
use entente_contracts::identity::v1::group_service_server::GroupService;
use entente_contracts::identity::v1::{
    AddGroupMembersRequest, AddGroupMembersResponse, CreateGroupRequest, CreateGroupResponse,
    DeleteGroupRequest, DeleteGroupResponse, GetGroupRequest, GetGroupResponse, ListGroupMembersRequest,
    ListGroupMembersResponse, ListGroupsRequest, ListGroupsResponse, RemoveGroupMembersRequest,
    RemoveGroupMembersResponse, UpdateGroupRequest, UpdateGroupResponse,
};
use entente_idempotency::Once;
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert::messages;
use super::{SharedApp, convert};
use crate::app::add_group_members::{self, GroupMembers};
use crate::app::create_group::{self, CreateGroup};
use crate::app::delete_group::{self, DeleteGroup};
use crate::app::list_group_members::{self, ListGroupMembers};
use crate::app::update_group::{self, UpdateGroup};
use crate::app::{get_group, list_groups, remove_group_members};
use crate::domain::group::{Insider, MOST_AT_ONCE};
use crate::domain::role::RoleRef;
use crate::error::Error;

/// Serves the groups.
#[derive(Debug, Clone)]
pub struct Groups {
    app: SharedApp,
}

impl Groups {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl GroupService for Groups {
    async fn create_group(
        &self,
        request: Request<CreateGroupRequest>,
    ) -> Result<Response<CreateGroupResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = create(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            create_group::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_group(
        &self,
        request: Request<GetGroupRequest>,
    ) -> Result<Response<GetGroupResponse>, Status> {
        let request = request.into_inner();
        let organization = convert::parse("organization", &request.organization)?;
        let id = convert::parse("group", &request.group)?;
        let group = get_group::run(&self.app, organization, id).await?;
        Ok(Response::new(GetGroupResponse {
            group: Some(messages::group(&group)),
        }))
    }

    async fn list_groups(
        &self,
        request: Request<ListGroupsRequest>,
    ) -> Result<Response<ListGroupsResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListGroups", &request.organization];
        let organization = convert::parse("organization", &request.organization)?;
        let page = Page::read(request.page_size, &request.page_token, &list)?;
        let (found, next_page_token) = list_groups::run(&self.app, organization, &page).await?;
        Ok(Response::new(ListGroupsResponse {
            next_page_token,
            groups: found.iter().map(messages::group).collect(),
        }))
    }

    async fn update_group(
        &self,
        request: Request<UpdateGroupRequest>,
    ) -> Result<Response<UpdateGroupResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            update_group::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn delete_group(
        &self,
        request: Request<DeleteGroupRequest>,
    ) -> Result<Response<DeleteGroupResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = DeleteGroup {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("group", &request.group)?,
            etag: request.etag.clone(),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            delete_group::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn add_group_members(
        &self,
        request: Request<AddGroupMembersRequest>,
    ) -> Result<Response<AddGroupMembersResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = GroupMembers {
            organization: convert::parse("organization", &request.organization)?,
            group: convert::parse("group", &request.group)?,
            insiders: insiders(&request.members, &request.service_accounts)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            add_group_members::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn remove_group_members(
        &self,
        request: Request<RemoveGroupMembersRequest>,
    ) -> Result<Response<RemoveGroupMembersResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = GroupMembers {
            organization: convert::parse("organization", &request.organization)?,
            group: convert::parse("group", &request.group)?,
            insiders: insiders(&request.members, &request.service_accounts)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            remove_group_members::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn list_group_members(
        &self,
        request: Request<ListGroupMembersRequest>,
    ) -> Result<Response<ListGroupMembersResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListGroupMembers", &request.organization, &request.group];
        let query = ListGroupMembers {
            organization: convert::parse("organization", &request.organization)?,
            group: convert::parse("group", &request.group)?,
            page: Page::read(request.page_size, &request.page_token, &list)?,
        };
        let (found, next_page_token) = list_group_members::run(&self.app, &query).await?;
        Ok(Response::new(ListGroupMembersResponse {
            next_page_token,
            members: found.iter().map(messages::group_member).collect(),
        }))
    }
}

fn create(request: &CreateGroupRequest) -> Result<CreateGroup, Error> {
    let group = request.group.as_ref().ok_or_else(missing)?;
    Ok(CreateGroup {
        organization: convert::parse("organization", &request.organization)?,
        display_name: convert::display_name("group.display_name", &group.display_name)?,
        description: group.description.clone(),
        roles: roles(&group.roles)?,
    })
}

fn update(request: &UpdateGroupRequest) -> Result<UpdateGroup, Error> {
    let group = request.group.as_ref().ok_or_else(missing)?;
    let known = ["display_name", "description", "roles"];
    let paths = convert::paths(request.update_mask.as_ref(), &known)?;
    let mut command = UpdateGroup {
        organization: convert::parse("organization", &request.organization)?,
        id: convert::parse("group.id", &group.id)?,
        etag: group.etag.clone(),
        display_name: None,
        description: None,
        roles: None,
    };
    if paths.contains(&"display_name") {
        command.display_name = Some(convert::display_name("group.display_name", &group.display_name)?);
    }
    if paths.contains(&"description") {
        command.description = Some(group.description.clone());
    }
    if paths.contains(&"roles") {
        command.roles = Some(roles(&group.roles)?);
    }
    Ok(command)
}

fn missing() -> Error {
    Error::field("group", "is missing: give an object")
}

fn roles(given: &[String]) -> Result<Vec<RoleRef>, Error> {
    given
        .iter()
        .map(|role| convert::role("group.roles", role))
        .collect()
}

fn insiders(members: &[String], service_accounts: &[String]) -> Result<Vec<Insider>, Error> {
    let count = members.len().saturating_add(service_accounts.len());
    if count == 0 || count > MOST_AT_ONCE {
        let description = "has, with service_accounts, none or more than 500: give between 1 and 500";
        return Err(Error::field("members", description));
    }
    let members = members
        .iter()
        .map(|id| convert::parse("members", id).map(Insider::Member));
    let accounts = service_accounts
        .iter()
        .map(|id| convert::parse("service_accounts", id).map(Insider::ServiceAccount));
    members.chain(accounts).collect()
}
