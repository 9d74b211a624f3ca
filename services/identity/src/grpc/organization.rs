//! `OrganizationService`.

use entente_access::Access;
use entente_contracts::identity::v1 as contract;
use entente_contracts::identity::v1::organization_service_server::OrganizationService;
use entente_contracts::identity::v1::{
    CreateOrganizationRequest, CreateOrganizationResponse, DeleteOrganizationRequest,
    DeleteOrganizationResponse, FrontDoor, GetFrontDoorRequest, GetFrontDoorResponse, GetOrganizationRequest,
    GetOrganizationResponse, GrantBreakGlassOwnerRequest, GrantBreakGlassOwnerResponse,
    ListOrganizationsRequest, ListOrganizationsResponse, ResumeOrganizationRequest,
    ResumeOrganizationResponse, SetOrganizationControlsRequest, SetOrganizationControlsResponse,
    SetResponsiblePartyRequest, SetResponsiblePartyResponse, SuspendOrganizationRequest,
    SuspendOrganizationResponse, UpdateOrganizationBelowRequest, UpdateOrganizationBelowResponse,
    UpdateOrganizationRequest, UpdateOrganizationResponse,
};
use entente_idempotency::Once;
use entente_paging::Page;
use entente_runtime::detached;
use prost_types::FieldMask;
use tonic::{Request, Response, Status};

