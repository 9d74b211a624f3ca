# Ce que l'on dit aux gens, en français. Voir ../en/notifications.ftl pour la forme.

time = { $day ->
        [1] 1er
       *[other] { $day }
    } { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    } { $year } à { $time } { $zone }
writes = { $client } vous écrit :
partnerships-note = Vous recevez ce message parce que vous gérez les partenariats de l'organisation { $organization } sur Entente.

member-invited =
    .subject = { $organization } vous invite sur Entente
    .text =
        { $organization } vous invite à travailler avec elle sur Entente.

        Ouvrez ce lien pour la rejoindre. Il est valable jusqu'au { $until }.
    .note = Si vous n'attendiez pas ce message, ignorez-le : rien ne se fera sans vous.

member-joined =
    .title = { $person } a rejoint { $organization }
    .body = { $person } a accepté l'invitation et est maintenant membre de { $organization }.

encryption-key-expiring =
    .title = La clé { $key } expire le { $end }
    .body = La clé de chiffrement { $key } de { $organization } expire le { $end }. Importez-en ou générez-en une autre avant cette date.
    .subject = La clé de chiffrement { $key } expire le { $end }
    .text =
        La clé de chiffrement { $key } de { $organization } expire le { $end }.

        Importez-en ou générez-en une autre avant cette date, afin que les fichiers puissent encore être chiffrés.
    .note = Vous recevez ce message parce que vous gérez les clés de chiffrement de { $organization } sur Entente.

member-break-glass-granted =
    .title = L'opérateur nomme { $person } propriétaire de l'organisation { $organization }
    .body = L'opérateur de l'installation donne à l'organisation { $organization } un nouveau propriétaire : { $person }. Sa raison : { $reason }
    .subject = L'opérateur nomme { $person } propriétaire de l'organisation { $organization }
    .text =
        L'opérateur de l'installation donne à l'organisation { $organization } un nouveau propriétaire : { $person }.

        Sa raison : { $reason }
    .note = Vous recevez ce message parce que vous êtes membre de l'organisation { $organization } sur Entente. Si ce n'est pas normal, dites-le tout de suite à l'opérateur.

security-note = Si ce n'était pas vous, changez tout de suite votre mot de passe et prévenez un administrateur de votre organisation.

second-factor-enrolled =
    .subject = Votre compte demande désormais un code
    .text = Un second facteur a été ajouté à votre compte sur Entente. Désormais la connexion demande un code de votre application d'authentification. Gardez vos codes de secours ailleurs que cette application.
    .note = { security-note }

second-factor-disabled =
    .subject = Votre compte ne demande plus de code
    .text = Le second facteur de votre compte sur Entente a été retiré. Désormais votre mot de passe suffit pour vous connecter.
    .note = { security-note }

second-factor-recovery-code-used =
    .subject = Un code de secours de votre compte a été utilisé
    .text = Un code de secours a remplacé votre application d'authentification sur Entente. Il ne peut plus servir. Codes de secours restants : { $codes_left }.
    .note = { security-note }

second-factor-recovery-codes-replaced =
    .subject = Votre compte a de nouveaux codes de secours
    .text = De nouveaux codes de secours ont été créés pour votre compte sur Entente. Ceux que vous aviez ne fonctionnent plus.
    .note = { security-note }

identity-provider-linked =
    .subject = Votre compte s'ouvre aussi avec votre fournisseur d'identité
    .text = Une première connexion à votre compte Entente a eu lieu avec votre fournisseur d'identité. Il ouvre désormais votre compte, tout comme votre mot de passe.
    .note = { security-note }

identity-provider-unlinked =
    .subject = Votre compte n'est plus lié à votre fournisseur d'identité
    .text = Le lien entre votre compte Entente et votre compte auprès de votre fournisseur d'identité a été supprimé. Votre mot de passe ouvre toujours votre compte. La prochaine connexion avec votre adresse auprès de ce fournisseur les liera de nouveau.
    .note = { security-note }

