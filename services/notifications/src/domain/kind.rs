//! The types of notifications.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// What people are told of. The texts are those of the contract and of the events that cause them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
pub enum Kind {
    /// Somebody was invited into an organization.
    #[strum(serialize = "member.invited")]
    MemberInvited,
    /// Somebody has joined an organization.
    #[strum(serialize = "member.joined")]
    MemberJoined,
    /// The operator has made somebody an owner of an organization that lost its people.
    #[strum(serialize = "member.break_glass_granted")]
    BreakGlassGranted,
    /// Somebody has enrolled a second factor.
    #[strum(serialize = "second_factor.enrolled")]
    SecondFactorEnrolled,
    /// Somebody has given their second factor up.
    #[strum(serialize = "second_factor.disabled")]
    SecondFactorDisabled,
    /// A recovery code took the place of somebody's authenticator.
    #[strum(serialize = "second_factor.recovery_code_used")]
    RecoveryCodeUsed,
    /// Somebody has new recovery codes.
    #[strum(serialize = "second_factor.recovery_codes_replaced")]
    RecoveryCodesReplaced,
    /// An encryption key is about to expire.
    #[strum(serialize = "encryption_key.expiring")]
    EncryptionKeyExpiring,
    /// The identity provider opens somebody's account from now on.
    #[strum(serialize = "identity_provider.linked")]
    ProviderLinked,
    /// Somebody has given up the link with their identity provider.
    #[strum(serialize = "identity_provider.unlinked")]
    ProviderUnlinked,
    /// A client invites a partner.
    #[strum(serialize = "partnership_invitation.created")]
    InvitationCreated,
    /// A client has sent its invitation again.
    #[strum(serialize = "partnership_invitation.resent")]
    InvitationResent,
    /// A client has taken its invitation back.
    #[strum(serialize = "partnership_invitation.withdrawn")]
    InvitationWithdrawn,
    /// A partner has accepted.
    #[strum(serialize = "partnership_invitation.accepted")]
    InvitationAccepted,
    /// A partner has refused.
    #[strum(serialize = "partnership_invitation.refused")]
    InvitationRefused,
    /// A partner has not answered in time.
    #[strum(serialize = "partnership_invitation.expired")]
    InvitationExpired,
    /// A partnership is in force.
    #[strum(serialize = "partnership.started")]
    PartnershipStarted,
    /// The same with a client that the partner created, which has yet to consent. No event has this type.
    #[strum(serialize = "partnership.started_unconsented")]
    PartnershipStartedUnconsented,
    /// A client has consented to all that the partner created it with.
    #[strum(serialize = "partnership.consented")]
    PartnershipConsented,
    /// The same to less, which narrows it. No event has this type.
    #[strum(serialize = "partnership.narrowed")]
    PartnershipNarrowed,
    /// A partnership is over.
    #[strum(serialize = "partnership.ended")]
    PartnershipEnded,
    /// Somebody asked to reset the password of an account.
    #[strum(serialize = "account.password_reset_requested")]
    PasswordResetRequested,
    /// An account has a new password.
    #[strum(serialize = "account.password_changed")]
    PasswordChanged,
    /// Somebody is to confirm the new address of their account.
    #[strum(serialize = "account.email_change_requested")]
    EmailChangeRequested,
    /// The same, told at the present address. No event has this type.
    #[strum(serialize = "account.email_change_noted")]
    EmailChangeNoted,
    /// An account has a new address.
    #[strum(serialize = "account.email_changed")]
    EmailChanged,
    /// Somebody signed in from where they haven't been.
    #[strum(serialize = "account.new_place")]
    NewPlace,
}

impl Kind {
    /// The type, as the contract and the events have it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
