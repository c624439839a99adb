# Français. Clés et arguments comme dans en.ftl.

## Numbers and what many texts share

decimal-mark = ,
back = Retour
back-to-text = Retour au texte
cancel = Annuler
copy = Copier
delete = Supprimer
remove = Retirer
try-again = Réessayer
never = Jamais
size-gb = { $amount } Go
size-mb = { $amount } Mo
size-kb = { $amount } ko
size-b = { $amount } o
milliseconds = { $amount } ms
seconds = { $amount } s
percent = { $amount } %
two-facts = { $one }, { $other }

## Names of pages

page-anywhere = Dicter partout
page-benchmark = Mesures
page-doctor = Diagnostic
page-files = Fichiers
page-history = Historique
page-models = Modèles
page-settings = Paramètres

## The strip at the top

strip-add-files = Fichiers…
strip-add-files-hint = Transcrire des fichiers audio. On peut aussi les déposer ici.
strip-files-hint = Fichiers et leurs transcriptions
strip-anywhere-hint = Dicter dans d’autres applications : touches, insertion, règles de texte
strip-models-hint = Télécharger, choisir et supprimer des modèles
strip-doctor-hint = Ce que cet ordinateur offre à Hark, et ce qui lui manque
strip-settings-hint = Langues, mots, mémoire, couleurs, démarrage (Ctrl+,)
strip-history-hint = Les dictées précédentes (Ctrl+H)
badge-no-model = Aucun modèle
badge-no-model-detail = Aucun modèle n’est chargé
badge-loading = Chargement…
badge-loading-detail = Chargement de { $model }
badge-resting = Au repos
badge-resting-detail = { $model } a été retiré de la mémoire ; il sera rechargé au besoin
badge-runs =
    { $model } tourne sur le { $backend } ({ $threads ->
        [one] 1 fil
        *[other] { $threads } fils
    }, { $precision })
badge-failed = Échec du modèle
badge-name = Moteur : { $state }
badge-menu = Ce qui justifie cet indicateur
precision-unproven = { $precision }, non vérifiée
model-list = Modèle
model-choose = Choisir un modèle
model-more = Autres modèles…
model-other-file = Autre fichier de modèle…
model-where = Hark cherche les modèles Whisper dans { $folder }. Un fichier de whisper.cpp placé là, par exemple ggml-base.en.bin, apparaît dans la liste des modèles ; ou bien choisir un fichier situé ailleurs.
model-folder-unknown = son dossier de modèles
microphone-list = Microphone
microphone-default = Par défaut du système
microphone-channel-heard = Le canal où l’on parle ({ $channel })
microphone-channel-speech = Le canal où l’on parle
microphone-channel-only = Seulement { $channel }
microphone-next-recording = Un choix vaut à partir du prochain enregistrement.
microphone-open = ouvert
microphone-open-name = Microphone ouvert
microphone-stays-open = Le microphone reste ouvert trois secondes, pour que le prochain enregistrement commence aussitôt. Rien de ce qu’il entend n’est gardé, sauf lors d’un enregistrement : la dernière demi-seconde.
microphone-level = Niveau du microphone
microphone-level-of = Niveau : { $channel }
channel = canal { $number }
channel-left = canal { $number } (gauche)
channel-right = canal { $number } (droite)
list-choice = { $list } : { $choice }

## The bar at the bottom

record = Enregistrer
record-hint = Espace démarre et arrête
record-opening = Ouverture du micro…
record-stop = Arrêter · { $time }
record-stop-hint = Arrêter et transcrire (Espace)
record-finishing = Finalisation…
record-cancel-hint = Aucun texte n’est produit ; l’audio reste sur le disque (Échap)
save-as = Exporter…
save-as-menu = Exporter sous
copy-hint = Mettre le texte dans le presse-papiers
name-dictation = Dictée
name-demo = Démo
name-transcript = Transcription
speed-menu = Vitesse et latence
speed-real-time = { $times } le temps réel
speed-slower = plus lent que le temps réel ({ $times })
speed-detail = { $audio } de parole ont pris { $processing } (RTF { $rtf })
latency-none = Les latences apparaissent après la première dictée.
latency-last = dernière
latency-median = médiane
latency-p95 = 95 sur 100
latency-microphone = Du clic au micro ouvert
latency-first-sound = Du clic au premier son
latency-first-text = De la parole au premier texte
latency-final-text = De l’arrêt au texte final
latency-clipboard = Du texte au presse-papiers
latency-dictations =
    { $count ->
        [one] Une dictée depuis le démarrage de Hark
        *[other] Les { $count } dernières dictées
    }

## Text while somebody speaks

live-text = Texte pendant la parole
live-text-always = Toujours
live-text-mains = Pas sur batterie
live-text-never = Jamais : seulement le texte final

## Times that are left

left-seconds = reste { $seconds } s
left-minutes = reste { $minutes } min
left-hours = reste { $hours } h { $minutes } min

## Files

files-add-folder = Dossier…
files-add-folder-hint = Transcrire tous les fichiers audio d’un dossier
files-save-all = Tout enregistrer…
files-save-all-hint = Enregistrer toutes les transcriptions dans un dossier. Rien n’y est remplacé.
files-save-all-menu = Tout enregistrer sous
files-options = Comment les fichiers sont transcrits
files-options-for = Pour les fichiers en attente et les nouveaux
files-done = { $done } sur { $all } terminés
files-failed =
    { $count ->
        [one] 1 échec
        *[other] { $count } échecs
    }
