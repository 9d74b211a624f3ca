//! English.

/// In the order of docs/errors.md.
pub(super) const MESSAGES: &[(&str, &str)] = &[
    // Who is calling
    ("TOKEN_MISSING", "You are not signed in. Sign in, then try again."),
    (
        "TOKEN_INVALID",
        "Your sign-in is not recognized here. Refresh the session, or sign in again.",
    ),
    (
        "TOKEN_EXPIRED",
        "Your sign-in has expired. Refresh the session, or sign in again.",
    ),
    ("SESSION_REVOKED", "This session was ended. Sign in again."),
    (
        "CREDENTIALS_WRONG",
        "The address or the password is wrong, or you have no place in the organization that was named. Check all three.",
    ),
    (
        "API_KEY_INVALID",
        "The API key is not known or was revoked, or its service account or organization is disabled or deleted. \
         Use another key, or have one created.",
    ),
    (
        "API_KEY_EXPIRED",
        "The API key has expired. Create a new one; next time rotate it before.",
    ),
    (
        "REAUTHENTICATION_REQUIRED",
        "This needs a recent proof of who you are. Give your password again, then try again.",
    ),
    (
        "MFA_REQUIRED",
        "The organization asks for a second factor. Set one up, and sign in with it.",
    ),
    (
        "CODE_WRONG",
        "The code is wrong or was used before. Give the one that the app shows now, or another recovery code.",
    ),
    (
        "CHALLENGE_DEAD",
        "This sign-in was completed, took too long, or can't be completed any more. Begin again.",
    ),
    (
        "NOTHING_TO_CONFIRM",
        "No authenticator app waits for its first code, or it waited for too long. Set it up again.",
    ),
    ("NO_SECOND_FACTOR", "You have no second factor. Set one up first."),
    (
        "SECOND_FACTOR_DEMANDED",
        "An organization that you are in asks for a second factor, so you can't give yours up. To change the app, set up \
         another one in its place.",
    ),
    (
        "PROVIDER_NOT_SET_UP",
        "There is no identity provider here. Sign in with your password.",
    ),
    (
        "PROVIDER_SIGN_IN_DEAD",
        "This sign-in was completed, took too long, began in another browser, or your identity provider does not confirm \
         it. Begin again.",
    ),
    (
        "PROVIDER_SIGN_IN_REFUSED",
        "Nobody here has an address that your identity provider confirms, or the account is linked to somebody else there. \
         Sign in with your password, or ask for an invitation.",
    ),
    (
        "PROVIDER_UNAVAILABLE",
        "Your identity provider does not answer. Try again later, or sign in with your password.",
    ),
    (
        "TOO_MANY_ATTEMPTS",
        "Too many failed attempts. Wait a while, then try again.",
    ),
    (
        "TOO_MANY_MAILS",
        "Too many mails were asked for. Wait a while, then try again.",
    ),
    // What they may do
    (
        "NOT_FOUND",
        "There is no such thing here, or it belongs to another organization. Check the id, and the organization that you \
         act in.",
    ),
    (
        "PERMISSION_MISSING",
        "You have no right to do this. Ask an administrator of the organization for a role that has it.",
    ),
    (
        "OUTSIDE_MANDATE",
        "Your mandate does not cover this. Ask the client to extend it.",
    ),
    (
        "MANDATE_ENDED",
        "Your mandate has ended. Ask the client for a new one.",
    ),
    (
        "LEGAL_REPRESENTATIVE_REQUIRED",
        "Only a legal representative of the organization may do this. Ask one of them.",
    ),
    (
        "PEOPLE_ONLY",
        "Only a person can do this, no service account. Sign in yourself instead of using an API key.",
    ),
    (
        "INTERNAL_ONLY",
        "This is for the services of this installation alone. Use what the public API offers.",
    ),
    (
        "ORGANIZATION_SUSPENDED",
        "The organization is suspended. Ask its operator to resume it.",
    ),
    (
        "BILLING_REQUIRED",
        "The organization has not set up its billing, which this needs. Complete its billing account.",
    ),
    (
        "DELEGATION_DISABLED",
        "The operator has not delegated this to your organization. Ask the operator to turn it on.",
    ),
    (
        "MODULE_INACTIVE",
        "The module for this is switched off. Ask an administrator of the organization to switch it on.",
    ),
    (
        "DECISION_UNAVAILABLE",
        "It could not be found out whether you may do this, so it was not done. Try again shortly.",
    ),
    // What the request says
    (
        "INVALID_FIELD",
        "Some of what was sent is missing or out of bounds. Correct the fields that are named, and send it again.",
    ),
    (
        "MALFORMED_REQUEST",
        "The request can't be read. Correct what is named, and send it again.",
    ),
    (
        "UNKNOWN_ROUTE",
        "There is nothing at this address. Check it for mistakes.",
    ),
    (
        "METHOD_NOT_ALLOWED",
        "This can't be done at this address. Use one of the methods that it answers.",
    ),
    (
        "UNSUPPORTED_MEDIA_TYPE",
        "This kind of content is not read here. Send plain JSON in UTF-8.",
    ),
    ("REQUEST_TOO_LARGE", "This is too much at once. Send less."),
    (
        "REQUEST_TIMEOUT",
        "The request did not arrive in time. Send it again, or send less.",
    ),
    // What stands in the way
    (
        "STALE_ETAG",
        "Somebody has changed this since you read it. Read it again, and repeat your change.",
    ),
    ("NAME_TAKEN", "This name is taken. Choose another."),
    (
        "LIMIT_REACHED",
        "The organization has as many of these as it can have. Delete one that isn't needed.",
    ),
    (
        "GROUP_RESPONSIBLE",
        "This group looks after an organization, or after somebody in one. Name another responsible party, then delete the group.",
    ),
    (
        "ROLE_BUILT_IN",
        "Built-in roles can't be changed or deleted. Clone the role, and change the clone.",
    ),
    (
        "MEMBER_NOT_ACTIVE",
        "This person has not accepted the invitation, or is disabled or removed. Wait, or enable them.",
    ),
    (
        "SERVICE_ACCOUNT_DISABLED",
        "This service account is disabled. Enable it first.",
    ),
    (
        "SERVICE_ACCOUNT_DELETED",
        "This service account was deleted for good. Create another one.",
    ),
    (
        "API_KEY_ENDED",
        "This API key was revoked or has expired, so it can't be rotated. Create a new one.",
    ),
    (
        "API_KEY_REPLACED",
        "This API key was rotated before. Rotate the one that replaces it.",
    ),
    (
        "ENCRYPTION_KEY_KNOWN",
        "The organization has this encryption key already. Use that one, or delete it first.",
    ),
    (
        "SLUG_TAKEN",
        "Another organization has this front door. Choose another slug.",
    ),
    (
        "ROOT_FOLDER_TAKEN",
        "Another organization has, or had, this root folder. Choose another.",
    ),
    (
        "ORGANIZATION_NOT_EMPTY",
        "Other organizations stand below this one. Delete those first.",
    ),
    (
        "ALREADY_MEMBER",
        "This address is a member already, or was invited. Change that member, or remove it and invite again.",
    ),
    (
        "OPERATOR_EXISTS",
        "This installation has its operator already. Sign in as one of its owners, or ask one for an invitation.",
    ),
    (
        "HIERARCHY_VIOLATION",
        "An organization of this type can't stand there. Choose a parent of another type.",
    ),
    (
        "GRANT_EXCEEDS_OWN",
        "You can't give, change or take away more rights than you have. Give a smaller role, or ask somebody who holds all \
         of it.",
    ),
    (
        "ROLE_RESERVED",
        "This role is reserved for external users and can't be given to a member. Choose another one.",
    ),
    (
        "ROLE_UNKNOWN",
        "The organization has no such role. Choose one of its own.",
    ),
    (
        "OWNER_REQUIRED",
        "Only an owner of the organization may do this. Ask one of them.",
    ),
    (
        "LAST_OWNER",
        "The organization would have no owner. Make another active member an owner first.",
    ),
    (
        "LAST_LEGAL_REPRESENTATIVE",
        "The organization would have no legal representative. Name another first.",
    ),
    (
        "MEMBER_PENDING",
        "This person hasn't joined yet. Withdraw the invitation instead.",
    ),
    (
        "WRONG_ADDRESS",
        "The invitation is for another address than yours. Sign out and accept it with the invited address, or ask for an \
         invitation to yours.",
    ),
    (
        "OWN_CREDENTIAL",
        "You can't reset your own credentials as an administrator. Change your password, give your second factor up with a \
         recovery code, or ask another administrator.",
    ),
    (
        "MEMBER_ELSEWHERE",
        "This person's second factor protects other organizations too. Ask them to sign in with a recovery code.",
    ),
    (
        "SECOND_FACTOR_REQUIRED",
        "The operator requires a second factor in this organization, so nobody can be excepted. Choose a policy that asks \
         for it.",
    ),
    (
        "ACCESS_CHANGED",
        "Access was changed meanwhile, so nothing was done. Try again.",
    ),
    (
        "MEMBER_REMOVED",
        "This member was removed. Invite the person again.",
    ),
    (
        "LINK_DEAD",
        "The link was used, replaced by a newer one, withdrawn, or it is too old. Ask for a new one.",
    ),
    (
        "ALREADY_INVITED",
        "This partner has an invitation to answer already. Send that one again, or withdraw it first.",
    ),
    (
        "ALREADY_PARTNERS",
        "This partner has a partnership with the client already. End that one first.",
    ),
    (
        "INVITATION_CLOSED",
        "The invitation was answered, withdrawn, or it has expired. Create a new one.",
    ),
    (
        "NOT_THE_CLIENT",
        "Only the client may take this step. Ask somebody of the client's organization.",
    ),
    (
        "NOT_THE_PARTNER",
        "Only the partner may take this step. Ask somebody of the partner's organization.",
    ),
    (
        "PARTNERSHIP_ENDED",
        "The partnership has ended and can't be changed. Invite the partner again.",
    ),
    (
        "PARTNERSHIP_CONSENTED",
        "The client has consented to this partnership already. To allow less, end it and invite the partner again.",
    ),
    // What is wrong on our side
    (
        "TIMEOUT",
        "The answer was not ready in time. Look whether it was done, or try again.",
    ),
    (
        "DEADLINE_EXCEEDED",
        "The answer did not come in time. Look whether it was done, or try again.",
    ),
    (
        "OVERLOADED",
        "Too much is going on right now. Try again in a minute.",
    ),
    (
        "UNAVAILABLE",
        "This does not work right now. Nothing was lost; try again in a minute.",
    ),
    (
        "SERVICE_UNAVAILABLE",
        "The service can't be reached right now. Nothing was lost; try again in a minute.",
    ),
    (
        "DRAINING",
        "The server is going away. Try again to reach another.",
    ),
    (
        "INTERNAL",
        "Something went wrong on our side. Report it with the request id.",
    ),
];