partnership-invitation-created =
    .title = { $client } invite { $partner }
    .body = { $client } propose un partenariat à { $partner }. Le lien pour y répondre est dans le message que vous avez reçu.
    .subject = { $client } propose un partenariat à { $partner }
    .text =
        { $client } propose un partenariat à { $partner } sur Entente.

        Ouvrez ce lien pour lire la proposition, puis l'accepter ou la refuser. Il est valable jusqu'au { $until }.
    .note = { partnerships-note }

partnership-invitation-resent =
    .title = { $client } invite de nouveau { $partner }
    .body = { $client } a renvoyé son invitation à { $partner }. L'ancien lien n'est plus valable ; le nouveau est dans le message que vous avez reçu.
    .subject = { $client } propose un partenariat à { $partner } (nouvel envoi)
    .text =
        { $client } a renvoyé sa proposition de partenariat à { $partner }. Le lien du message précédent n'est plus valable.

        Ouvrez ce lien pour lire la proposition, puis l'accepter ou la refuser. Il est valable jusqu'au { $until }.
    .note = { partnerships-note }

partnership-invitation-withdrawn =
    .title = { $client } a retiré son invitation
    .body = { $client } a retiré le partenariat proposé à { $partner }. Le lien du message n'est plus valable.

partnership-invitation-accepted =
    .title = { $partner } a accepté
    .body = { $partner } a accepté le partenariat proposé par { $client }.
    .subject = { $partner } a accepté votre invitation
    .text = { $partner } a accepté le partenariat proposé par { $client }. Vous serez prévenu de son début.
    .note = { partnerships-note }

partnership-invitation-refused =
    .title = { $partner } a refusé
    .body = { $partner } a refusé le partenariat proposé par { $client }.
    .subject = { $partner } a refusé votre invitation
    .text = { $partner } a refusé le partenariat proposé par { $client }. Vous pouvez inviter un autre partenaire.
    .note = { partnerships-note }

partnership-invitation-expired =
    .title = L'invitation à { $partner } a expiré
    .body = { $partner } n'a pas répondu à temps à l'invitation de { $client }.
    .subject = Votre invitation à { $partner } a expiré
    .text = { $partner } n'a pas répondu à temps à l'invitation de { $client }. Vous pouvez renouveler l'invitation.
    .note = { partnerships-note }

partnership-started =
    .title = Le partenariat entre { $client } et { $partner } a commencé
    .body = Désormais { $partner } agit pour { $client }, dans les limites du mandat.
    .subject = Le partenariat entre { $client } et { $partner } a commencé
    .text = Désormais { $partner } agit pour { $client } sur Entente, dans les limites du mandat. Chacune des parties peut y mettre fin à tout moment.
    .note = { partnerships-note }

partnership-started-unconsented =
    .title = { $partner } agit pour { $client }, dont l'accord est attendu
    .body = { $partner } a créé { $client } et agit pour toute l'organisation, jusqu'à ce que { $client } maintienne le partenariat, le restreigne ou y mette fin.
    .subject = { $partner } agit pour { $client }, dont l'accord est attendu
    .text = { $partner } a créé { $client } sur Entente et agit désormais pour toute l'organisation. Un représentant légal de { $client } maintient le partenariat, le restreint à certains produits ou y met fin.
    .note = { partnerships-note }

partnership-consented =
    .title = { $client } a donné son accord au partenariat avec { $partner }
    .body = { $partner } continue d'agir pour toute l'organisation { $client }.
    .subject = { $client } a donné son accord au partenariat avec { $partner }
    .text = { $client } a donné son accord au partenariat établi lors de sa création : { $partner } continue d'agir pour toute l'organisation sur Entente. Chacune des parties peut y mettre fin à tout moment.
    .note = { partnerships-note }