files-left = { $left } pour tous
files-together = { $files } fichiers · { $speed } en tout
files-together-hint = Les fichiers transcrits en même temps se partagent la puissance de calcul. Chacun indique sa part.
files-hide = Masquer la liste
files-hide-hint = Masquer la liste. Les fichiers continuent.
files-cancel-all = Tout annuler
files-cancel-all-name = Annuler tous les fichiers
files-retry = Réessayer
files-action = { $action } : { $file }
file-waiting = En attente
file-done = Terminé
file-edited = { $state } · modifié
file-cancelled = Annulé
file-not-yet = Pas encore transcrit
drop-here = Déposer pour transcrire
drop-items =
    { $count ->
        [one] 1 élément
        *[other] { $count } éléments
    }

## The transcript

transcript-progress = Transcription
transcript-no-speech = Aucun mot entendu.
transcript-no-speech-detail = Aucun mot n’a été reconnu dans cet enregistrement.
transcript-clip = Transcription de l’extrait…
transcript-model-failed = Impossible de charger { $model }
transcript-choose-model = Choisir un autre modèle ci-dessus.
transcript-arming = N’écoute pas encore…
transcript-listening = À l’écoute
transcript-listening-detail = Ce qui est dit est aussitôt écrit sur le disque.
transcript-writing = Mise par écrit de { $time } de parole…
transcript-delivering = Remise du texte…
transcript-demo = Extrait fourni
transcript-demo-note = Modèle de démo, entraîné sur des voix de synthèse : pas une reconnaissance générale
transcript-file-changed = Le fichier a changé depuis, ou n’est plus là
transcript-back = Retour à la dictée
transcript-welcome = Appuyer sur Espace et parler
transcript-welcome-detail = Ou déposer ici des fichiers audio et des dossiers. Tout reste sur cet ordinateur.
transcript-try-demo = Essayer la démo : transcrire l’extrait fourni
transcript-demo-only = Il n’y a ici que le modèle de démo. Il a été entraîné sur des voix de synthèse pour montrer comment Hark fonctionne. Il ne comprend pas les vraies voix.
transcript-get-model = Obtenir un modèle pour sa voix…
transcript-get-model-note = Ce qui est enregistré avant son arrivée est gardé et l’attend.
transcript-waiting = En attente de son tour
transcript-running = Transcription en cours…
transcript-file-failed = Ce fichier n’a pas pu être transcrit
transcript-interrupted = Hark a été quitté avant le tour de ce fichier.
segment-text = Texte du segment { $number }
segment-span = { $start } à { $end }
segment-play = Lire à partir de { $start }
segment-play-hint = { $span }. Cliquer pour lire à partir d’ici.
live-behind = Le texte a { $seconds } s de retard. Rien n’est perdu.
find = Chercher dans le texte
find-open = Chercher dans le texte…
find-open-hint = Chercher dans le texte (Ctrl+F)
find-nothing = Introuvable
find-count = { $current } sur { $many }
find-previous = Résultat précédent
find-previous-hint = Précédent (Maj+Entrée)
find-next = Résultat suivant
find-next-hint = Suivant (Entrée)
find-close = Fermer la recherche
find-close-hint = Fermer (Échap)
play-stop = Arrêter
play-stop-name = Arrêter la lecture
edit = Modifier le texte
edit-hint = Modifier le texte. L’original peut être rétabli.
edit-done = Terminé
edit-done-name = Terminer la modification
edit-restore = Rétablir
edit-restore-name = Rétablir le texte d’origine
edit-restore-hint = Tout remettre comme entendu
file-options = Comment ce fichier est transcrit
file-again = Transcrire à nouveau
file-again-hint = Le nouveau texte remplace celui-ci et ses modifications
file-track = Piste audio
file-by-channel = Un locuteur par canal
file-by-channel-hint = Pour les enregistrements où chaque personne a son microphone et son canal
file-by-word = Temps des mots
file-by-word-hint = Chaque mot reçoit un temps dans les tableaux, les sous-titres web et le JSON. C’est un peu plus long.

## Messages and dialogs

banner-dismiss = Fermer le message
banner-dismiss-hint = Fermer
banner-less = Moins
banner-more = Plus
banner-more-count = { $count } de plus
banner-session-ended = Hark ne fonctionne plus à cause d’un défaut. Les enregistrements sont saufs sur le disque : fermer la fenêtre et la rouvrir.
dialog-missing = Ce système n’a pas de sélecteur de fichiers que Hark puisse ouvrir. Installer xdg-desktop-portal ou zenity ; d’ici là, déposer les fichiers ici ou utiliser la ligne de commande.
dialog-add-files = Ajouter des fichiers
dialog-audio-video = Audio et vidéo
dialog-all-files = Tous les fichiers
dialog-add-folders = Ajouter des dossiers
dialog-recording-folder = Enregistrer dans un autre dossier
dialog-save-all = Enregistrer toutes les transcriptions
dialog-model = Choisir un fichier de modèle
dialog-models = Modèles Whisper
dialog-save = Enregistrer la transcription
dialog-export = Exporter les dictées

## Formats of transcripts

format-txt = Texte brut (.txt)
format-md = Markdown (.md)
format-srt = Sous-titres (.srt)
format-vtt = Sous-titres web (.vtt)
format-csv = Tableau (.csv)
format-json = Tout, sous forme de données (.json)

## History

history-export-all = Tout exporter…
history-export-all-name = Tout exporter
history-file = Dictées
history-file-one = Dictée { $time }
history-nothing-found = Rien ne contient ces mots.
history-marked =
    { $count ->
        [one] 1 marquée
        *[other] { $count } marquées
    }
history-unmark = Tout démarquer
history-delete-marked = Supprimer les dictées marquées
history-export-marked = Exporter les dictées marquées
history-count =
    { $count ->
        [one] { $count } dictée
        *[other] { $count } dictées
    }