use super::convert::controls;
use super::{SharedApp, convert};
use crate::app::change_organization_state::{self, OrganizationBelow, Turn};
use crate::app::create_organization::{self, CreateOrganization};
use crate::app::grant_break_glass_owner::{self, GrantBreakGlassOwner};
use crate::app::list_organizations::{self, ListOrganizations};
use crate::app::set_organization_controls::{self, SetOrganizationControls};
use crate::app::set_responsible_party::{self, SetResponsibleParty};
use crate::app::update_organization::{self, UpdateOrganization};
use crate::app::{delete_organization, get_front_door, get_organization};
use crate::domain::name;
use crate::domain::organization::{Organization, logo_uri};
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
            let once = Once::new(access.actor(), &request);
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
        let command = update(request.organization.as_ref(), request.update_mask.as_ref())?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            update_organization::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn update_organization_below(
        &self,
        request: Request<UpdateOrganizationBelowRequest>,
    ) -> Result<Response<UpdateOrganizationBelowResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let above = convert::parse("parent", &request.parent)?;
        let command = update(request.organization.as_ref(), request.update_mask.as_ref())?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            update_organization::run_from_above(&app, &access, above, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn set_organization_controls(
        &self,
        request: Request<SetOrganizationControlsRequest>,
    ) -> Result<Response<SetOrganizationControlsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = controls_of(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_organization_controls::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn set_responsible_party(
        &self,
        request: Request<SetResponsiblePartyRequest>,
    ) -> Result<Response<SetResponsiblePartyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = responsible_of(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_responsible_party::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn suspend_organization(
        &self,
        request: Request<SuspendOrganizationRequest>,
    ) -> Result<Response<SuspendOrganizationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = below(&request.parent, &request.organization, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            let answer = |organization: &Organization| SuspendOrganizationResponse {
                organization: Some(convert::organization(organization)),
            };
            change_organization_state::run(&app, &access, command, Turn::Suspend, answer, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn resume_organization(
        &self,
        request: Request<ResumeOrganizationRequest>,
    ) -> Result<Response<ResumeOrganizationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = below(&request.parent, &request.organization, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            let answer = |organization: &Organization| ResumeOrganizationResponse {
                organization: Some(convert::organization(organization)),
            };
            change_organization_state::run(&app, &access, command, Turn::Resume, answer, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn delete_organization(
        &self,
        request: Request<DeleteOrganizationRequest>,
    ) -> Result<Response<DeleteOrganizationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = below(&request.parent, &request.organization, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            delete_organization::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn grant_break_glass_owner(
        &self,
        request: Request<GrantBreakGlassOwnerRequest>,
    ) -> Result<Response<GrantBreakGlassOwnerResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = GrantBreakGlassOwner {
            operator: convert::parse("operator", &request.operator)?,
            organization: convert::parse("organization", &request.organization)?,
            email: convert::chosen_email("email", &request.email)?,
            reason: request.reason.clone(),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            grant_break_glass_owner::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_front_door(
        &self,
        request: Request<GetFrontDoorRequest>,
    ) -> Result<Response<GetFrontDoorResponse>, Status> {
        let slug = request.get_ref().slug.to_lowercase();
        let (found, language) = get_front_door::run(&self.app, &convert::parse("slug", &slug)?).await?;
        Ok(Response::new(GetFrontDoorResponse {
            front_door: Some(FrontDoor {
                slug: found.slug.to_string(),
                organization: found.id.to_string(),
                display_name: found.display_name.into(),
                logo_uri: found.logo_uri.unwrap_or_default(),
                language: language.as_str().to_owned(),
            }),
        }))
    }
}

fn below(above: &str, organization: &str, etag: &str) -> Result<OrganizationBelow, Error> {
    Ok(OrganizationBelow {
        above: convert::parse("parent", above)?,
        id: convert::parse("organization", organization)?,
        etag: etag.to_owned(),
    })
}

fn controls_of(request: &SetOrganizationControlsRequest) -> Result<SetOrganizationControls, Error> {
    let asked = request
        .controls
        .as_ref()
        .ok_or_else(|| Error::field("controls", "is missing: give an object"))?;
    Ok(SetOrganizationControls {
        operator: convert::parse("operator", &request.operator)?,
        organization: convert::parse("organization", &request.organization)?,
        etag: request.etag.clone(),
        controls: controls::read(asked)?,
    })
}

fn responsible_of(request: &SetResponsiblePartyRequest) -> Result<SetResponsibleParty, Error> {
    let responsible = request.responsible.as_ref();
    Ok(SetResponsibleParty {
        operator: convert::parse("operator", &request.operator)?,
        organization: convert::parse("organization", &request.organization)?,
        member: convert::parse_optional("member", &request.member)?,
        etag: request.etag.clone(),
        responsible: responsible.map(controls::read_responsible).transpose()?,
    })
}

fn logo(text: &str) -> Result<Option<String>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let uri = logo_uri(text).map_err(|error| Error::field("organization.logo_uri", error.to_string()))?;
    Ok(Some(uri))
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
        contact_email: convert::chosen_email_or_none(
            "organization.contact_email",
            &organization.contact_email,
        )?,
        owner_email: convert::chosen_email("owner_email", &request.owner_email)?,
        slug: convert::parse_optional("organization.slug", &organization.slug)?,
        logo_uri: logo(&organization.logo_uri)?,
        root_folder: convert::parse_optional("organization.root_folder", &organization.root_folder)?,
        controls: organization
            .controls
            .as_ref()
            .map(controls::read)
            .transpose()
            .map_err(|error| error.within("organization"))?,
        responsible: organization
            .responsible
            .as_ref()
            .map(controls::read_responsible)
            .transpose()
            .map_err(|error| error.within("organization"))?,
    })
}

fn update(
    organization: Option<&contract::Organization>,
    mask: Option<&FieldMask>,
) -> Result<UpdateOrganization, Error> {
    let organization =
        organization.ok_or_else(|| Error::field("organization", "is missing: give an object"))?;
    let known = ["display_name", "contact_email", "slug", "logo_uri"];
    let paths = convert::paths(mask, &known)?;
    let mut command = UpdateOrganization {
        id: convert::parse("organization.id", &organization.id)?,
        etag: organization.etag.clone(),
        display_name: None,
        contact_email: None,
        slug: None,
        logo_uri: None,
    };
    if paths.contains(&"display_name") {
        let name = convert::display_name("organization.display_name", &organization.display_name)?;
        command.display_name = Some(name);
    }
    if paths.contains(&"contact_email") {
        let email = convert::chosen_email_or_none("organization.contact_email", &organization.contact_email)?;
        command.contact_email = Some(email);
    }
    if paths.contains(&"slug") {
        command.slug = Some(convert::parse("organization.slug", &organization.slug)?);
    }
    if paths.contains(&"logo_uri") {
        command.logo_uri = Some(logo(&organization.logo_uri)?);
    }
    Ok(command)
}