partnership-narrowed =
    .title = { $client } a restreint le partenariat avec { $partner }
    .body = Désormais { $partner } n'agit plus pour { $client } que sur certains de ses produits.
    .subject = { $client } a restreint le partenariat avec { $partner }
    .text = { $client } a donné son accord au partenariat avec { $partner } pour certains de ses produits seulement : sur Entente, { $partner } n'a plus accès à rien d'autre. Le partenariat nomme ces produits.
    .note = { partnerships-note }

partnership-ended =
    .title = Le partenariat entre { $client } et { $partner } a pris fin
    .body = { $partner } n'agit plus pour { $client }.
    .subject = Le partenariat entre { $client } et { $partner } a pris fin
    .text = { $partner } n'agit plus pour { $client } sur Entente : son accès a pris fin.
    .note = { partnerships-note }

account-note = Vous recevez ce message parce qu'il concerne la sécurité de votre compte sur Entente. Il ne peut pas être désactivé.

account-password-reset-requested =
    .subject = Choisissez un nouveau mot de passe
    .text =
        Quelqu'un, sans doute vous ou un administrateur de votre organisation, a demandé un nouveau mot de passe pour votre compte sur Entente.

        Ouvrez ce lien pour en choisir un. Il est valable une seule fois, jusqu'au { $until }.
    .note = Si vous n'attendiez pas ce message, ignorez-le : votre mot de passe reste le même.

account-password-changed =
    .title = Votre mot de passe a été changé
    .body = Toutes les autres sessions ont été fermées. Si ce n'était pas vous, choisissez tout de suite un nouveau mot de passe.
    .subject = Votre mot de passe a été changé
    .text =
        Le mot de passe de votre compte sur Entente a été changé, et toutes les autres sessions ont été fermées.

        Si ce n'était pas vous, choisissez tout de suite un nouveau mot de passe par « mot de passe oublié » sur la page de connexion, et prévenez votre administrateur.
    .note = { account-note }

account-email-change-requested =
    .subject = Confirmez votre nouvelle adresse
    .text =
        Le compte Entente qui l'a demandé doit recevoir l'adresse { $address }.

        Ouvrez ce lien pour la confirmer. Il est valable une seule fois, jusqu'au { $until }.
    .note = Si vous n'attendiez pas ce message, ignorez-le : rien ne se fera sans vous.

account-email-change-noted =
    .title = Votre compte doit changer d'adresse
    .body = L'adresse { $address } doit être confirmée. Si ce n'est pas vous qui l'avez demandée, changez tout de suite votre mot de passe.
    .subject = Votre compte doit changer d'adresse
    .text =
        Quelqu'un qui est connecté à votre compte Entente a demandé l'adresse { $address }. Dès qu'elle sera confirmée par le lien envoyé à cette adresse, vous vous connecterez avec elle.

        Si ce n'était pas vous, changez tout de suite votre mot de passe : le lien ne sera plus valable.
    .note = { account-note }

account-email-changed =
    .title = Votre compte a changé d'adresse
    .body = Désormais vous vous connectez avec { $address }.
    .subject = Votre compte a changé d'adresse
    .text =
        Votre compte Entente a désormais l'adresse { $address } : elle sert à vous connecter et à vous écrire. Ce message est parti à l'adresse précédente.

        Si ce n'était pas vous, prévenez tout de suite votre administrateur.
    .note = { account-note }

account-new-place =
    .title = Connexion depuis un nouvel endroit
    .body = C'était depuis { $place }, avec { $program }. Si ce n'était pas vous, changez tout de suite votre mot de passe.
    .subject = Connexion à votre compte depuis un nouvel endroit
    .text =
        Quelqu'un s'est connecté à votre compte Entente depuis { $place }, où vous n'avez pas été ces derniers temps. Le programme dit être { $program }.

        Si ce n'était pas vous, changez tout de suite votre mot de passe : toutes les autres sessions seront fermées.
    .note = { account-note }
