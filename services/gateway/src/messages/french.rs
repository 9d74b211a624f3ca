//! French.

/// In the order of docs/errors.md.
pub(super) const MESSAGES: &[(&str, &str)] = &[
    // Who is calling
    (
        "TOKEN_MISSING",
        "Vous n'êtes pas connecté. Connectez-vous, puis réessayez.",
    ),
    (
        "TOKEN_INVALID",
        "Votre connexion n'est pas reconnue ici. Renouvelez la session ou reconnectez-vous.",
    ),
    (
        "TOKEN_EXPIRED",
        "Votre connexion a expiré. Renouvelez la session ou reconnectez-vous.",
    ),
    ("SESSION_REVOKED", "Cette session a été fermée. Reconnectez-vous."),
    (
        "CREDENTIALS_WRONG",
        "L'adresse ou le mot de passe est faux, ou vous n'avez pas de place dans l'organisation indiquée. Vérifiez les \
         trois.",
    ),
    (
        "API_KEY_INVALID",
        "La clé d'API est inconnue ou révoquée, ou bien son compte de service ou son organisation est désactivé ou \
         supprimé. Utilisez une autre clé, ou faites-en créer une.",
    ),
    (
        "API_KEY_EXPIRED",
        "La clé d'API a expiré. Créez-en une nouvelle ; la prochaine fois, remplacez-la avant.",
    ),
    (
        "REAUTHENTICATION_REQUIRED",
        "Cette action demande une preuve récente de votre identité. Indiquez à nouveau votre mot de passe, puis \
         recommencez.",
    ),
    (
        "MFA_REQUIRED",
        "L'organisation demande un second facteur. Ajoutez-en un, et connectez-vous avec lui.",
    ),
    (
        "CODE_WRONG",
        "Le code est faux ou a déjà servi. Indiquez celui que l'application affiche maintenant, ou un autre code de \
         secours.",
    ),
    (
        "CHALLENGE_DEAD",
        "Cette connexion est terminée, a duré trop longtemps ou n'est plus possible. Recommencez.",
    ),
    (
        "NOTHING_TO_CONFIRM",
        "Aucune application d'authentification n'attend son premier code, ou elle a attendu trop longtemps. Ajoutez-la à \
         nouveau.",
    ),
    (
        "NO_SECOND_FACTOR",
        "Vous n'avez pas de second facteur. Ajoutez-en d'abord un.",
    ),
    (
        "SECOND_FACTOR_DEMANDED",
        "L'une de vos organisations demande un second facteur : vous ne pouvez pas retirer le vôtre. Pour changer \
         d'application, ajoutez-en une autre à sa place.",
    ),
    (
        "PROVIDER_NOT_SET_UP",
        "Il n'y a pas de fournisseur d'identité ici. Connectez-vous avec votre mot de passe.",
    ),
    (
        "PROVIDER_SIGN_IN_DEAD",
        "Cette connexion est terminée, a duré trop longtemps, a commencé dans un autre navigateur, ou votre fournisseur \
         d'identité ne la confirme pas. Recommencez.",
    ),
    (
        "PROVIDER_SIGN_IN_REFUSED",
        "Personne ici n'a d'adresse que confirme votre fournisseur d'identité, ou le compte y est lié à quelqu'un d'autre. \
         Connectez-vous avec votre mot de passe, ou demandez une invitation.",
    ),
    (
        "PROVIDER_UNAVAILABLE",
        "Votre fournisseur d'identité ne répond pas. Réessayez plus tard, ou connectez-vous avec votre mot de passe.",
    ),
    (
        "TOO_MANY_ATTEMPTS",
        "Trop d'essais infructueux. Attendez un peu, puis réessayez.",
    ),
    (
        "TOO_MANY_MAILS",
        "Trop de messages ont été demandés. Attendez un peu, puis réessayez.",
    ),
    // What they may do
    (
        "NOT_FOUND",
        "Cela n'existe pas ici, ou appartient à une autre organisation. Vérifiez l'identifiant, et l'organisation pour \
         laquelle vous agissez.",
    ),
    (
        "PERMISSION_MISSING",
        "Vous n'avez pas le droit de faire cela. Demandez à un administrateur de l'organisation un rôle qui le donne.",
    ),
    (
        "OUTSIDE_MANDATE",
        "Votre mandat ne couvre pas cela. Demandez au client de l'étendre.",
    ),
    (
        "MANDATE_ENDED",
        "Votre mandat a pris fin. Demandez-en un nouveau au client.",
    ),
    (
        "LEGAL_REPRESENTATIVE_REQUIRED",
        "Seul un représentant légal de l'organisation peut faire cela. Adressez-vous à l'un d'eux.",
    ),
    (
        "PEOPLE_ONLY",
        "Seule une personne peut faire cela, et non un compte de service. Connectez-vous vous-même au lieu d'utiliser une \
         clé d'API.",
    ),
    (
        "INTERNAL_ONLY",
        "Cela est réservé aux services de cette installation. Utilisez ce que propose l'API publique.",
    ),
    (
        "ORGANIZATION_SUSPENDED",
        "L'organisation est suspendue. Demandez à son opérateur de la réactiver.",
    ),
    (
        "BILLING_REQUIRED",
        "L'organisation n'a pas encore configuré sa facturation, qui est nécessaire ici. Complétez son compte de facturation.",
    ),
    (
        "DELEGATION_DISABLED",
        "L'opérateur n'a pas délégué cela à votre organisation. Demandez-lui de l'autoriser.",
    ),
    (
        "MODULE_INACTIVE",
        "Le module correspondant est désactivé. Demandez à un administrateur de l'organisation de l'activer.",
    ),
    (
        "DECISION_UNAVAILABLE",
        "Il n'a pas été possible de vérifier votre droit : rien n'a été fait. Réessayez dans un instant.",
    ),
    // What the request says
    (
        "INVALID_FIELD",
        "Une partie de ce qui a été envoyé manque ou dépasse les limites. Corrigez les champs nommés et renvoyez le tout.",
    ),
    (
        "MALFORMED_REQUEST",
        "La requête est illisible. Corrigez ce qui est nommé et renvoyez-la.",
    ),
    (
        "UNKNOWN_ROUTE",
        "Il n'y a rien à cette adresse. Vérifiez qu'elle est exacte.",
    ),
    (
        "METHOD_NOT_ALLOWED",
        "Cela n'est pas possible à cette adresse. Utilisez l'une des méthodes auxquelles elle répond.",
    ),
    (
        "UNSUPPORTED_MEDIA_TYPE",
        "Ce type de contenu n'est pas lu ici. Envoyez du JSON en UTF-8, sans compression.",
    ),
    ("REQUEST_TOO_LARGE", "C'est trop à la fois. Envoyez-en moins."),
    (
        "REQUEST_TIMEOUT",
        "La requête n'est pas arrivée à temps. Renvoyez-la, ou envoyez-en moins.",
    ),
    // What stands in the way
    (
        "STALE_ETAG",
        "Quelqu'un a modifié cela depuis que vous l'avez lu. Relisez-le, puis refaites votre modification.",
    ),
    ("NAME_TAKEN", "Ce nom est déjà pris. Choisissez-en un autre."),
    (
        "LIMIT_REACHED",
        "L'organisation en a déjà autant qu'elle peut en avoir. Supprimez-en un dont personne n'a besoin.",
    ),
    (
        "GROUP_RESPONSIBLE",
        "Ce groupe est responsable d'une organisation, ou de quelqu'un dans l'une d'elles. Nommez un autre responsable, puis \
         supprimez le groupe.",
    ),
    (
        "ROLE_BUILT_IN",
        "Les rôles prédéfinis ne peuvent être ni modifiés ni supprimés. Copiez le rôle, et modifiez la copie.",
    ),
    (
        "MEMBER_NOT_ACTIVE",
        "Cette personne n'a pas accepté l'invitation, ou elle est désactivée ou retirée. Attendez, ou réactivez-la.",
    ),
    (
        "SERVICE_ACCOUNT_DISABLED",
        "Ce compte de service est désactivé. Réactivez-le d'abord.",
    ),
    (
        "SERVICE_ACCOUNT_DELETED",
        "Ce compte de service a été supprimé définitivement. Créez-en un autre.",
    ),
    (
        "API_KEY_ENDED",
        "Cette clé d'API est révoquée ou a expiré : elle ne peut pas être remplacée. Créez-en une nouvelle.",
    ),
    (
        "API_KEY_REPLACED",
        "Cette clé d'API a déjà été remplacée. Remplacez celle qui lui succède.",
    ),
    (
        "ENCRYPTION_KEY_KNOWN",
        "L'organisation a déjà cette clé de chiffrement. Utilisez-la, ou supprimez-la d'abord.",
    ),
    (
        "SLUG_TAKEN",
        "Une autre organisation a déjà cette adresse de connexion. Choisissez un autre identifiant.",
    ),
    (
        "ROOT_FOLDER_TAKEN",
        "Une autre organisation a, ou a eu, ce dossier racine. Choisissez-en un autre.",
    ),
    (
        "ORGANIZATION_NOT_EMPTY",
        "D'autres organisations dépendent de celle-ci. Supprimez-les d'abord.",
    ),
    (
        "ALREADY_MEMBER",
        "Cette adresse est déjà celle d'un membre ou d'un invité. Modifiez ce membre, ou retirez-le et invitez-le à nouveau.",
    ),
    (
        "OPERATOR_EXISTS",
        "Cette installation a déjà son opérateur. Connectez-vous comme l'un de ses propriétaires, ou demandez-lui une \
         invitation.",
    ),
    (
        "HIERARCHY_VIOLATION",
        "Une organisation de ce type ne peut pas se trouver là. Choisissez une organisation supérieure d'un autre type.",
    ),
    (
        "GRANT_EXCEEDS_OWN",
        "Vous ne pouvez pas donner, modifier ou retirer plus de droits que vous n'en avez. Donnez un rôle moins étendu, ou \
         adressez-vous à quelqu'un qui les a tous.",
    ),
    (
        "ROLE_RESERVED",
        "Ce rôle est réservé aux utilisateurs externes et ne peut pas être donné à un membre. Choisissez-en un autre.",
    ),
    (
        "ROLE_UNKNOWN",
        "L'organisation n'a pas ce rôle. Choisissez l'un des siens.",
    ),
    (
        "OWNER_REQUIRED",
        "Seul un propriétaire de l'organisation peut faire cela. Adressez-vous à l'un d'eux.",
    ),
    (
        "LAST_OWNER",
        "L'organisation n'aurait plus de propriétaire. Nommez d'abord propriétaire un autre membre actif.",
    ),
    (
        "LAST_LEGAL_REPRESENTATIVE",
        "L'organisation n'aurait plus de représentant légal. Nommez-en d'abord un autre.",
    ),
    (
        "MEMBER_PENDING",
        "Cette personne n'a pas encore rejoint l'organisation. Retirez plutôt l'invitation.",
    ),
    (
        "WRONG_ADDRESS",
        "L'invitation est destinée à une autre adresse que la vôtre. Déconnectez-vous et acceptez-la avec l'adresse invitée, \
         ou demandez une invitation à la vôtre.",
    ),
    (
        "OWN_CREDENTIAL",
        "Vous ne pouvez pas réinitialiser vos propres accès comme administrateur. Changez votre mot de passe, retirez votre \
         second facteur avec un code de secours, ou adressez-vous à un autre administrateur.",
    ),
    (
        "MEMBER_ELSEWHERE",
        "Le second facteur de cette personne protège aussi d'autres organisations. Demandez-lui de se connecter avec un code \
         de secours.",
    ),
    (
        "SECOND_FACTOR_REQUIRED",
        "L'opérateur exige un second facteur dans cette organisation : personne ne peut en être dispensé. Choisissez une \
         règle qui le demande.",
    ),
    (
        "ACCESS_CHANGED",
        "Les accès ont changé entre-temps : rien n'a été fait. Réessayez.",
    ),
    (
        "MEMBER_REMOVED",
        "Ce membre a été retiré. Invitez la personne à nouveau.",
    ),
    (
        "LINK_DEAD",
        "Le lien a été utilisé, remplacé par un plus récent, retiré, ou il est trop ancien. Demandez-en un nouveau.",
    ),
    (
        "ALREADY_INVITED",
        "Ce partenaire a déjà une invitation en attente. Renvoyez-la, ou retirez-la d'abord.",
    ),
    (
        "ALREADY_PARTNERS",
        "Ce partenaire a déjà un partenariat avec le client. Mettez-y fin d'abord.",
    ),
    (
        "INVITATION_CLOSED",
        "L'invitation a reçu une réponse, a été retirée ou a expiré. Créez-en une nouvelle.",
    ),
    (
        "NOT_THE_CLIENT",
        "Seul le client peut faire ce pas. Adressez-vous à quelqu'un de son organisation.",
    ),
    (
        "NOT_THE_PARTNER",
        "Seul le partenaire peut faire ce pas. Adressez-vous à quelqu'un de son organisation.",
    ),
    (
        "PARTNERSHIP_ENDED",
        "Le partenariat a pris fin et ne peut plus être modifié. Invitez le partenaire à nouveau.",
    ),
    (
        "PARTNERSHIP_CONSENTED",
        "Le client a déjà donné son accord à ce partenariat. Pour autoriser moins, mettez-y fin et invitez le partenaire à \
         nouveau.",
    ),
    // What is wrong on our side
    (
        "TIMEOUT",
        "La réponse n'était pas prête à temps. Vérifiez si l'action a eu lieu, ou réessayez.",
    ),
    (
        "DEADLINE_EXCEEDED",
        "La réponse n'est pas arrivée à temps. Vérifiez si l'action a eu lieu, ou réessayez.",
    ),
    (
        "OVERLOADED",
        "Le service est très sollicité. Réessayez dans une minute.",
    ),
    (
        "UNAVAILABLE",
        "Cela ne fonctionne pas pour le moment. Rien n'est perdu ; réessayez dans une minute.",
    ),
    (
        "SERVICE_UNAVAILABLE",
        "Le service est injoignable pour le moment. Rien n'est perdu ; réessayez dans une minute.",
    ),
    (
        "DRAINING",
        "Ce serveur s'arrête. Réessayez pour en atteindre un autre.",
    ),
    (
        "INTERNAL",
        "Une erreur s'est produite de notre côté. Signalez-la avec l'identifiant de la requête.",
    ),
];
