# What people are told, in English. The name of a message is the type of the notification, with - for . and _.
#   .title, .body     in the app
#   .subject, .text   in a mail; the link, where there is one, stands below the text, and .note at the end
# Plain text only: the HTML of a mail is made from it. In ASCII, so that a link is never cut by the mail's encoding.

time = { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year } at { $time } { $zone }
writes = { $client } writes:
partnerships-note = You get this mail because you look after the partnerships of { $organization } on Entente.

member-invited =
    .subject = { $organization } invites you to Entente
    .text =
        { $organization } invites you to work with it on Entente.

        Open this link to join. It can be used until { $until }.
    .note = If you didn't expect this mail, ignore it: nothing happens without you.

member-joined =
    .title = { $person } has joined { $organization }
    .body = { $person } has accepted the invitation and is now a member of { $organization }.

encryption-key-expiring =
    .title = The key { $key } expires on { $end }
    .body = The encryption key { $key } of { $organization } expires on { $end }. Upload or generate another one before.
    .subject = The encryption key { $key } expires on { $end }
    .text =
        The encryption key { $key } of { $organization } expires on { $end }.

        Upload or generate another one before, so that files can still be encrypted.
    .note = You get this mail because you look after the encryption keys of { $organization } on Entente.

member-break-glass-granted =
    .title = { $person } is made an owner of { $organization } by the operator
    .body = The operator of the installation gives { $organization } a new owner: { $person }. Its reason: { $reason }
    .subject = { $person } is made an owner of { $organization } by the operator
    .text =
        The operator of the installation gives { $organization } a new owner: { $person }.

        Its reason: { $reason }
    .note = You get this mail because you are a member of { $organization } on Entente. If this is not right, tell the operator at once.

security-note = If this wasn't you, change your password at once and tell an administrator of your organization.

second-factor-enrolled =
    .subject = Your account now asks for a code
    .text = A second factor was enrolled for your account on Entente. From now on signing in asks for a code of your authenticator. Keep your recovery codes where your authenticator is not.
    .note = { security-note }

second-factor-disabled =
    .subject = Your account no longer asks for a code
    .text = The second factor of your account on Entente was given up. From now on your password alone is enough to sign in.
    .note = { security-note }

second-factor-recovery-code-used =
    .subject = A recovery code of your account was used
    .text = A recovery code took the place of your authenticator on Entente. It can't be used again. Recovery codes left: { $codes_left }.
    .note = { security-note }

second-factor-recovery-codes-replaced =
    .subject = Your account has new recovery codes
    .text = New recovery codes were made for your account on Entente. Those that you had before don't work any more.
    .note = { security-note }

identity-provider-linked =
    .subject = Your account can be opened with your identity provider
    .text = Somebody has signed in to your account on Entente with your identity provider for the first time. From now on it opens your account, beside your password.
    .note = { security-note }

identity-provider-unlinked =
    .subject = Your account is no longer linked to your identity provider
    .text = The link between your account on Entente and your account at your identity provider was given up. Your password still opens your account. The next sign-in with your address at the identity provider links the two anew.
    .note = { security-note }

partnership-invitation-created =
    .title = { $client } invites { $partner }
    .body = { $client } offers { $partner } a partnership. The link to answer it is in the mail that you got.
    .subject = { $client } invites { $partner } to a partnership
    .text =
        { $client } offers { $partner } a partnership on Entente.

        Open this link to read the offer, and to accept or refuse it. It can be used until { $until }.
    .note = { partnerships-note }

partnership-invitation-resent =
    .title = { $client } invites { $partner } again
    .body = { $client } has sent its invitation to { $partner } again. The link before is dead; the new one is in the mail that you got.
    .subject = { $client } invites { $partner } to a partnership (sent again)
    .text =
        { $client } has sent its offer of a partnership to { $partner } again. The link in the mail before this one is dead.

        Open this link to read the offer, and to accept or refuse it. It can be used until { $until }.
    .note = { partnerships-note }

partnership-invitation-withdrawn =
    .title = { $client } has withdrawn its invitation
    .body = { $client } has taken back the partnership that it offered to { $partner }. The link in the mail is dead.

partnership-invitation-accepted =
    .title = { $partner } has accepted
    .body = { $partner } has accepted the partnership that { $client } offered.
    .subject = { $partner } has accepted your invitation
    .text = { $partner } has accepted the partnership that { $client } offered. You are told again when it has started.
    .note = { partnerships-note }

