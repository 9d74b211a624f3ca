//! `MemberService`.

use entente_access::Access;
use entente_contracts::identity::v1::member_service_server::MemberService;
use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, AcceptMemberInvitationResponse, Contact, CountMembersByRoleRequest,
    CountMembersByRoleResponse, DisableMemberRequest, DisableMemberResponse, EnableMemberRequest,
    EnableMemberResponse, GetMemberInvitationTokenRequest, GetMemberInvitationTokenResponse,
    GetMemberRequest, GetMemberResponse, InviteMemberRequest, InviteMemberResponse, ListContactsRequest,
    ListContactsResponse, ListMembersRequest, ListMembersResponse, LookUpMemberInvitationRequest,
    LookUpMemberInvitationResponse, MemberCount, RemoveMemberRequest, RemoveMemberResponse,
    ResendMemberInvitationRequest, ResendMemberInvitationResponse, UpdateMemberRequest, UpdateMemberResponse,
    WithdrawMemberInvitationRequest, WithdrawMemberInvitationResponse,
};
use entente_contracts::timestamp;
use entente_idempotency::Once;
use entente_paging::{ForeignToken, Page};
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert};
use crate::app::accept_member_invitation::{self, AcceptMemberInvitation};
use crate::app::invite_member::{self, InviteMember};
use crate::app::list_members::{self, ListMembers};
use crate::app::remove_member::{self, RemoveMember};
use crate::app::update_member::{self, UpdateMember};
use crate::app::{
    OneMember, count_members, disable_member, enable_member, get_member, get_member_invitation_token,
    list_contacts, look_up_member_invitation, resend_member_invitation, withdraw_member_invitation,
};
use crate::domain::member::{Member, MemberState, Standing};
use crate::domain::settings::Locales;
use crate::engine::vocabulary;
use crate::error::Error;
use crate::store::member_list::{Count, Direction, Filter, OrderBy, Place, RoleFilter};

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
            email: convert::chosen_email("email", &request.email)?,
            standing: Standing {
                role: Some(convert::role("role", &request.role)?),
                legal_representative: request.legal_representative,
            },
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            invite_member::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn resend_member_invitation(
        &self,
        request: Request<ResendMemberInvitationRequest>,
    ) -> Result<Response<ResendMemberInvitationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = one(&request.organization, &request.member, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            resend_member_invitation::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn withdraw_member_invitation(
        &self,
        request: Request<WithdrawMemberInvitationRequest>,
    ) -> Result<Response<WithdrawMemberInvitationResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = one(&request.organization, &request.member, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            withdraw_member_invitation::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn disable_member(
        &self,
        request: Request<DisableMemberRequest>,
    ) -> Result<Response<DisableMemberResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = one(&request.organization, &request.member, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            disable_member::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn enable_member(
        &self,
        request: Request<EnableMemberRequest>,
    ) -> Result<Response<EnableMemberResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = one(&request.organization, &request.member, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            enable_member::run(&app, &access, command, once).await
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
        let organization = convert::parse("organization", &request.organization)?;
        let filter = filter(&request)?;
        let order = order(&request.order_by)?;
        let state = request.state.to_string();
        let list = [
            "ListMembers",
            &request.organization,
            &request.role,
            &state,
            &request.group,
            &request.query,
            &request.order_by,
        ];
        let page = Page::<Place>::read(request.page_size, &request.page_token, &list)?;
        if page.after().is_some_and(|place| !order.0.has(place)) {
            return Err(ForeignToken.into());
        }
        let query = ListMembers {
            organization,
            filter,
            order,
            page,
        };
        let (found, next_page_token) = list_members::run(&self.app, &query).await?;
        Ok(Response::new(ListMembersResponse {
            next_page_token,
            members: found.iter().map(convert::member).collect(),
        }))
    }

    async fn count_members_by_role(
        &self,
        request: Request<CountMembersByRoleRequest>,
    ) -> Result<Response<CountMembersByRoleResponse>, Status> {
        let organization = convert::parse("organization", &request.get_ref().organization)?;
        let counts = count_members::run(&self.app, organization).await?;
        Ok(Response::new(by_role(&counts)))
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
            let once = Once::new(access.actor(), &request);
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
            let once = Once::new(access.actor(), &request);
            remove_member::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn look_up_member_invitation(
        &self,
        request: Request<LookUpMemberInvitationRequest>,
    ) -> Result<Response<LookUpMemberInvitationResponse>, Status> {
        let found = look_up_member_invitation::run(&self.app, &request.get_ref().token).await?;
        Ok(Response::new(LookUpMemberInvitationResponse {
            organization_name: found.organization.display_name.into(),
            email: found.member.email.into(),
            role: convert::role_name(found.member.role),
            expire_time: Some(timestamp(found.member.invitation_expires_at)),
            role_display_name: found.role_name,
            language: found.language.as_str().to_owned(),
        }))
    }

    async fn accept_member_invitation(
        &self,
        request: Request<AcceptMemberInvitationRequest>,
    ) -> Result<Response<AcceptMemberInvitationResponse>, Status> {
        let access = Access::of(&request)?;
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let name = Some(&request.display_name).filter(|name| !name.is_empty());
        let command = AcceptMemberInvitation {
            display_name: name
                .map(|name| convert::display_name("display_name", name))
                .transpose()?,
            token: request.token,
            password: request.password.into(),
            email: convert::email(&request.email),
            caller: access.person().ok().map(|person| person.user),
            origin,
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
        let found = list_contacts::run(&self.app, organization, permission).await?;
        let locales = &found.locales;
        let contacts = |members: Vec<Member>| {
            let contacts = members.into_iter().map(|member| contact(member, locales));
            contacts.collect()
        };
        Ok(Response::new(ListContactsResponse {
            contacts: contacts(found.members),
            organization_name: found.organization.display_name.into(),
            copied: contacts(found.copied),
            time_zone: locales.usual.time_zone.as_str().to_owned(),
        }))
    }
}

fn contact(member: Member, locales: &Locales) -> Contact {
    Contact {
        language: locales.language(&member.email).as_str().to_owned(),
        user: member.user.map(|user| user.to_string()).unwrap_or_default(),
        email: member.email.into(),
        display_name: member.display_name.unwrap_or_default(),
    }
}

/// The member that a request names.
pub(super) fn one(organization: &str, member: &str, etag: &str) -> Result<OneMember, Error> {
    Ok(OneMember {
        organization: convert::parse("organization", organization)?,
        id: convert::parse("member", member)?,
        etag: etag.to_owned(),
    })
}

fn filter(request: &ListMembersRequest) -> Result<Filter, Error> {
    let role = match request.role.as_str() {
        "" => None,
        "none" => Some(RoleFilter::Without),
        role => Some(RoleFilter::Is(convert::role("role", role)?)),
    };
    Ok(Filter {
        role,
        state: convert::state(request.state),
        group: convert::parse_optional("group", &request.group)?,
        text: request.query.trim().to_owned(),
    })
}

fn order(text: &str) -> Result<(OrderBy, Direction), Error> {
    let mut words = text.split_whitespace();
    let by = match words.next() {
        None | Some("create_time") => OrderBy::CreateTime,
        Some("display_name") => OrderBy::DisplayName,
        Some("email") => OrderBy::Email,
        Some(_) => return Err(unordered()),
    };
    let direction = match words.next() {
        None | Some("asc") => Direction::Ascending,
        Some("desc") => Direction::Descending,
        Some(_) => return Err(unordered()),
    };
    match words.next() {
        None => Ok((by, direction)),
        Some(_) => Err(unordered()),
    }
}

fn unordered() -> Error {
    Error::field(
        "order_by",
        "is no order: give create_time, display_name or email, with ` desc` behind it for the other way round",
    )
}

/// The counts come with those of one role in a row.
fn by_role(counts: &[Count]) -> CountMembersByRoleResponse {
    let mut roles: Vec<MemberCount> = Vec::new();
    let mut total = MemberCount::default();
    for count in counts {
        let role = convert::role_name(count.role);
        if roles.last().is_none_or(|last| last.role != role) {
            roles.push(MemberCount {
                role,
                ..MemberCount::default()
            });
        }
        for tally in roles.last_mut().into_iter().chain([&mut total]) {
            let state = match count.state {
                MemberState::Pending => &mut tally.pending,
                MemberState::Active => &mut tally.active,
                MemberState::Disabled => &mut tally.disabled,
                MemberState::Removed => &mut tally.removed,
            };
            *state = state.saturating_add(count.members);
        }
    }
    CountMembersByRoleResponse {
        roles,
        total: Some(total),
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