history-found = { $found } sur { $all }
history-empty = Aucune dictée ici
history-empty-everything = Ce qui est dicté est gardé ici : le texte et, pour un temps, l’enregistrement.
history-empty-texts = Ce qui est dicté est gardé ici : le texte, sans l’enregistrement.
history-empty-nothing = Rien de ce qui est dicté n’est gardé, comme choisi.
history-search = Chercher
history-search-name = Chercher dans l’historique
history-with-star = { $entry }, avec étoile
history-mark = Marquer : { $entry }
history-row = { $day } { $time } · { $length }
history-not-transcribed = N’a pas été transcrit : { $problem }.
history-no-text-detail = Cet enregistrement n’a pas encore de texte.
history-discarded = Écarté
history-no-text = Pas encore de texte
history-no-speech = Aucun mot entendu
history-unstar = Retirer l’étoile
history-star = Mettre une étoile
history-star-hint = Un enregistrement étoilé reste, quel que soit son âge
history-version = Version
history-final = Texte final
history-heard = Comme entendu
history-play = Lire
history-play-name = Lire l’enregistrement
history-play-gone = L’enregistrement n’est plus gardé
history-copy-name = Copier ce texte
history-save = Enregistrer…
history-save-name = Enregistrer ce texte
history-position = { $heard } sur { $all }
history-playing = Lecture
history-model-in-use = le modèle actuel
history-again-with = Nouvelle transcription avec { $model }
history-waits-for = En attente : { $model }
history-cancel-again = Annuler la nouvelle transcription
history-format = Format
history-retry = Refaire…
history-retry-hint = Transcrire à nouveau l’enregistrement. Le texte présent reste.
history-with-model-in-use = Avec le modèle actuel
history-keep = Ce qui est gardé
history-keep-title = De mes dictées, garder
history-keep-everything = Textes et enregistrements
history-keep-texts = Textes seulement
history-keep-nothing = Rien désormais
history-keep-days = Garder les enregistrements
history-keep-most = En garder au plus
history-days =
    { $days ->
        [one] 1 jour
        *[other] { $days } jours
    }
history-for-ever = Toujours
history-all = Tous
history-keep-about = Les textes restent jusqu’à leur suppression. Les enregistrements étoilés restent, tout comme ceux qui n’ont pas encore de texte. Tout se trouve uniquement sur cet ordinateur, et personne d’autre ne peut le lire.
day-today = Aujourd’hui
day-yesterday = Hier
day =
    { $weekday ->
        [1] lun.
        [2] mar.
        [3] mer.
        [4] jeu.
        [5] ven.
        [6] sam.
        *[7] dim.
    } { $day } { $month ->
        [1] janv.
        [2] févr.
        [3] mars
        [4] avr.
        [5] mai
        [6] juin
        [7] juil.
        [8] août
        [9] sept.
        [10] oct.
        [11] nov.
        *[12] déc.
    }
day-of-year = { $day } { $year }

## Models

models-tiny = Tiny
models-tiny-about = Pour les ordinateurs lents ; le moins exact.
models-base = Base
models-base-about = Rapide, et suffisant pour une parole claire.
models-small = Small
models-small-about = Un bon milieu pour la dictée.
models-medium = Medium
models-medium-about = Plus exact, bien plus lent.
models-turbo = Large v3 turbo
models-turbo-about = Presque aussi exact que Large, plusieurs fois plus rapide.
models-large = Large
models-large-about = Le plus exact et le plus lent.
models-elsewhere-hint = Utiliser un fichier de modèle situé ailleurs
models-suggested = Conseillé pour cet ordinateur
models-suggested-about = Le plus exact parmi ceux assez rapides pour le texte pendant la parole.
models-gauging = Leur vitesse ici est en cours d’estimation, couche par couche…
models-speeds = Les vitesses marquées ≈ sont estimées d’après des couches chronométrées sur cet ordinateur ; après le premier usage, elles sont mesurées.
models-every = Toutes les langues
models-english = Anglais seulement
models-others = Autres sur cet ordinateur
models-from = D’où ils viennent
models-from-about = Modèles Whisper d’OpenAI au format de whisper.cpp, sous licence MIT, tels que publiés sur huggingface.co/ggerganov/whisper.cpp. Chaque fichier est comparé à ses sommes de contrôle publiées.
models-kept-in = Ils sont gardés dans { $folder }.
models-no-download = Ce Hark a été construit sans téléchargement : y placer les fichiers à la main.
models-mirror = Miroir (facultatif)
models-mirror-name = Miroir
models-mirror-about = Une adresse d’où télécharger les modèles à la place. Un serveur mandataire est pris dans l’environnement (HTTPS_PROXY).
card-in-use = utilisé
card-memory = environ { $size } de mémoire
card-weights = poids { $kind }
card-checked = sommes de contrôle correctes
card-estimated = ≈ { $times } le temps réel, estimé
card-measured = { $times } le temps réel, mesuré
card-begun = { $size } sont déjà là
card-progress = { $done } sur { $all }
card-progress-name = Téléchargement de { $model }
card-broken = Inutilisable : { $problem }.
card-keep = Garder
card-really-delete = Vraiment supprimer { $model }
card-use = Utiliser
card-continue = Continuer
card-download = Télécharger
card-delete-hint = Supprimer le fichier
card-action = { $action } { $model }

## Settings

