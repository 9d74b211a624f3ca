//! `RoleService`.

use entente_access::Access;
use entente_contracts::identity::v1::role_service_server::RoleService;
use entente_contracts::identity::v1::{
    CloneRoleRequest, CloneRoleResponse, CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest,
    DeleteRoleResponse, GetPermissionMatrixRequest, GetPermissionMatrixResponse, GetRoleRequest,
    GetRoleResponse, ListRolesRequest, ListRolesResponse, Permission as PermissionMessage, Role,
    UpdateRoleRequest, UpdateRoleResponse,
};
use entente_idempotency::Once;
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert::messages;
use super::{SharedApp, convert};
use crate::app::clone_role::{self, CloneRole};
use crate::app::create_role::{self, CreateRole};
use crate::app::delete_role::{self, DeleteRole};
use crate::app::list_roles::{self, ListRoles};
use crate::app::update_role::{self, UpdateRole};
use crate::app::{get_permission_matrix, get_role};
use crate::domain::decision::PermissionSet;
use crate::engine::vocabulary;
use crate::error::Error;

/// Serves the roles.
#[derive(Debug, Clone)]
pub struct Roles {
    app: SharedApp,
}

impl Roles {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl RoleService for Roles {
    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListRoles", &request.organization];
        let query = ListRoles {
            organization: convert::parse("organization", &request.organization)?,
            page: Page::read(request.page_size, &request.page_token, &list)?,
        };
        let (found, next_page_token) = list_roles::run(&self.app, &query).await?;
        Ok(Response::new(ListRolesResponse {
            next_page_token,
            roles: found
                .iter()
                .map(|(shown, holders)| messages::role(&request.organization, shown, *holders))
                .collect(),
        }))
    }

    async fn get_role(&self, request: Request<GetRoleRequest>) -> Result<Response<GetRoleResponse>, Status> {
        let request = request.into_inner();
        let organization = convert::parse("organization", &request.organization)?;
        let reference = convert::role("role", &request.role)?;
        let (shown, holders) = get_role::run(&self.app, organization, reference).await?;
        Ok(Response::new(GetRoleResponse {
            role: Some(messages::role(&request.organization, &shown, holders)),
        }))
    }

    async fn get_permission_matrix(
        &self,
        request: Request<GetPermissionMatrixRequest>,
    ) -> Result<Response<GetPermissionMatrixResponse>, Status> {
        let organization = convert::parse("organization", &request.get_ref().organization)?;
        let rows = get_permission_matrix::run(&self.app, organization).await?;
        Ok(Response::new(GetPermissionMatrixResponse {
            resources: messages::matrix_resources(),
            roles: rows
                .iter()
                .map(|(shown, rights)| messages::matrix_role(shown, rights))
                .collect(),
        }))
    }

    async fn create_role(
        &self,
        request: Request<CreateRoleRequest>,
    ) -> Result<Response<CreateRoleResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = create(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            create_role::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn update_role(
        &self,
        request: Request<UpdateRoleRequest>,
    ) -> Result<Response<UpdateRoleResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            update_role::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn clone_role(
        &self,
        request: Request<CloneRoleRequest>,
    ) -> Result<Response<CloneRoleResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = CloneRole {
            organization: convert::parse("organization", &request.organization)?,
            source: convert::role("role", &request.role)?,
            display_name: convert::display_name("display_name", &request.display_name)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            clone_role::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn delete_role(
        &self,
        request: Request<DeleteRoleRequest>,
    ) -> Result<Response<DeleteRoleResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = DeleteRole {
            organization: convert::parse("organization", &request.organization)?,
            role: convert::role("role", &request.role)?,
            etag: request.etag.clone(),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            delete_role::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }
}

fn create(request: &CreateRoleRequest) -> Result<CreateRole, Error> {
    let role = given(request.role.as_ref())?;
    Ok(CreateRole {
        organization: convert::parse("organization", &request.organization)?,
        display_name: convert::display_name("role.display_name", &role.display_name)?,
        description: role.description.clone(),
        permissions: permissions(&role.permissions)?,
    })
}

fn update(request: &UpdateRoleRequest) -> Result<UpdateRole, Error> {
    let role = given(request.role.as_ref())?;
    let known = ["display_name", "description", "permissions"];
    let paths = convert::paths(request.update_mask.as_ref(), &known)?;
    let mut command = UpdateRole {
        organization: convert::parse("organization", &request.organization)?,
        role: convert::role("role.id", &role.id)?,
        etag: role.etag.clone(),
        display_name: None,
        description: None,
        permissions: None,
    };
    if paths.contains(&"display_name") {
        command.display_name = Some(convert::display_name("role.display_name", &role.display_name)?);
    }
    if paths.contains(&"description") {
        command.description = Some(role.description.clone());
    }
    if paths.contains(&"permissions") {
        command.permissions = Some(permissions(&role.permissions)?);
    }
    Ok(command)
}

fn given(role: Option<&Role>) -> Result<&Role, Error> {
    role.ok_or_else(|| Error::field("role", "is missing: give an object"))
}

fn permissions(given: &[PermissionMessage]) -> Result<PermissionSet, Error> {
    given
        .iter()
        .map(|permission| {
            vocabulary::permission(permission.resource, permission.action).ok_or_else(|| {
                let description = "names no permission: give a resource and an action of the contract";
                Error::field("role.permissions", description)
            })
        })
        .collect()
}
