//! `MemberService`.

use entente_access::Access;
use entente_contracts::identity::v1::member_service_server::MemberService;
use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, AcceptMemberInvitationResponse, Contact, GetMemberInvitationTokenRequest,
    GetMemberInvitationTokenResponse, GetMemberRequest, GetMemberResponse, InviteMemberRequest,
    InviteMemberResponse, ListContactsRequest, ListContactsResponse, ListMembersRequest, ListMembersResponse,
    LookUpMemberInvitationRequest, LookUpMemberInvitationResponse, RemoveMemberRequest, RemoveMemberResponse,
    UpdateMemberRequest, UpdateMemberResponse,
};
use entente_contracts::timestamp;
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert};
use crate::app::accept_member_invitation::{self, AcceptMemberInvitation};
use crate::app::invite_member::{self, InviteMember};
use crate::app::list_members::{self, ListMembers};
use crate::app::remove_member::{self, RemoveMember};
use crate::app::update_member::{self, UpdateMember};
use crate::app::{Once, get_member, get_member_invitation_token, list_contacts, look_up_member_invitation};
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, Standing};
use crate::engine::vocabulary;
use crate::error::Error;
use crate::store::member::Filter;

/// Serves the members.
#[derive(Debug, Clone)]
pub struct Members {
    app: SharedApp,
}

impl Members {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl MemberService for Members {
    async fn invite_member(
        &self,
        request: Request<InviteMemberRequest>,
    ) -> Result<Response<InviteMemberResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = InviteMember {
            organization: convert::parse("organization", &request.organization)?,
            email: EmailAddress::new(&request.email),
            standing: Standing {
                role: convert::role("role", &request.role)?,
                legal_representative: request.legal_representative,
            },
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(
                &access,
                "MemberService/InviteMember",
                &request.request_id,
                &request,
            );
            invite_member::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_member(
        &self,
        request: Request<GetMemberRequest>,
    ) -> Result<Response<GetMemberResponse>, Status> {
        let request = request.into_inner();
        let organization = convert::parse("organization", &request.organization)?;
        let member = get_member::run(
            &self.app,
            organization,
            convert::parse("member", &request.member)?,
        )
        .await?;
        Ok(Response::new(GetMemberResponse {
            member: Some(convert::member(&member)),
        }))
    }

    async fn list_members(
        &self,
        request: Request<ListMembersRequest>,
    ) -> Result<Response<ListMembersResponse>, Status> {
        let request = request.into_inner();
        let role = if request.role.is_empty() {
            None
        } else {
            Some(convert::role("role", &request.role)?)
        };
        let state = request.state.to_string();
        let list = ["ListMembers", &request.organization, &request.role, &state];
        let query = ListMembers {
            organization: convert::parse("organization", &request.organization)?,
            filter: Filter {
                role,
                state: convert::state(request.state),
            },
            page: Page::read(request.page_size, &request.page_token, &list)?,
        };
        let (found, next_page_token) = list_members::run(&self.app, &query).await?;
        Ok(Response::new(ListMembersResponse {
            next_page_token,
            members: found.iter().map(convert::member).collect(),
        }))
    }

    async fn update_member(
        &self,
        request: Request<UpdateMemberRequest>,
    ) -> Result<Response<UpdateMemberResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(
                &access,
                "MemberService/UpdateMember",
                &request.request_id,
                &request,
            );
            update_member::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn remove_member(
        &self,
        request: Request<RemoveMemberRequest>,
    ) -> Result<Response<RemoveMemberResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = RemoveMember {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("member", &request.member)?,
            etag: request.etag.clone(),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(
                &access,
                "MemberService/RemoveMember",
                &request.request_id,
                &request,
            );
            remove_member::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn look_up_member_invitation(
        &self,
        request: Request<LookUpMemberInvitationRequest>,
    ) -> Result<Response<LookUpMemberInvitationResponse>, Status> {
        let (organization, member) =
            look_up_member_invitation::run(&self.app, &request.get_ref().token).await?;
        Ok(Response::new(LookUpMemberInvitationResponse {
            organization_name: organization.display_name.into(),
            email: member.email.into(),
            role: member.role.as_str().to_owned(),
            expire_time: Some(timestamp(member.invitation_expires_at)),
        }))
    }

    async fn accept_member_invitation(
        &self,
        request: Request<AcceptMemberInvitationRequest>,
    ) -> Result<Response<AcceptMemberInvitationResponse>, Status> {
        let client = caller::address(&request);
        let request = request.into_inner();
        let name = Some(&request.display_name).filter(|name| !name.is_empty());
        let command = AcceptMemberInvitation {
            display_name: name
                .map(|name| convert::display_name("display_name", name))
                .transpose()?,
            token: request.token,
            password: request.password.into(),
            client,
        };
        let app = self.app.clone();
        let member = detached(async move { accept_member_invitation::run(&app, command).await }).await?;
        Ok(Response::new(AcceptMemberInvitationResponse {
            member: Some(convert::member(&member)),
        }))
    }

    async fn get_member_invitation_token(
        &self,
        request: Request<GetMemberInvitationTokenRequest>,
    ) -> Result<Response<GetMemberInvitationTokenResponse>, Status> {
        let request = request.into_inner();
        let organization = convert::parse("organization", &request.organization)?;
        let member = convert::parse("member", &request.member)?;
        let invitation = get_member_invitation_token::run(&self.app, organization, member).await?;
        Ok(Response::new(GetMemberInvitationTokenResponse {
            token: invitation.token.unwrap_or_default(),
            email: invitation.member.email.into(),
            organization_name: invitation.organization.display_name.into(),
            expire_time: Some(timestamp(invitation.member.invitation_expires_at)),
        }))
    }

    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        let request = request.into_inner();
        let permission = if request.resource == 0 && request.action == 0 {
            None
        } else {
            let permission = vocabulary::permission(request.resource, request.action);
            Some(
                permission
                    .ok_or_else(|| Error::field("resource", "names no permission with action: give both"))?,
            )
        };
        let organization = convert::parse("organization", &request.organization)?;
        let (organization, members) = list_contacts::run(&self.app, organization, permission).await?;
        Ok(Response::new(ListContactsResponse {
            contacts: members.into_iter().map(contact).collect(),
            organization_name: organization.display_name.into(),
        }))
    }
}

fn contact(member: Member) -> Contact {
    Contact {
        user: member.user.map(|user| user.to_string()).unwrap_or_default(),
        email: member.email.into(),
        display_name: member.display_name.unwrap_or_default(),
    }
}

fn update(request: &UpdateMemberRequest) -> Result<UpdateMember, Error> {
    let member = request
        .member
        .as_ref()
        .ok_or_else(|| Error::field("member", "is missing: give an object"))?;
    let paths = convert::paths(request.update_mask.as_ref(), &["role", "legal_representative"])?;
    let mut command = UpdateMember {
        organization: convert::parse("organization", &request.organization)?,
        id: convert::parse("member.id", &member.id)?,
        etag: member.etag.clone(),
        role: None,
        legal_representative: None,
    };
    if paths.contains(&"role") {
        command.role = Some(convert::role("member.role", &member.role)?);
    }
    if paths.contains(&"legal_representative") {
        command.legal_representative = Some(member.legal_representative);
    }
    Ok(command)
}