settings-speech = Parole
settings-speech-about = Ce que Hark doit savoir de la façon de parler. Cela vaut aussi pour les fichiers.
settings-languages = Langues parlées
settings-languages-about = Jusqu’à quatre. Hark trouve laquelle il entend et s’y tient dès que c’est clair. Sans choix, il écoute toutes celles que le modèle connaît.
settings-language-add = Ajouter une langue
settings-language-remove = Retirer { $language }
settings-words = Mots difficiles à écrire
settings-words-hint = Noms, produits, abréviations
settings-words-about = Le modèle les voit avant d’écouter et les écrit ainsi. Il voit environ 150 mots, et aucun là où rien n’est dit.
settings-model-about = Ce que le modèle prend à cet ordinateur. Son choix se fait en haut.
settings-unload = Le retirer de la mémoire
settings-unload-after =
    { $minutes ->
        [1] Après une minute sans travail
        [30] Après une demi-heure sans travail
        [60] Après une heure sans travail
        *[other] Après { $minutes } minutes sans travail
    }
settings-unload-about = Il est rechargé à la dictée ou à l’ajout d’un fichier, pendant que l’on parle déjà.
settings-npu = NPU d’AMD
settings-npu-auto = Utilisée là où elle sert mieux
settings-npu-off = Jamais utilisée
settings-npu-about = Là où il n’y en a pas, ou si elle ne marche pas, le CPU fait tout. La page « Diagnostic » dit pourquoi.
settings-window = Fenêtre
settings-window-about = L’aspect de Hark. Rien n’y bouge tout seul.
settings-tongue = Langue de la fenêtre
settings-tongue-system = Comme le bureau ({ $language })
settings-tongue-about = Elle change ce que Hark affiche, non ce qu’il écoute. Les commandes et le détail des erreurs restent en anglais.
settings-colours = Couleurs
settings-theme-system = Comme le bureau
settings-theme-light = Clair
settings-theme-dark = Sombre
settings-size = Taille de l’ensemble
settings-start = Démarrage
settings-start-about = Pour que Hark soit là quand il faut.
settings-autostart = À l’ouverture de session
settings-autostart-off = Non
settings-autostart-window = Oui, avec la fenêtre
settings-autostart-tray = Oui, en icône dans le tableau de bord
settings-autostart-about = Là où le tableau de bord n’accepte pas d’icônes, la fenêtre s’ouvre quand même après un moment.
settings-programs = Autres programmes
settings-programs-about = Éditeurs, scripts ou domotique peuvent faire écrire par Hark ce qui a été dit.
settings-programs-offer = Fournir des textes aux programmes de cet ordinateur
settings-programs-offer-about = Ils demandent comme au service vocal d’OpenAI ; n’importe quelle clé convient. Seul cet ordinateur reçoit des réponses, et seulement tant que Hark tourne. Vos dictées passent d’abord, et rien de ce qu’ils envoient n’est gardé.
settings-programs-address = Adresse
settings-programs-copy = Copier l’adresse
settings-programs-port = Port
settings-programs-port-about = S’il change, il faut l’indiquer aux programmes.
programs-off = Non proposé
programs-opening = Ouverture…
programs-ready = Le modèle { $model } répond.
programs-loading = Le modèle { $model } est en cours de chargement. Un programme qui demande maintenant attend qu’il soit prêt.
programs-resting = Le modèle { $model } sera rechargé dès qu’un programme demande.
programs-demo = Les programmes ne reçoivent pas encore de texte : il n’y a que le modèle de démo, qui ne comprend que ses propres extraits. Choisissez un modèle à la page « Modèles ».
programs-no-model = Les programmes ne reçoivent pas de texte : le modèle est inutilisable. Choisissez-en un autre.
programs-taken = Les programmes ne reçoivent pas de texte : le port { $port } appartient à un autre programme. Fermez celui-ci et réessayez, ou choisissez un autre port.
programs-refused = Les programmes ne reçoivent pas de texte : impossible d’ouvrir le port { $port } ({ $why }). Choisissez-en un autre.
settings-more = Autres choix
settings-more-about = Ce qui relève d’une page s’y trouve.
settings-more-anywhere = Touches, insertion, presse-papiers, règles de texte, signe, icône, sons
settings-more-models = Télécharger et supprimer ; un miroir pour cela
settings-more-history = Ce qui est gardé des dictées, et combien de temps
settings-go-to = Aller à { $page }

## Dictate anywhere

