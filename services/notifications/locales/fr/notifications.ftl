# Ce que l'on dit aux gens, en français. Voir ../en/notifications.ftl pour la forme.

until = { $day ->
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
    } { $year } à { $time } UTC
writes = { $client } vous écrit :
partnerships-note = Vous recevez ce message parce que vous gérez les partenariats de l'organisation { $organization } sur Entente.

member-invited =
    .subject = { $organization } vous invite sur Entente
    .text =
        { $organization } vous invite à travailler avec elle sur Entente.

        Ouvrez ce lien pour la rejoindre. Il est valable jusqu'au { until }.
    .note = Si vous n'attendiez pas ce message, ignorez-le : rien ne se fera sans vous.

member-joined =
    .title = { $person } a rejoint { $organization }
    .body = { $person } a accepté l'invitation et est maintenant membre de { $organization }.

member-break-glass-granted =
    .title = L'opérateur nomme { $person } propriétaire de l'organisation { $organization }
    .body = L'opérateur de l'installation donne à l'organisation { $organization } un nouveau propriétaire : { $person }. Sa raison : { $reason }
    .subject = L'opérateur nomme { $person } propriétaire de l'organisation { $organization }
    .text =
        L'opérateur de l'installation donne à l'organisation { $organization } un nouveau propriétaire : { $person }.

        Sa raison : { $reason }
    .note = Vous recevez ce message parce que vous êtes membre de l'organisation { $organization } sur Entente. Si ce n'est pas normal, dites-le tout de suite à l'opérateur.

partnership-invitation-created =
    .title = { $client } invite { $partner }
    .body = { $client } propose un partenariat à { $partner }. Le lien pour y répondre est dans le message que vous avez reçu.
    .subject = { $client } propose un partenariat à { $partner }
    .text =
        { $client } propose un partenariat à { $partner } sur Entente.

        Ouvrez ce lien pour lire la proposition, puis l'accepter ou la refuser. Il est valable jusqu'au { until }.
    .note = { partnerships-note }

partnership-invitation-resent =
    .title = { $client } invite de nouveau { $partner }
    .body = { $client } a renvoyé son invitation à { $partner }. L'ancien lien n'est plus valable ; le nouveau est dans le message que vous avez reçu.
    .subject = { $client } propose un partenariat à { $partner } (nouvel envoi)
    .text =
        { $client } a renvoyé sa proposition de partenariat à { $partner }. Le lien du message précédent n'est plus valable.

        Ouvrez ce lien pour lire la proposition, puis l'accepter ou la refuser. Il est valable jusqu'au { until }.
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

partnership-ended =
    .title = Le partenariat entre { $client } et { $partner } a pris fin
    .body = { $partner } n'agit plus pour { $client }.
    .subject = Le partenariat entre { $client } et { $partner } a pris fin
    .text = { $partner } n'agit plus pour { $client } sur Entente : son accès a pris fin.
    .note = { partnerships-note }