partnership-invitation-refused =
    .title = { $partner } has refused
    .body = { $partner } has refused the partnership that { $client } offered.
    .subject = { $partner } has refused your invitation
    .text = { $partner } has refused the partnership that { $client } offered. You can invite another partner.
    .note = { partnerships-note }

partnership-invitation-expired =
    .title = The invitation to { $partner } has expired
    .body = { $partner } has not answered the invitation of { $client } in time.
    .subject = Your invitation to { $partner } has expired
    .text = { $partner } has not answered the invitation of { $client } in time. You can invite it again.
    .note = { partnerships-note }

partnership-started =
    .title = The partnership of { $client } and { $partner } has started
    .body = From now on { $partner } acts for { $client }, within what the mandate allows.
    .subject = The partnership of { $client } and { $partner } has started
    .text = From now on { $partner } acts for { $client } on Entente, within what the mandate allows. Either side can end the partnership at any time.
    .note = { partnerships-note }

partnership-started-unconsented =
    .title = { $partner } acts for { $client }, which has yet to consent
    .body = { $partner } created { $client }, and acts for all of it until { $client } keeps, narrows or ends the partnership.
    .subject = { $partner } acts for { $client }, which has yet to consent
    .text = { $partner } created { $client } on Entente, and acts for all of it from now on. A legal representative of { $client } keeps the partnership, narrows it to some products, or ends it.
    .note = { partnerships-note }

partnership-consented =
    .title = { $client } has consented to the partnership with { $partner }
    .body = { $partner } goes on acting for all of { $client }.
    .subject = { $client } has consented to the partnership with { $partner }
    .text = { $client } has consented to the partnership that it was created with: { $partner } goes on acting for all of it on Entente. Either side can end the partnership at any time.
    .note = { partnerships-note }

partnership-narrowed =
    .title = { $client } has narrowed the partnership with { $partner }
    .body = { $partner } acts for { $client } with some of its products only from now on.
    .subject = { $client } has narrowed the partnership with { $partner }
    .text = { $client } has consented to the partnership with { $partner } for some of its products only: on Entente, { $partner } has access to nothing else of it any more. The partnership names the products.
    .note = { partnerships-note }

partnership-ended =
    .title = The partnership of { $client } and { $partner } has ended
    .body = { $partner } no longer acts for { $client }.
    .subject = The partnership of { $client } and { $partner } has ended
    .text = { $partner } no longer acts for { $client } on Entente: its access has ended.
    .note = { partnerships-note }

account-note = You get this mail because it concerns the security of your account on Entente. It can't be turned off.

account-password-reset-requested =
    .subject = Choose a new password
    .text =
        Somebody, probably you or an administrator of your organization, asked for a new password for your account on Entente.

        Open this link to choose one. It can be used once, until { $until }.
    .note = If you expected no such mail, ignore it: your password stays as it is.

account-password-changed =
    .title = Your password was changed
    .body = All other sessions were ended. If it wasn't you, choose a new password at once.
    .subject = Your password was changed
    .text =
        The password of your account on Entente was changed, and all other sessions were ended.

        If it wasn't you, choose a new password at once by "forgotten password" on the page where you sign in, and tell your administrator.
    .note = { account-note }

account-email-change-requested =
    .subject = Confirm your new address
    .text =
        The account on Entente that asked for it is to have the address { $address }.

        Open this link to confirm it. It can be used once, until { $until }.
    .note = If you don't expect this mail, ignore it: nothing happens without you.

account-email-change-noted =
    .title = Your account is to have another address
    .body = The address { $address } is to be confirmed. If it wasn't you who asked for it, change your password at once.
    .subject = Your account is to have another address
    .text =
        Somebody who is signed in to your account on Entente asked for the address { $address }. Once it is confirmed by a link that was mailed there, you sign in by it.

        If it wasn't you, change your password at once: then the link is dead.
    .note = { account-note }

account-email-changed =
    .title = Your account has another address
    .body = You sign in by { $address } from now on.
    .subject = Your account has another address
    .text =
        Your account on Entente has the address { $address } now: you sign in and are written to by it. This mail went to the one before.

        If it wasn't you, tell your administrator at once.
    .note = { account-note }

account-new-place =
    .title = Somebody signed in from a new place
    .body = It was from { $place }, with { $program }. If it wasn't you, change your password at once.
    .subject = Somebody signed in to your account from a new place
    .text =
        Your account on Entente was signed in to from { $place }, where you haven't been of late. The program says that it is { $program }.

        If it wasn't you, change your password at once: that ends all other sessions.
    .note = { account-note }