insertion = Insertion et presse-papiers
insertion-about = Ce qui est dicté par une touche ou une commande peut aller dans l’application qui avait alors le focus. Si le focus a changé entre-temps, rien n’est inséré : le dernier texte peut être collé par une touche à part.
insertion-on = Insérer le texte dans l’application qui a le focus
insertion-space = Une espace après chaque texte
insertion-enter = Entrée après chaque texte
insertion-line-breaks = Garder les sauts de ligne dans les terminaux, où ils peuvent exécuter ce qui les précède
insertion-typed-here = Sur ce bureau, le texte est tapé, quel que soit le raccourci de collage d’une application ; seuls « ne rien insérer » et le choix du presse-papiers changent quelque chose.
insertion-never-here = Ce bureau ne laisse Hark ni voir quelle application a le focus, ni y presser des touches : le texte va dans le presse-papiers, à coller à la main.
clipboard = Presse-papiers
clipboard-name = Ce que devient le presse-papiers
clipboard-copy = Chaque texte y est mis et y reste
clipboard-restore = Pour l’insertion seulement ; puis l’ancien contenu revient
clipboard-never = Jamais touché
apps = Applications qui demandent autre chose
apps-about = Par la classe ou l’identifiant de leurs fenêtres. Les terminaux reçoivent Ctrl+Maj+V d’eux-mêmes.
apps-name = Application { $number }
apps-class = classe de fenêtre
apps-way = Manière de l’application { $number }
apps-remove = Retirer l’application { $number }
apps-add = Ajouter une application
way-ctrl-v = coller par Ctrl+V
way-ctrl-shift-v = coller par Ctrl+Maj+V
way-shift-insert = coller par Maj+Inser
way-type = taper
way-never = ne rien insérer
desktop-lines-about = Là où le bureau ne donne pas de touches aux applications, ses propres réglages peuvent lancer les commandes de Hark.
desktop-lines-none = Lignes à coller : aucune
desktop-lines = Lignes pour le bureau
filter = 4  Programme de filtrage
filter-name = Programme de filtrage
filter-about = Un programme à soi qui reçoit le texte sur son entrée standard et affiche ce qui est remis. Il a cinq secondes ; s’il échoue, le texte reste tel quel, et Hark le dit.
filter-on = Lancer ce programme sur chaque texte
filter-hint = programme et arguments, par exemple sed s/oeuvre/œuvre/g
filter-unclosed = Un guillemet n’est pas fermé ; d’ici là, la ligne reste comme avant.
filter-unnamed = Aucun programme n’est indiqué.
indicator = Indicateur et sons
indicator-about = Ce qui montre, dans une autre application, que Hark écoute, écrit ou a échoué.
indicator-overlay = Un petit signe par-dessus l’application, qui ne prend jamais le focus
indicator-tray = Une icône dans le tableau de bord
indicator-stay = Fermer la fenêtre y laisse tourner Hark
indicator-notifications = Une notification en cas d’échec, ou quand les fichiers sont terminés
indicator-sounds = Un bref son quand on peut parler, et un autre à la fin
indicator-sounds-about = Ce qui est dit avant la fin du premier n’est pas enregistré, le son non plus.
indicator-lower = Baisser les autres sons pendant la dictée
keys = Touches
keys-about = Touches qui démarrent et arrêtent la dictée quand une autre application a le focus. En écrire une, comme F9, Ctrl+Alt+Space, Pause ou Right Ctrl, ou la presser.
keys-key = Touche
keys-key-name = Touche { $number }
keys-action-name = Action { $number }
keys-remove = Retirer la touche { $number }
keys-add = Ajouter une touche
keys-press = Presser…
keys-press-now = La presser
keys-press-name = Presser la touche { $number }
keys-longest-hold = Une touche maintenue compte comme relâchée après
keys-longest-hold-name = Maintien maximal
keys-next-language = « Langue suivante » parcourt
keys-languages = Langues
keys-languages-hint = par exemple fr, en
keys-language-name = Langue { $number }
keys-language = langue
keys-translate = vers l’anglais
keys-enter = puis Entrée
keys-unneeded = Aucune touche n’est liée.
keys-x11 =
    { $count ->
        [one] Une touche liée
        *[other] { $count } touches liées
    } sous X11.
keys-portal-none = Le portail du bureau n’a lié aucune touche.
keys-portal = Par le portail du bureau : { $keys }.
keys-asking = Le bureau demande quelles touches lier.
action-toggle = Démarrer et arrêter
action-hold = Maintenir pour parler
action-paste-last = Coller le dernier texte
action-next-language = Langue suivante
preview = Essayer
preview-text = Texte à essayer
preview-text-hint = Taper ce que Hark pourrait entendre
preview-last = Prendre la dernière dictée
preview-language = Langue à essayer
preview-beginning = Seul le début est essayé ici.
preview-after =
    Après { $rule ->
        [spoken-commands] les commandes vocales
        [replacements] les remplacements
        *[fillers] les mots de remplissage
    }
preview-unchanged = Les règles ne changent rien à ce texte.
preview-filter-runs = Le filtre tourne…
preview-filter-after = Après le programme de filtrage
preview-filter-none = Le programme de filtrage n’a rien à faire.
preview-filter-run = Lancer le filtre une fois
replacements = 2  Remplacements
replacements-about = Des mots entiers, plusieurs graphies à raison d’une par ligne. Tout se fait en une passe, les plus longs d’abord, et ce qui a été écrit n’est pas remplacé à nouveau. Un motif est une expression régulière ; $1 est ce que son premier groupe a trouvé.
replacements-heard = entendu
replacements-heard-name = Entendu { $number }
replacements-written = écrit
replacements-written-name = Écrit { $number }
replacements-kind-name = Genre { $number }
replacements-remove = Retirer le remplacement { $number }
replacements-add = Ajouter un remplacement
replacements-any-case = mots
replacements-exact-case = mots, casse exacte
replacements-pattern = motif
rules = Règles de texte
rules-about = Ce qui est fait d’un texte avant sa remise, dans cet ordre. L’enregistrement garde ce qui a été dit.
commands = 1  Commandes vocales
commands-on = Obéir à « new line », « comma », etc.
commands-about = En anglais et en allemand seulement : new line, new paragraph, comma, full stop ou period, question mark, colon, open et close quote, open et close bracket, hyphen, dash… Derrière un article (« a comma »), ce sont des mots.
fillers = 3  Mots de remplissage
fillers-on = Laisser de côté « euh », etc.
fillers-name = Mots de remplissage
fillers-language = Langue des mots de remplissage
fillers-none = aucun
fillers-built-in = Mots de remplissage d’origine
fillers-built-in-hint = Revenir aux mots d’origine

## Doctor

