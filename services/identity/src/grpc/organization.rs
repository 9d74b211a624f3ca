//! `OrganizationService`.

use entente_access::Access;
use entente_contracts::identity::v1::organization_service_server::OrganizationService;
use entente_contracts::identity::v1::{
    CreateOrganizationRequest, CreateOrganizationResponse, GetOrganizationRequest, GetOrganizationResponse,
    ListOrganizationsRequest, ListOrganizationsResponse, UpdateOrganizationRequest,
    UpdateOrganizationResponse,
};
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, convert};
use crate::app::create_organization::{self, CreateOrganization};
use crate::app::list_organizations::{self, ListOrganizations};
use crate::app::update_organization::{self, UpdateOrganization};
use crate::app::{Once, get_organization};
use crate::domain::email::EmailAddress;
use crate::domain::name;
use crate::error::Error;
use crate::store::organization::Filter;

/// Serves the organizations.
#[derive(Debug, Clone)]
pub struct Organizations {
    app: SharedApp,
}

impl Organizations {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl OrganizationService for Organizations {
    async fn create_organization(
        &self,
        request: Request<CreateOrganizationRequest>,
    ) -> Result<Response<CreateOrganizationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = create(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(
                &access,
                "OrganizationService/CreateOrganization",
                &request.request_id,
                &request,
            );
            create_organization::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<GetOrganizationResponse>, Status> {
        let id = convert::parse("organization", &request.get_ref().organization)?;
        let organization = get_organization::run(&self.app, id).await?;
        Ok(Response::new(GetOrganizationResponse {
            organization: Some(convert::organization(&organization)),
        }))
    }

    async fn list_organizations(
        &self,
        request: Request<ListOrganizationsRequest>,
    ) -> Result<Response<ListOrganizationsResponse>, Status> {
        let request = request.into_inner();
        let filter = Filter {
            kind: convert::kind(request.r#type),
            name: name::key(&request.query),
        };
        let kind = request.r#type.to_string();
        let list = ["ListOrganizations", &request.parent, &kind, &filter.name];
        let query = ListOrganizations {
            parent: convert::parse("parent", &request.parent)?,
            page: Page::read(request.page_size, &request.page_token, &list)?,
            filter,
        };
        let (found, next_page_token) = list_organizations::run(&self.app, &query).await?;
        Ok(Response::new(ListOrganizationsResponse {
            next_page_token,
            organizations: found.iter().map(convert::organization).collect(),
        }))
    }

    async fn update_organization(
        &self,
        request: Request<UpdateOrganizationRequest>,
    ) -> Result<Response<UpdateOrganizationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(
                &access,
                "OrganizationService/UpdateOrganization",
                &request.request_id,
                &request,
            );
            update_organization::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }
}

fn create(request: &CreateOrganizationRequest) -> Result<CreateOrganization, Error> {
    let organization = request.organization.as_ref();
    let organization =
        organization.ok_or_else(|| Error::field("organization", "is missing: give an object"))?;
    let kind = convert::kind(organization.r#type)
        .ok_or_else(|| Error::field("organization.type", "is missing: give a type"))?;
    Ok(CreateOrganization {
        parent: convert::parse("parent", &request.parent)?,
        kind,
        display_name: convert::display_name("organization.display_name", &organization.display_name)?,
        contact_email: convert::email(&organization.contact_email),
        owner_email: EmailAddress::new(&request.owner_email),
    })
}

fn update(request: &UpdateOrganizationRequest) -> Result<UpdateOrganization, Error> {
    let organization = request.organization.as_ref();
    let organization =
        organization.ok_or_else(|| Error::field("organization", "is missing: give an object"))?;
    let paths = convert::paths(request.update_mask.as_ref(), &["display_name", "contact_email"])?;
    let mut command = UpdateOrganization {
        id: convert::parse("organization.id", &organization.id)?,
        etag: organization.etag.clone(),
        display_name: None,
        contact_email: None,
    };
    if paths.contains(&"display_name") {
        let name = convert::display_name("organization.display_name", &organization.display_name)?;
        command.display_name = Some(name);
    }
    if paths.contains(&"contact_email") {
        command.contact_email = Some(convert::email(&organization.contact_email));
    }
    Ok(command)
}