doctor-benchmark-hint = La vitesse de cet ordinateur
doctor-looking = Examen…
doctor-failed = Les vérifications n’ont pas pu être faites. `hark doctor` dans un terminal les fait aussi.
doctor-again = Revérifier
doctor-copy = Copier
doctor-copy-hint = Tout cela sous forme de texte, en anglais, sans dossiers et sans noms
doctor-ok = en ordre
doctor-warn = à regarder
doctor-fail = ne marche pas
doctor-mark = { $check } : { $state }
doctor-engine = Moteur
doctor-engine-since = Depuis le démarrage de Hark
doctor-half = la moitié en
doctor-p95 = 95 sur 100
doctor-p99 = 99 sur 100
doctor-times = nombre
doctor-read = Lire jusqu’à 8 s
doctor-mel = Leur spectrogramme
doctor-encode = Encoder une fenêtre
doctor-cross = Ses clés et valeurs
doctor-step = Pas du décodeur
doctor-queue = Attente de la première fenêtre
doctor-job = Un enregistrement entier
doctor-speed = Pendant le travail
doctor-speed-value = { $windows } fenêtres, { $audio } s de son par seconde
doctor-batch = Fenêtres par pas
doctor-batch-value = { $count } en moyenne
doctor-encoder = Encodeur
doctor-encoder-value = occupé { $share } % du temps, { $layers } couches
doctor-retried = Nouveaux essais
doctor-recordings = Enregistrements
doctor-done = terminés : { $count }
doctor-under-way = en cours : { $count }
doctor-cancelled = annulés : { $count }
doctor-broken = échoués : { $count }
doctor-refused = refusés : { $count }

## Benchmark

benchmark-dictations = Vos dictées
benchmark-encoder = Qui encode
benchmark-cancel = Annuler la mesure
benchmark-measure = Mesurer
benchmark-measure-hint = Prend environ une demi-minute, plus longtemps pour les grands modèles
benchmark-measuring = Mesure en cours… Une dictée passe avant, et y met fin.
benchmark-gave-way = La mesure a cédé la place à une dictée.
benchmark-failed = Le modèle n’a pas pu être mesuré : { $why }.
benchmark-about = À quelle vitesse le modèle actuel change 30 s de son en texte, étape par étape. Rien n’est mesuré sans demande.
benchmark-no-speed = pas de vitesse
benchmark-model = { $model } : { $speed }
benchmark-window = { $with } ; une fenêtre de 30 s prend { $time }
benchmark-spread = les passes tiennent dans { $time }
benchmark-power = Une minute de son coûte { $joules } J au boîtier du CPU.
benchmark-no-power = Cet ordinateur ne dit pas l’énergie qu’il consomme, ou ne la dit qu’aux administrateurs.
benchmark-no-dictations = De l’arrêt au texte final, une barre par dictée : elles apparaissent après la première.
benchmark-summary =
    De l’arrêt au texte final : { $median } à la médiane, { $longest } au plus, sur { $count ->
        [one] une dictée
        *[other] { $count } dictées
    }

## What speaks for the badge

npu-unknown = Cet ordinateur n’a pas de NPU connue de Hark ; tout tourne sur le CPU.
npu-use = Utiliser la NPU
npu-use-auto = Là où elle sert mieux
npu-to-doctor = Ce qu’a cet ordinateur
npu-off = La NPU est désactivée ; le CPU encode.
npu-none = Il n’y a pas de NPU ; le CPU encode.
npu-opening = La NPU est en cours d’ouverture ; le CPU encode en attendant.
npu-reopening = La NPU a échoué et est en cours de réouverture ; le CPU encode en attendant.
npu-failed = Le CPU encode : { $message }.
npu-stuck = Le pilote retient un processus qui utilisait la NPU, et seul un redémarrage de l’ordinateur y remédie. Le CPU encode ; enregistrements et textes sont saufs.
npu-encodes =
    { $who ->
        [npu] La NPU
        *[cpu] Le CPU
    } encode : { $why }.
npu-device = Appareil
npu-kind = C’est
npu-simulated = un simulateur, pour les tests
npu-fake = une doublure qui calcule sur le CPU, pour les tests
npu-loaded = 30 s, au chargement
npu-lately = 30 s, récemment
npu-first-block = Premier bloc
npu-whole = Encodeur entier
npu-on-device = Sur l’appareil
npu-windows =
    { $count ->
        [one] 1 fenêtre
        *[other] { $count } fenêtres
    }, { $each } ms chacune selon son propre compte
npu-commands = Commandes
npu-commands-done = { $count } achevées
npu-memory = Mémoire
npu-buffers = { $count } tampons de { $size } Mo, { $moved } Mo déplacés
npu-vigil = Pendant le travail
npu-vigil-blocks =
    { $count ->
        [one] 1 bloc comparé
        *[other] { $count } blocs comparés
    } ({ $each } ms chacun), le dernier { $last }
npu-wrong = Trouvé faux
npu-wrong-windows =
    { $count ->
        [one] 1 fenêtre recalculée
        *[other] { $count } fenêtres recalculées
    } sur le CPU
npu-opened-again = Rouverte
npu-once = une fois, après une faute
npu-not-known = inconnu
npu-pair = CPU { $cpu }, NPU { $npu }
npu-check =
    { $outcome ->
        [right] comme sur le CPU
        *[wrong] faux
    } : erreur { $error } (limite { $limit }), maximum { $largest }
npu-last-change = Dernier changement : de « { $from } » à « { $to } ». Raison : { $reason }.

## The icon in the panel, and notifications

tray-ready = Hark est prêt
tray-recording = Hark enregistre
tray-finishing = Hark produit le texte
tray-start = Démarrer la dictée
tray-stop = Arrêter la dictée
tray-paste = Coller le dernier texte
tray-show = Afficher la fenêtre
tray-quit = Quitter
notice-show = Afficher
notice-done =
    { $count ->
        [one] Un fichier transcrit
        *[other] { $count } fichiers transcrits
    }.
notice-failed =
    { $count ->
        [one] Un fichier n’a pas pu être transcrit
        *[other] { $count } fichiers n’ont pas pu être transcrits
    }.
notice-some-failed =
    { $count ->
        [one] Un fichier transcrit
        *[other] { $count } fichiers transcrits
    }, { $failed } en échec.
sign-no-speech = Aucune parole
sign-inserted = Inséré
sign-copied = Copié

## Messages of the session

do-use = L’utiliser
do-undo = Annuler
do-go-on = Continuer
do-transcribe = Transcrire
do-transcribe-anyway = Transcrire quand même
do-other-folder = Autre dossier…
say-autostart-failed = Hark ne peut pas démarrer de lui-même : { $why }.
say-not-copied = Le texte n’a pas pu être copié : { $why }.
say-not-pasted = Le texte n’a pas pu être inséré : { $why }.
say-saved = Enregistré : { $path }.
say-not-saved = { $path } n’a pas pu être enregistré : { $why }.
say-added =
    { $count ->
        [one] Un fichier a été ajouté.
        *[other] { $count } fichiers ont été ajoutés.
    }
say-no-audio-in = Il n’y a aucun fichier audio dans { $folder }.
say-no-audio-in-more = Il n’y a aucun fichier audio dans { $folder } et { $count } de plus.
say-left-out =
    { $count ->
        [one] Un autre fichier n’est ni audio ni vidéo et a été laissé de côté.
        *[other] { $count } autres fichiers ne sont ni audio ni vidéo et ont été laissés de côté.
    }
say-closed = Impossible d’ouvrir { $folder }.
say-closed-more =
    { $count ->
        [one] Impossible d’ouvrir { $folder } et un autre dossier.
        *[other] Impossible d’ouvrir { $folder } et { $count } autres dossiers.
    }
say-nothing-recorded = Rien n’a été enregistré : { $why }.
say-not-started = Rien n’a été démarré : le dernier enregistrement est encore en cours de finalisation.
model-demo = Démo (intégrée)
model-with-size = { $name } ({ $size })
say-paste-last = `hark paste-last`, ou sa touche, l’insère là où se trouve alors le focus.
say-not-inserted = Le texte n’a pas été inséré : { $why }.
say-on-clipboard = Le texte est dans le presse-papiers.
say-never-copied = Le texte d’une dictée n’est jamais arrivé dans le presse-papiers ({ $why }).
outcome-inserted-but = inséré, mais : { $problem }
outcome-copied-but = copié, mais : { $problem }
outcome-copied-instead = copié, non inséré : { $why }
outcome-not-inserted = non inséré : { $why }
outcome-no-model = gardé sans texte : choisir un modèle
say-model-here = Le modèle { $model } est là.
say-model-failed = { $model } : { $why }.
say-microphone-lost = Le microphone a disparu ({ $why }). Ce qui était enregistré jusque-là est gardé.
say-no-text = Il n’y a pas de texte : { $why }. L’enregistrement est gardé.
say-not-on-clipboard = Le texte n’a pas pu être mis dans le presse-papiers ({ $why }). Il est ici dans la fenêtre.
say-disk-trouble = L’enregistrement ne peut pas être écrit ({ $why }). Il continue en mémoire, dix minutes au plus.
say-memory-full = L’enregistrement s’est arrêté après dix minutes en mémoire : aucun disque ne l’acceptait. Ce qui a été dit jusque-là est gardé.
say-moved = L’enregistrement continue dans { $folder }.
say-microphone-dead = le microphone n’a pas démarré ({ $why }) ; vérifier qu’il est branché et allumé, ou en choisir un autre
say-no-sound-yet = Rien n’a été enregistré : le microphone ne donnait pas encore de son.
say-beginning-lost = Le disque ne rend pas le début de l’enregistrement ({ $why }). Les dernières { $length } sont dans { $path }.
say-only-memory = Aucun disque n’accepte tout l’enregistrement ({ $length }). Le début est dans { $path }, le tout en mémoire jusqu’à la fin de Hark.
say-saved-elsewhere = L’enregistrement a été sauvé sous { $path }.
say-silent = { $device } ne donne que du silence. Est-il éteint ou coupé ?
say-silent-every = { $channel } de { $device } est silencieux, et tous les autres aussi. Est-il éteint ou coupé ?
say-silent-channel = { $channel } de { $device } est silencieux. Est-il éteint ou coupé, ou un autre canal a-t-il le son ?
say-only-sound = Aucune parole trouvée, mais il y avait du son.
say-no-words = Quelque chose a été dit, mais le modèle n’y a trouvé aucun mot.
say-too-short = C’était trop court pour un mot.
say-gaps-disk = { $seconds } s n’ont pas été enregistrées : le disque était trop lent.
say-gaps-moment =
    Le système de son a perdu un instant { $times ->
        [one] une fois
        *[other] { $times } fois
    } : la machine était occupée.
say-gaps-slips =
    Le système de son a perdu { $seconds } s de son, { $times ->
        [one] une fois
        *[other] { $times } fois
    } : la machine était occupée.
say-text-unreadable = Son texte a été gardé, mais est illisible : { $why }. Il peut être transcrit à nouveau.
say-damaged = { $file } est endommagé : { $damage }.
say-list-not-kept = La liste des fichiers ne peut pas être gardée pour le prochain démarrage : { $why }.
say-interrupted =
    { $count ->
        [one] Un fichier n’était pas transcrit
        *[other] { $count } fichiers n’étaient pas transcrits
    } à la fin de Hark.
say-history-not-written = L’historique ne peut pas être écrit : { $why }.
say-no-playback = L’enregistrement ne peut pas être lu : le haut-parleur ne répond pas.
say-deleted =
    { $count ->
        [one] Supprimé de l’historique.
        *[other] { $count } entrées supprimées de l’historique.
    }
say-clip-unreadable = L’extrait fourni est illisible : { $why }.
say-clip-no-text = L’extrait fourni n’a pas de texte : { $why }.
say-model-unloadable = Le modèle { $model } ne peut pas être chargé : { $why }.
say-demo-only = Le modèle de démo intégré ne comprend que ses propres extraits de synthèse.
say-no-other-language = Il n’y a pas d’autre langue à laquelle passer ; en choisir plusieurs sous « Dicter partout ».
say-kept =
    { $count ->
        [one] Enregistrement gardé
        *[other] { $count } enregistrements gardés
    } ({ $length }).
say-discarded = Enregistrement écarté ({ $length }).
say-discarded-slip = Enregistrement de moins d’une seconde écarté.
say-recovered =
    { $count ->
        [one] Enregistrement retrouvé : { $length }.
        *[other] { $count } enregistrements retrouvés, { $length } au total.
    }
say-unrepaired =
    { $count ->
        [one] Un enregistrement d’une session précédente est illisible et reste tel quel : { $paths }
        *[other] { $count } enregistrements de sessions précédentes sont illisibles et restent tels quels : { $paths }
    }
say-not-transcribed-again = L’enregistrement n’a pas été transcrit à nouveau : { $why }.
say-saved-all =
    { $count ->
        [one] Une transcription enregistrée
        *[other] { $count } transcriptions enregistrées
    } dans { $folder }.
say-not-all-saved = Toutes n’ont pas pu être enregistrées : { $problem }.
say-held-too-long = { $key } a été maintenue aussi longtemps que permis ; l’enregistrement est terminé.
say-settings-not-saved = Les paramètres ne peuvent pas être enregistrés : { $why }. Ils valent jusqu’à la fin de Hark.
say-nothing-to-save = Il n’y a pas encore de transcription terminée à enregistrer.
say-transcript-not-saved = La transcription n’a pas pu être enregistrée : { $why }.

## Names of spoken languages, by their codes

language-name =
    { $code ->
        [en] Anglais
        [zh] Chinois
        [de] Allemand
        [es] Espagnol
        [ru] Russe
        [ko] Coréen
        [fr] Français
        [ja] Japonais
        [pt] Portugais
        [tr] Turc
        [pl] Polonais
        [ca] Catalan
        [nl] Néerlandais
        [ar] Arabe
        [sv] Suédois
        [it] Italien
        [id] Indonésien
        [hi] Hindi
        [fi] Finnois
        [vi] Vietnamien
        [he] Hébreu
        [uk] Ukrainien
        [el] Grec
        [ms] Malais
        [cs] Tchèque
        [ro] Roumain
        [da] Danois
        [hu] Hongrois
        [ta] Tamoul
        [no] Norvégien
        [th] Thaï
        [ur] Ourdou
        [hr] Croate
        [bg] Bulgare
        [lt] Lituanien
        [la] Latin
        [mi] Maori
        [ml] Malayalam
        [cy] Gallois
        [sk] Slovaque
        [te] Télougou
        [fa] Persan
        [lv] Letton
        [bn] Bengali
        [sr] Serbe
        [az] Azéri
        [sl] Slovène
        [kn] Kannada
        [et] Estonien
        [mk] Macédonien
        [br] Breton
        [eu] Basque
        [is] Islandais
        [hy] Arménien
        [ne] Népalais
        [mn] Mongol
        [bs] Bosnien
        [kk] Kazakh
        [sq] Albanais
        [sw] Swahili
        [gl] Galicien
        [mr] Marathi
        [pa] Pendjabi
        [si] Cingalais
        [km] Khmer
        [sn] Shona
        [yo] Yoruba
        [so] Somali
        [af] Afrikaans
        [oc] Occitan
        [ka] Géorgien
        [be] Biélorusse
        [tg] Tadjik
        [sd] Sindhi
        [gu] Goudjarati
        [am] Amharique
        [yi] Yiddish
        [lo] Lao
        [uz] Ouzbek
        [fo] Féroïen
        [ht] Créole haïtien
        [ps] Pachto
        [tk] Turkmène
        [nn] Nynorsk
        [mt] Maltais
        [sa] Sanskrit
        [lb] Luxembourgeois
        [my] Birman
        [bo] Tibétain
        [tl] Tagalog
        [mg] Malgache
        [as] Assamais
        [tt] Tatar
        [haw] Hawaïen
        [ln] Lingala
        [ha] Haoussa
        [ba] Bachkir
        [jw] Javanais
        [su] Soundanais
        [yue] Cantonais
        *[other] { $code }
    }

## Names that other parts have for what they do

doctor-name =
    { $check ->
        [cores] Cœurs
        [cpu] CPU
        [data] Données
        [display] Affichage
        [indicator] Indicateur
        [insertion] Insertion
        [kernels] Noyaux de calcul
        [keys] Touches
        [memory] Mémoire
        [microphone] Microphone
        [models] Modèles
        [npu] NPU
        [precision] Précision
        [tried-out] Essai
        *[other] { $check }
    }
stage-spectrogram = Spectrogramme
stage-encoder = Encodeur
stage-cross = Clés et valeurs
stage-decoder = Décodeur, { $tokens } jetons
stage-threads =
    { $count ->
        [one] 1 fil
        *[other] { $count } fils
    }
npu-why-faster = la NPU est plus rapide que le CPU ici
npu-why-spares-battery = la NPU ménage la batterie
npu-why-forced = un test a choisi la NPU
npu-why-slower = le CPU est plus rapide que la NPU ici
npu-why-far-slower = la NPU prend plus du double du temps du CPU, même si elle ménage la batterie
npu-why-switched-off = la NPU est désactivée
npu-why-not-there = la NPU est inutilisable
npu-why-not-measured = la vitesse de la NPU n’est pas encore connue
