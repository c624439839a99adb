# Deutsch. Schlüssel und Argumente wie in en.ftl.

## Numbers and what many texts share

decimal-mark = ,
back = Zurück
back-to-text = Zurück zum Text
cancel = Abbrechen
copy = Kopieren
delete = Löschen
remove = Entfernen
try-again = Erneut versuchen
never = Nie
size-gb = { $amount } GB
size-mb = { $amount } MB
size-kb = { $amount } kB
size-b = { $amount } B
milliseconds = { $amount } ms
seconds = { $amount } s
percent = { $amount } %
two-facts = { $one }, { $other }

## Names of pages

page-anywhere = Überall diktieren
page-benchmark = Messung
page-doctor = Diagnose
page-files = Dateien
page-history = Verlauf
page-models = Modelle
page-settings = Einstellungen

## The strip at the top

strip-add-files = Dateien …
strip-add-files-hint = Audiodateien transkribieren. Sie lassen sich auch hierher ziehen.
strip-files-hint = Dateien und ihre Transkripte
strip-anywhere-hint = In andere Programme diktieren: Tasten, Einfügen, Textregeln
strip-models-hint = Modelle herunterladen, auswählen und löschen
strip-doctor-hint = Was dieser Computer für Hark mitbringt und was ihm fehlt
strip-settings-hint = Sprachen, Wörter, Speicher, Farben, Start (Strg+,)
strip-history-hint = Frühere Diktate (Strg+H)
badge-no-model = Kein Modell
badge-no-model-detail = Kein Modell ist geladen
badge-loading = Lädt …
badge-loading-detail = { $model } wird geladen
badge-resting = Ruht
badge-resting-detail = { $model } wurde aus dem Speicher entfernt und wird bei Bedarf wieder geladen
badge-runs =
    { $model } läuft auf der { $backend } ({ $threads ->
        [one] 1 Thread
        *[other] { $threads } Threads
    }, { $precision })
badge-failed = Modellfehler
badge-name = Engine: { $state }
badge-menu = Was hinter der Anzeige steht
precision-unproven = { $precision }, noch ungeprüft
model-list = Modell
model-choose = Modell wählen
model-more = Weitere Modelle …
model-other-file = Andere Modelldatei …
model-where = Hark sucht Whisper-Modelle in { $folder }. Eine Datei von whisper.cpp, die dort liegt, zum Beispiel ggml-base.en.bin, erscheint in der Liste der Modelle; oder eine Datei von anderswo auswählen.
model-folder-unknown = seinem Modellordner
microphone-list = Mikrofon
microphone-default = Systemvorgabe
microphone-channel-heard = Der Kanal mit Sprache ({ $channel })
microphone-channel-speech = Der Kanal mit Sprache
microphone-channel-only = Nur { $channel }
microphone-next-recording = Eine Wahl gilt ab der nächsten Aufnahme.
microphone-open = offen
microphone-open-name = Mikrofon offen
microphone-stays-open = Das Mikrofon bleibt drei Sekunden lang offen, damit die nächste Aufnahme sofort beginnt. Davon wird nichts behalten, außer bei einer Aufnahme: dann die letzte halbe Sekunde.
microphone-level = Mikrofonpegel
microphone-level-of = Pegel: { $channel }
channel = Kanal { $number }
channel-left = Kanal { $number } (links)
channel-right = Kanal { $number } (rechts)
list-choice = { $list }: { $choice }

## The bar at the bottom

record = Aufnehmen
record-hint = Die Leertaste startet und stoppt
record-opening = Mikrofon öffnet …
record-stop = Stopp · { $time }
record-stop-hint = Stoppen und transkribieren (Leertaste)
record-finishing = Wird fertig …
record-cancel-hint = Es entsteht kein Text; die Aufnahme bleibt erhalten (Esc)
save-as = Speichern als …
save-as-menu = Speichern als
copy-hint = Text in die Zwischenablage kopieren
name-dictation = Diktat
name-demo = Demo
name-transcript = Transkript
speed-menu = Tempo und Wartezeiten
speed-real-time = { $times } Echtzeit
speed-slower = langsamer als Echtzeit ({ $times })
speed-detail = { $audio } Sprache dauerten { $processing } (RTF { $rtf })
latency-none = Wartezeiten erscheinen nach dem ersten Diktat.
latency-last = zuletzt
latency-median = Median
latency-p95 = 95 von 100
latency-microphone = Klick bis Mikrofon offen
latency-first-sound = Klick bis erster Ton
latency-first-text = Sprache bis erster Text
latency-final-text = Stopp bis fertiger Text
latency-clipboard = Text bis Zwischenablage
latency-dictations =
    { $count ->
        [one] Ein Diktat seit dem Start von Hark
        *[other] Die letzten { $count } Diktate
    }

## Text while somebody speaks

live-text = Text während des Sprechens
live-text-always = Immer
live-text-mains = Nicht im Akkubetrieb
live-text-never = Nie: nur der fertige Text

## Times that are left

left-seconds = noch { $seconds } s
left-minutes = noch { $minutes } min
left-hours = noch { $hours } h { $minutes } min

## Files

files-add-folder = Ordner …
files-add-folder-hint = Alle Audiodateien eines Ordners transkribieren
files-save-all = Alle speichern …
files-save-all-hint = Alle Transkripte in einem Ordner speichern. Dort wird nichts ersetzt.
files-save-all-menu = Alle speichern als
files-options = Wie Dateien transkribiert werden
files-options-for = Für wartende und neue Dateien
files-done = { $done } von { $all } fertig
files-failed = { $count } fehlgeschlagen
files-left = { $left } für alle
files-together = { $files } Dateien · zusammen { $speed }
files-together-hint = Dateien, die gleichzeitig transkribiert werden, teilen sich die Rechenleistung. Jede zeigt ihren Anteil.
files-hide = Liste ausblenden
files-hide-hint = Liste ausblenden. Die Dateien laufen weiter.
files-cancel-all = Alle abbrechen
files-cancel-all-name = Alle Dateien abbrechen
files-retry = Wiederholen
files-action = { $action }: { $file }
file-waiting = Wartet
file-done = Fertig
file-edited = { $state } · bearbeitet
file-cancelled = Abgebrochen
file-not-yet = Noch nicht transkribiert
drop-here = Zum Transkribieren loslassen
drop-items =
    { $count ->
        [one] 1 Element
        *[other] { $count } Elemente
    }

## The transcript

transcript-progress = Transkription
transcript-no-speech = Keine Wörter gehört.
transcript-no-speech-detail = In dieser Aufnahme waren keine Wörter zu erkennen.
transcript-clip = Der Clip wird transkribiert …
transcript-model-failed = { $model } konnte nicht geladen werden
transcript-choose-model = Oben ein anderes Modell wählen.
transcript-arming = Hört noch nicht zu …
transcript-listening = Hört zu
transcript-listening-detail = Alles Gesagte wird sofort gesichert.
transcript-writing = { $time } Sprache werden geschrieben …
transcript-delivering = Der Text wird übergeben …
transcript-demo = Mitgelieferter Clip
transcript-demo-note = Demomodell, mit künstlicher Sprache trainiert: keine allgemeine Erkennung
transcript-file-changed = Die Datei wurde seitdem geändert oder ist weg
transcript-back = Zurück zum Diktat
transcript-welcome = Leertaste drücken und sprechen
transcript-welcome-detail = Oder Audiodateien und Ordner hierher ziehen. Alles bleibt auf diesem Computer.
transcript-try-demo = Demo ausprobieren: mitgelieferten Clip transkribieren
transcript-demo-only = Bisher ist nur das Demomodell da. Es wurde mit künstlicher Sprache trainiert, um zu zeigen, wie Hark arbeitet. Echte Stimmen versteht es nicht.
transcript-get-model = Modell für die eigene Stimme laden …
transcript-get-model-note = Was vorher aufgenommen wird, bleibt erhalten und wartet darauf.
transcript-waiting = Wartet, bis sie an der Reihe ist
transcript-running = Wird transkribiert …
transcript-file-failed = Diese Datei konnte nicht transkribiert werden
transcript-interrupted = Hark wurde beendet, bevor diese Datei an der Reihe war.
segment-text = Text von Abschnitt { $number }
segment-span = { $start } bis { $end }
segment-play = Ab { $start } abspielen
segment-play-hint = { $span }. Klicken, um ab hier abzuspielen.
live-behind = Der Text ist { $seconds } s hinterher. Nichts geht verloren.
find = Im Text suchen
find-open = Im Text suchen …
find-open-hint = Im Text suchen (Strg+F)
find-nothing = Nicht gefunden
find-count = { $current } von { $many }
find-previous = Vorheriger Treffer
find-previous-hint = Vorheriger (Umschalt+Eingabe)
find-next = Nächster Treffer
find-next-hint = Nächster (Eingabe)
find-close = Suche schließen
find-close-hint = Schließen (Esc)
play-stop = Stopp
play-stop-name = Wiedergabe stoppen
edit = Text bearbeiten
edit-hint = Text bearbeiten. Das Original lässt sich wiederherstellen.
edit-done = Fertig
edit-done-name = Bearbeitung abschließen
edit-restore = Wiederherstellen
edit-restore-name = Ursprünglichen Text wiederherstellen
edit-restore-hint = Alles wieder so, wie es gehört wurde
file-options = Wie diese Datei transkribiert wird
file-again = Erneut transkribieren
file-again-hint = Der neue Text ersetzt diesen samt Änderungen
file-track = Tonspur
file-by-channel = Eine Person pro Kanal
file-by-channel-hint = Für Aufnahmen, in denen jede Person ein eigenes Mikrofon und einen eigenen Kanal hat
file-by-word = Zeiten der Wörter
file-by-word-hint = Jedes Wort bekommt eine Zeit in Tabellen, Web-Untertiteln und JSON. Das dauert etwas länger.

## Messages and dialogs

banner-dismiss = Meldung schließen
banner-dismiss-hint = Schließen
banner-less = Weniger
banner-more = Mehr
banner-more-count = { $count } weitere
banner-session-ended = Hark arbeitet wegen eines Fehlers nicht mehr. Aufnahmen sind gesichert: Fenster schließen und neu öffnen.
dialog-missing = Dieses System hat keinen Dateidialog, den Hark öffnen könnte. xdg-desktop-portal oder zenity installieren; bis dahin Dateien hierher ziehen oder die Kommandozeile verwenden.
dialog-add-files = Dateien hinzufügen
dialog-audio-video = Audio und Video
dialog-all-files = Alle Dateien
dialog-add-folders = Ordner hinzufügen
dialog-recording-folder = In einen anderen Ordner aufnehmen
dialog-save-all = Alle Transkripte speichern
dialog-model = Modelldatei wählen
dialog-models = Whisper-Modelle
dialog-save = Transkript speichern
dialog-export = Diktate exportieren

## Formats of transcripts

format-txt = Reiner Text (.txt)
format-md = Markdown (.md)
format-srt = Untertitel (.srt)
format-vtt = Web-Untertitel (.vtt)
format-csv = Tabelle (.csv)
format-json = Alles, als Daten (.json)

## History

history-export-all = Alle exportieren …
history-export-all-name = Alle exportieren
history-file = Diktate
history-file-one = Diktat { $time }
history-nothing-found = Nichts enthält diese Wörter.
history-marked = { $count } markiert
history-unmark = Alle Markierungen aufheben
history-delete-marked = Markierte löschen
history-export-marked = Markierte exportieren
history-count =
    { $count ->
        [one] 1 Diktat
        *[other] { $count } Diktate
    }
history-found = { $found } von { $all }
history-empty = Noch keine Diktate
history-empty-everything = Hier bleibt, was diktiert wird: der Text und eine Zeit lang die Aufnahme.
history-empty-texts = Hier bleibt, was diktiert wird: der Text ohne die Aufnahme.
history-empty-nothing = Von Diktaten wird nichts behalten, wie eingestellt.
history-search = Suchen
history-search-name = Im Verlauf suchen
history-with-star = { $entry }, mit Stern
history-mark = Markieren: { $entry }
history-row = { $day } { $time } · { $length }
history-not-transcribed = Wurde nicht transkribiert: { $problem }.
history-no-text-detail = Diese Aufnahme hat noch keinen Text.
history-discarded = Verworfen
history-no-text = Noch kein Text
history-no-speech = Keine Wörter gehört
history-unstar = Stern entfernen
history-star = Mit Stern versehen
history-star-hint = Eine Aufnahme mit Stern bleibt, egal wie alt sie ist
history-version = Fassung
history-final = Fertiger Text
history-heard = Wie gehört
history-play = Abspielen
history-play-name = Aufnahme abspielen
history-play-gone = Die Aufnahme ist nicht mehr da
history-copy-name = Diesen Text kopieren
history-save = Speichern …
history-save-name = Diesen Text speichern
history-position = { $heard } von { $all }
history-playing = Wiedergabe
history-model-in-use = dem aktuellen Modell
history-again-with = Wird erneut transkribiert mit { $model }
history-waits-for = Wartet auf { $model }
history-cancel-again = Erneutes Transkribieren abbrechen
history-format = Format
history-retry = Wiederholen …
history-retry-hint = Aufnahme erneut transkribieren. Der vorhandene Text bleibt.
history-with-model-in-use = Mit dem aktuellen Modell
history-keep = Was behalten wird
history-keep-title = Von Diktaten behalten
history-keep-everything = Texte und Aufnahmen
history-keep-texts = Nur Texte
history-keep-nothing = Ab jetzt nichts
history-keep-days = Aufnahmen behalten
history-keep-most = Höchstens so viele behalten
history-days =
    { $days ->
        [one] 1 Tag
        *[other] { $days } Tage
    }
history-for-ever = Für immer
history-all = Alle
history-keep-about = Texte bleiben, bis sie gelöscht werden. Aufnahmen mit Stern bleiben, ebenso solche, die noch keinen Text haben. Alles liegt nur auf diesem Computer, und niemand sonst darf es lesen.
day-today = Heute
day-yesterday = Gestern
day =
    { $weekday ->
        [1] Mo
        [2] Di
        [3] Mi
        [4] Do
        [5] Fr
        [6] Sa
        *[7] So
    } { $day }. { $month ->
        [1] Jan.
        [2] Febr.
        [3] März
        [4] Apr.
        [5] Mai
        [6] Juni
        [7] Juli
        [8] Aug.
        [9] Sept.
        [10] Okt.
        [11] Nov.
        *[12] Dez.
    }
day-of-year = { $day } { $year }

## Models

models-tiny = Tiny
models-tiny-about = Für langsame Computer; am ungenauesten.
models-base = Base
models-base-about = Schnell und gut genug für deutliche Sprache.
models-small = Small
models-small-about = Eine gute Mitte zum Diktieren.
models-medium = Medium
models-medium-about = Genauer, viel langsamer.
models-turbo = Large v3 turbo
models-turbo-about = Fast so genau wie Large, um ein Mehrfaches schneller.
models-large = Large
models-large-about = Am genauesten und am langsamsten.
models-elsewhere-hint = Modelldatei von einem anderen Ort verwenden
models-suggested = Vorschlag für diesen Computer
models-suggested-about = Das genaueste, das schnell genug für Text während des Sprechens ist.
models-gauging = Wie schnell sie hier sind, wird gerade anhand einzelner Schichten geschätzt …
models-speeds = Tempoangaben mit ≈ sind anhand einzelner Schichten auf diesem Computer geschätzt; nach dem ersten Gebrauch sind sie gemessen.
models-every = Alle Sprachen
models-english = Nur Englisch
models-others = Weitere auf diesem Computer
models-from = Woher sie kommen
models-from-about = Whisper-Modelle von OpenAI im Format von whisper.cpp, unter der MIT-Lizenz, wie unter huggingface.co/ggerganov/whisper.cpp veröffentlicht. Jede Datei wird mit den veröffentlichten Prüfsummen verglichen.
models-kept-in = Sie liegen in { $folder }.
models-no-download = Dieses Hark wurde ohne Herunterladen gebaut: Dateien von Hand dorthin legen.
models-mirror = Spiegelserver (optional)
models-mirror-name = Spiegelserver
models-mirror-about = Eine Adresse, von der Modelle stattdessen geladen werden. Ein Proxy wird aus der Umgebung übernommen (HTTPS_PROXY).
card-in-use = in Gebrauch
card-memory = etwa { $size } Speicher
card-weights = Gewichte { $kind }
card-checked = Prüfsummen stimmen
card-estimated = ≈ { $times } Echtzeit, geschätzt
card-measured = { $times } Echtzeit, gemessen
card-begun = { $size } davon sind da
card-progress = { $done } von { $all }
card-progress-name = Download von { $model }
card-broken = Nicht verwendbar: { $problem }.
card-keep = Behalten
card-really-delete = Wirklich löschen: { $model }
card-use = Verwenden
card-continue = Fortsetzen
card-download = Herunterladen
card-delete-hint = Datei löschen
card-action = { $action }: { $model }

## Settings

settings-speech = Sprache
settings-speech-about = Was Hark über das Gesprochene wissen sollte. Gilt auch für Dateien.
settings-languages = Gesprochene Sprachen
settings-languages-about = Bis zu vier. Hark findet heraus, welche davon zu hören ist, und bleibt dabei, sobald das klar ist. Ohne Auswahl kommen alle in Frage, die das Modell kennt.
settings-language-add = Sprache hinzufügen
settings-language-remove = { $language } entfernen
settings-words = Schwierige Wörter
settings-words-hint = Namen, Produkte, Abkürzungen
settings-words-about = Das Modell sieht sie, bevor es zuhört, und schreibt sie so. Es sieht etwa 150 Wörter, und keine, wo nichts gesagt wird.
settings-model-about = Was das Modell vom Computer beansprucht. Welches es ist, wird oben gewählt.
settings-unload = Aus dem Speicher entfernen
settings-unload-after =
    { $minutes ->
        [1] Nach einer Minute ohne Arbeit
        [30] Nach einer halben Stunde ohne Arbeit
        [60] Nach einer Stunde ohne Arbeit
        *[other] Nach { $minutes } Minuten ohne Arbeit
    }
settings-unload-about = Beim Diktieren oder Hinzufügen einer Datei wird es wieder geladen, schon während des Sprechens.
settings-npu = NPU von AMD
settings-npu-auto = Verwenden, wo sie besser dient
settings-npu-off = Nie verwenden
settings-npu-about = Wo keine ist oder sie nicht funktioniert, rechnet die CPU alles. Die Seite „Diagnose“ sagt, warum.
settings-window = Fenster
settings-window-about = Wie Hark aussieht. Nichts darin bewegt sich von selbst.
settings-tongue = Sprache des Fensters
settings-tongue-system = Wie der Desktop ({ $language })
settings-tongue-about = Ändert, was Hark anzeigt, nicht, was es versteht. Befehle und Einzelheiten von Fehlern bleiben englisch.
settings-colours = Farben
settings-theme-system = Wie der Desktop
settings-theme-light = Hell
settings-theme-dark = Dunkel
settings-size = Größe von allem
settings-start = Start
settings-start-about = Ob Hark bereitsteht, wenn es gebraucht wird.
settings-autostart = Beim Anmelden
settings-autostart-off = Nein
settings-autostart-window = Ja, mit dem Fenster
settings-autostart-tray = Ja, als Symbol in der Leiste
settings-autostart-about = Wo die Leiste keine Symbole annimmt, öffnet sich das Fenster nach einer Weile trotzdem.
settings-programs = Andere Programme
settings-programs-about = Editoren, Skripte oder die Haustechnik können Gesprochenes von Hark aufschreiben lassen.
settings-programs-offer = Programmen auf diesem Computer Texte geben
settings-programs-offer-about = Sie fragen, wie sie OpenAIs Dienst für Spracherkennung fragen würden; jeder Schlüssel gilt. Geantwortet wird nur diesem Computer und nur, solange Hark läuft. Eigene Diktate gehen vor, und was Programme schicken, wird nicht behalten.
settings-programs-address = Adresse
settings-programs-copy = Adresse kopieren
settings-programs-port = Port
settings-programs-port-about = Ändert er sich, müssen die Programme es erfahren.
programs-off = Nicht angeboten
programs-opening = Wird geöffnet …
programs-ready = Das Modell { $model } antwortet.
programs-loading = Das Modell { $model } wird geladen. Wer jetzt fragt, wartet so lange.
programs-resting = Das Modell { $model } wird wieder geladen, wenn ein Programm fragt.
programs-demo = Noch bekommen Programme keinen Text: Es gibt nur das Demomodell, das nur seine eigenen Clips versteht. Wählen Sie auf der Seite „Modelle“ eines aus.
programs-no-model = Programme bekommen keinen Text: Das Modell ist nicht zu gebrauchen. Wählen Sie ein anderes.
programs-taken = Programme bekommen keinen Text: Port { $port } gehört einem anderen Programm. Beenden Sie es und versuchen Sie es erneut, oder wählen Sie einen anderen Port.
programs-refused = Programme bekommen keinen Text: Port { $port } lässt sich nicht öffnen ({ $why }). Wählen Sie einen anderen.
settings-more = Weitere Einstellungen
settings-more-about = Was zu einer Seite gehört, steht dort.
settings-more-anywhere = Tasten, Einfügen, Zwischenablage, Textregeln, Zeichen, Symbol, Töne
settings-more-models = Herunterladen und löschen; ein Spiegelserver dafür
settings-more-history = Was von Diktaten behalten wird und wie lange
settings-go-to = Zu { $page }

## Dictate anywhere

insertion = Einfügen und Zwischenablage
insertion-about = Was per Taste oder Befehl diktiert wird, kann in das Programm gehen, das dabei den Fokus hatte. Ist der Fokus inzwischen woanders, wird nichts eingefügt: Der letzte Text lässt sich mit einer eigenen Taste einfügen.
insertion-on = Text in das Programm einfügen, das den Fokus hat
insertion-space = Ein Leerzeichen nach jedem Text
insertion-enter = Eingabetaste nach jedem Text
insertion-line-breaks = Zeilenumbrüche in Terminals behalten, wo sie das davor Stehende ausführen können
insertion-typed-here = Auf diesem Desktop wird Text getippt, gleich mit welcher Tastenkombination ein Programm einfügt; nur „nichts einfügen“ und die Wahl zur Zwischenablage machen einen Unterschied.
insertion-never-here = Dieser Desktop lässt Hark weder sehen, welches Programm den Fokus hat, noch darin Tasten drücken: Text geht in die Zwischenablage und wird von Hand eingefügt.
clipboard = Zwischenablage
clipboard-name = Was mit der Zwischenablage geschieht
clipboard-copy = Jeder Text kommt hinein und bleibt
clipboard-restore = Nur zum Einfügen; danach ist der alte Inhalt wieder da
clipboard-never = Wird nie verändert
apps = Programme, die es anders brauchen
apps-about = Nach Klasse oder ID ihrer Fenster. Terminals bekommen von selbst Strg+Umschalt+V.
apps-name = Programm { $number }
apps-class = Fensterklasse
apps-way = Art für Programm { $number }
apps-remove = Programm { $number } entfernen
apps-add = Programm hinzufügen
way-ctrl-v = einfügen mit Strg+V
way-ctrl-shift-v = einfügen mit Strg+Umschalt+V
way-shift-insert = einfügen mit Umschalt+Einfg
way-type = tippen
way-never = nichts einfügen
desktop-lines-about = Wo der Desktop Programmen keine Tasten gibt, können seine Einstellungen Befehle von Hark ausführen.
desktop-lines-none = Zeilen zum Einfügen: keine
desktop-lines = Zeilen für den Desktop
filter = 4  Filterprogramm
filter-name = Filterprogramm
filter-about = Ein eigenes Programm, das den Text in der Standardeingabe bekommt und ausgibt, was übergeben wird. Es hat fünf Sekunden; schlägt es fehl, bleibt der Text wie er war, und Hark sagt es.
filter-on = Dieses Programm für jeden Text ausführen
filter-hint = Programm und Argumente, etwa sed s/daß/dass/g
filter-unclosed = Ein Anführungszeichen ist nicht geschlossen; bis dahin gilt die Zeile wie zuvor.
filter-unnamed = Es ist kein Programm angegeben.
indicator = Anzeige und Töne
indicator-about = Woran in einem anderen Programm zu merken ist, dass Hark zuhört, schreibt oder gescheitert ist.
indicator-overlay = Ein kleines Zeichen über dem Programm, das nie den Fokus nimmt
indicator-tray = Ein Symbol in der Leiste des Desktops
indicator-stay = Beim Schließen des Fensters läuft Hark dort weiter
indicator-notifications = Eine Benachrichtigung bei Fehlern und fertigen Dateien
indicator-sounds = Ein kurzer Ton, sobald gesprochen werden kann, und einer am Ende
indicator-sounds-about = Was vor dem Ende des ersten gesagt wird, wird nicht aufgenommen, der Ton auch nicht.
indicator-lower = Andere Wiedergabe während des Diktierens leiser stellen
keys = Tasten
keys-about = Tasten, die das Diktieren starten und stoppen, während ein anderes Programm den Fokus hat. Eine schreiben, etwa F9, Ctrl+Alt+Space, Pause oder Right Ctrl, oder drücken.
keys-key = Taste
keys-key-name = Taste { $number }
keys-action-name = Aktion { $number }
keys-remove = Taste { $number } entfernen
keys-add = Taste hinzufügen
keys-press = Drücken …
keys-press-now = Jetzt drücken
keys-press-name = Taste { $number } drücken
keys-longest-hold = Eine gehaltene Taste gilt als losgelassen nach
keys-longest-hold-name = Längstes Halten
keys-next-language = „Nächste Sprache“ durchläuft
keys-languages = Sprachen
keys-languages-hint = etwa de, en
keys-language-name = Sprache { $number }
keys-language = Sprache
keys-translate = ins Englische
keys-enter = dann Eingabe
keys-unneeded = Keine Taste ist belegt.
keys-x11 =
    { $count ->
        [one] Eine Taste
        *[other] { $count } Tasten
    } unter X11 belegt.
keys-portal-none = Das Portal des Desktops hat keine Taste belegt.
keys-portal = Über das Portal des Desktops: { $keys }.
keys-asking = Der Desktop fragt, welche Tasten belegt werden sollen.
action-toggle = Starten und stoppen
action-hold = Zum Sprechen halten
action-paste-last = Letzten Text einfügen
action-next-language = Nächste Sprache
preview = Ausprobieren
preview-text = Text zum Ausprobieren
preview-text-hint = Eingeben, was Hark hören könnte
preview-last = Letztes Diktat nehmen
preview-language = Sprache zum Ausprobieren
preview-beginning = Nur der Anfang wird hier ausprobiert.
preview-after =
    Nach { $rule ->
        [spoken-commands] den gesprochenen Befehlen
        [replacements] den Ersetzungen
        *[fillers] den Füllwörtern
    }
preview-unchanged = Die Regeln ändern an diesem Text nichts.
preview-filter-runs = Der Filter läuft …
preview-filter-after = Nach dem Filterprogramm
preview-filter-none = Für das Filterprogramm gibt es nichts zu tun.
preview-filter-run = Filter einmal ausführen
replacements = 2  Ersetzungen
replacements-about = Ganze Wörter, mehrere Schreibweisen in je einer Zeile. Alle werden in einem Durchgang ersetzt, die längsten zuerst, und Geschriebenes wird nicht noch einmal ersetzt. Ein Muster ist ein regulärer Ausdruck; $1 ist, was seine erste Gruppe gefunden hat.
replacements-heard = gehört
replacements-heard-name = Gehört { $number }
replacements-written = geschrieben
replacements-written-name = Geschrieben { $number }
replacements-kind-name = Art { $number }
replacements-remove = Ersetzung { $number } entfernen
replacements-add = Ersetzung hinzufügen
replacements-any-case = Wörter
replacements-exact-case = Wörter, Groß/klein zählt
replacements-pattern = Muster
rules = Textregeln
rules-about = Was mit einem Text geschieht, bevor er übergeben wird, in dieser Reihenfolge. Die Aufnahme behält, was gesagt wurde.
commands = 1  Gesprochene Befehle
commands-on = „Neue Zeile“, „Komma“ und Ähnliches befolgen
commands-about = Auf Deutsch und Englisch: neue Zeile, neuer Absatz, Komma, Punkt, Fragezeichen, Doppelpunkt, Anführungszeichen auf und zu, Klammer auf und zu, Bindestrich, Gedankenstrich … Hinter einem Artikel („ein Komma“) sind es Wörter.
fillers = 3  Füllwörter
fillers-on = „Ähm“ und Ähnliches weglassen
fillers-name = Füllwörter
fillers-language = Sprache der Füllwörter
fillers-none = keine
fillers-built-in = Eingebaute Füllwörter
fillers-built-in-hint = Zurück zu den eingebauten Wörtern

## Doctor

doctor-benchmark-hint = Wie schnell dieser Computer ist
doctor-looking = Prüft …
doctor-failed = Die Prüfungen waren nicht möglich. `hark doctor` in einem Terminal macht sie auch.
doctor-again = Erneut prüfen
doctor-copy = Kopieren
doctor-copy-hint = All das als Text, auf Englisch, ohne Ordner und ohne Namen
doctor-ok = in Ordnung
doctor-warn = einen Blick wert
doctor-fail = funktioniert nicht
doctor-mark = { $check }: { $state }
doctor-engine = Maschine
doctor-engine-since = Seit dem Start von Hark
doctor-half = die Hälfte in
doctor-p95 = 95 von 100
doctor-p99 = 99 von 100
doctor-times = Anzahl
doctor-read = Bis zu 8 s lesen
doctor-mel = Ihr Spektrogramm
doctor-encode = Ein Fenster kodieren
doctor-cross = Seine Schlüssel und Werte
doctor-step = Schritt des Dekodierers
doctor-queue = Warten auf das erste Fenster
doctor-job = Eine ganze Aufnahme
doctor-speed = Während sie arbeitete
doctor-speed-value = { $windows } Fenster, { $audio } s Ton pro Sekunde
doctor-batch = Fenster in einem Schritt
doctor-batch-value = { $count } im Mittel
doctor-encoder = Kodierer
doctor-encoder-value = { $share } % der Zeit beschäftigt, { $layers } Schichten
doctor-retried = Noch einmal versucht
doctor-recordings = Aufnahmen
doctor-done = { $count } fertig
doctor-under-way = { $count } in Arbeit
doctor-cancelled = { $count } abgebrochen
doctor-broken = { $count } gescheitert
doctor-refused = { $count } abgewiesen

## Benchmark

benchmark-dictations = Eigene Diktate
benchmark-encoder = Wer kodiert
benchmark-cancel = Messung abbrechen
benchmark-measure = Messen
benchmark-measure-hint = Dauert etwa eine halbe Minute, bei großen Modellen länger
benchmark-measuring = Misst … Ein Diktat hat Vorrang und beendet die Messung.
benchmark-gave-way = Die Messung ist einem Diktat gewichen.
benchmark-failed = Das Modell konnte nicht gemessen werden: { $why }.
benchmark-about = Wie schnell das aktuelle Modell aus 30 s Ton Text macht, Schritt für Schritt. Gemessen wird erst auf Wunsch.
benchmark-no-speed = kein Tempo
benchmark-model = { $model }: { $speed }
benchmark-window = { $with }; ein Fenster von 30 s dauert { $time }
benchmark-spread = die Läufe liegen innerhalb von { $time }
benchmark-power = Eine Minute Ton kostet { $joules } J des CPU-Gehäuses.
benchmark-no-power = Dieser Computer sagt nicht, wie viel Energie er braucht, oder nur der Systemverwaltung.
benchmark-no-dictations = Vom Stopp bis zum fertigen Text, ein Balken je Diktat: Sie erscheinen nach dem ersten.
benchmark-summary =
    Vom Stopp bis zum fertigen Text: { $median } im Median, höchstens { $longest }, über { $count ->
        [one] ein Diktat
        *[other] { $count } Diktate
    }

## What speaks for the badge

npu-unknown = Dieser Computer hat keine NPU, die Hark kennt; alles läuft auf der CPU.
npu-use = NPU verwenden
npu-use-auto = Wo sie besser dient
npu-to-doctor = Was dieser Computer hat
npu-off = Die NPU ist ausgeschaltet; die CPU kodiert.
npu-none = Es gibt keine NPU; die CPU kodiert.
npu-opening = Die NPU wird geöffnet; solange kodiert die CPU.
npu-reopening = Die NPU ist ausgefallen und wird neu geöffnet; solange kodiert die CPU.
npu-failed = Die CPU kodiert: { $message }.
npu-stuck = Der Treiber hält einen Prozess fest, der die NPU benutzt hat; nur ein Neustart des Computers hilft. Die CPU kodiert; Aufnahmen und Texte sind sicher.
npu-encodes =
    { $who ->
        [npu] Die NPU
        *[cpu] Die CPU
    } kodiert: { $why }.
npu-device = Gerät
npu-kind = Das ist
npu-simulated = ein Simulator, für Tests
npu-fake = ein Ersatz, der auf der CPU rechnet, für Tests
npu-loaded = 30 s, beim Laden
npu-lately = 30 s, zuletzt
npu-first-block = Erster Block
npu-whole = Ganzer Encoder
npu-on-device = Auf dem Gerät
npu-windows =
    { $count ->
        [one] 1 Fenster
        *[other] { $count } Fenster
    }, je { $each } ms nach eigener Zählung
npu-commands = Befehle
npu-commands-done = { $count } ausgeführt
npu-memory = Speicher
npu-buffers = { $count } Puffer mit { $size } MB, { $moved } MB bewegt
npu-vigil = Während der Arbeit
npu-vigil-blocks =
    { $count ->
        [one] 1 Block
        *[other] { $count } Blöcke
    } verglichen (je { $each } ms), der letzte { $last }
npu-wrong = Falsch gefunden
npu-wrong-windows =
    { $count ->
        [one] 1 Fenster
        *[other] { $count } Fenster
    }, auf der CPU neu berechnet
npu-opened-again = Neu geöffnet
npu-once = einmal, nach einem Fehler
npu-not-known = unbekannt
npu-pair = CPU { $cpu }, NPU { $npu }
npu-check =
    { $outcome ->
        [right] wie auf der CPU
        *[wrong] falsch
    }: Fehler { $error } (Grenze { $limit }), größter { $largest }
npu-last-change = Letzter Wechsel: von „{ $from }“ zu „{ $to }“. Grund: { $reason }.

## The icon in the panel, and notifications

tray-ready = Hark ist bereit
tray-recording = Hark nimmt auf
tray-finishing = Hark macht den Text
tray-start = Diktat starten
tray-stop = Diktat stoppen
tray-paste = Letzten Text einfügen
tray-show = Fenster zeigen
tray-quit = Beenden
notice-show = Zeigen
notice-done =
    { $count ->
        [one] Eine Datei
        *[other] { $count } Dateien
    } transkribiert.
notice-failed =
    { $count ->
        [one] Eine Datei konnte
        *[other] { $count } Dateien konnten
    } nicht transkribiert werden.
notice-some-failed =
    { $count ->
        [one] Eine Datei
        *[other] { $count } Dateien
    } transkribiert, { $failed } nicht.
sign-no-speech = Keine Sprache
sign-inserted = Eingefügt
sign-copied = Kopiert

## Messages of the session

do-use = Verwenden
do-undo = Rückgängig
do-go-on = Fortsetzen
do-transcribe = Transkribieren
do-transcribe-anyway = Trotzdem transkribieren
do-other-folder = Anderer Ordner …
say-autostart-failed = Hark kann nicht von selbst starten: { $why }.
say-not-copied = Der Text konnte nicht kopiert werden: { $why }.
say-not-pasted = Der Text konnte nicht eingefügt werden: { $why }.
say-saved = Gespeichert: { $path }.
say-not-saved = { $path } konnte nicht gespeichert werden: { $why }.
say-added =
    { $count ->
        [one] Eine Datei wurde hinzugefügt.
        *[other] { $count } Dateien wurden hinzugefügt.
    }
say-no-audio-in = In { $folder } ist keine Audiodatei.
say-no-audio-in-more = In { $folder } und { $count } weiteren ist keine Audiodatei.
say-left-out =
    { $count ->
        [one] Eine andere Datei ist weder Audio noch Video und wurde ausgelassen.
        *[other] { $count } andere Dateien sind weder Audio noch Video und wurden ausgelassen.
    }
say-closed = { $folder } lässt sich nicht öffnen.
say-closed-more =
    { $count ->
        [one] { $folder } und ein weiterer Ordner lassen sich nicht öffnen.
        *[other] { $folder } und { $count } weitere Ordner lassen sich nicht öffnen.
    }
say-nothing-recorded = Nichts wurde aufgenommen: { $why }.
say-not-started = Nichts wurde gestartet: Die letzte Aufnahme wird noch fertiggestellt.
model-demo = Demo (eingebaut)
model-with-size = { $name } ({ $size })
say-paste-last = `hark paste-last` oder die Taste dafür fügt ihn ein, wo dann der Fokus ist.
say-not-inserted = Der Text wurde nicht eingefügt: { $why }.
say-on-clipboard = Der Text ist in der Zwischenablage.
say-never-copied = Der Text eines Diktats kam nicht in die Zwischenablage ({ $why }).
outcome-inserted-but = eingefügt, aber: { $problem }
outcome-copied-but = kopiert, aber: { $problem }
outcome-copied-instead = kopiert, nicht eingefügt: { $why }
outcome-not-inserted = nicht eingefügt: { $why }
outcome-no-model = ohne Text behalten: Modell wählen
say-model-here = Das Modell { $model } ist da.
say-model-failed = { $model }: { $why }.
say-microphone-lost = Das Mikrofon ist verschwunden ({ $why }). Was bis dahin aufgenommen wurde, bleibt erhalten.
say-no-text = Es gibt keinen Text: { $why }. Die Aufnahme bleibt erhalten.
say-not-on-clipboard = Der Text konnte nicht in die Zwischenablage ({ $why }). Er steht hier im Fenster.
say-disk-trouble = Die Aufnahme kann nicht geschrieben werden ({ $why }). Sie geht im Speicher weiter, höchstens zehn Minuten.
say-memory-full = Die Aufnahme endete nach zehn Minuten im Speicher: Kein Datenträger nahm sie auf. Was bis dahin gesagt wurde, bleibt erhalten.
say-moved = Die Aufnahme geht in { $folder } weiter.
say-microphone-dead = das Mikrofon ist nicht angelaufen ({ $why }); prüfen, ob es angeschlossen und eingeschaltet ist, oder ein anderes wählen
say-no-sound-yet = Nichts wurde aufgenommen: Das Mikrofon gab noch keinen Ton.
say-beginning-lost = Der Datenträger gibt den Anfang der Aufnahme nicht zurück ({ $why }). Die letzten { $length } sind in { $path }.
say-only-memory = Kein Datenträger nimmt die ganze Aufnahme ({ $length }). Der Anfang ist in { $path }, alles im Speicher, bis Hark endet.
say-saved-elsewhere = Die Aufnahme wurde als { $path } gespeichert.
say-silent = { $device } liefert reine Stille. Ist es ausgeschaltet oder stumm?
say-silent-every = { $channel } von { $device } ist still, und alle anderen auch. Ist es ausgeschaltet oder stumm?
say-silent-channel = { $channel } von { $device } ist still. Ist es ausgeschaltet oder stumm, oder hat ein anderer Kanal den Ton?
say-only-sound = Keine Sprache gefunden, aber es war etwas zu hören.
say-no-words = Es wurde etwas gesagt, aber das Modell hat keine Wörter darin gefunden.
say-too-short = Das war zu kurz für ein Wort.
say-gaps-disk = { $seconds } s wurden nicht aufgenommen: Der Datenträger war zu langsam.
say-gaps-moment =
    Das Tonsystem hat { $times ->
        [one] einmal
        *[other] { $times }-mal
    } einen Augenblick verloren: Der Computer war beschäftigt.
say-gaps-slips =
    Das Tonsystem hat { $seconds } s Ton verloren, { $times ->
        [one] einmal
        *[other] { $times }-mal
    }: Der Computer war beschäftigt.
say-text-unreadable = Der Text wurde behalten, ist aber nicht lesbar: { $why }. Die Datei lässt sich erneut transkribieren.
say-damaged = { $file } ist beschädigt: { $damage }.
say-list-not-kept = Die Liste der Dateien kann nicht für den nächsten Start behalten werden: { $why }.
say-interrupted =
    { $count ->
        [one] Eine Datei war
        *[other] { $count } Dateien waren
    } noch nicht transkribiert, als Hark endete.
say-history-not-written = Der Verlauf kann nicht geschrieben werden: { $why }.
say-no-playback = Die Aufnahme lässt sich nicht abspielen: Der Lautsprecher antwortet nicht.
say-deleted =
    { $count ->
        [one] Aus dem Verlauf gelöscht.
        *[other] { $count } Einträge aus dem Verlauf gelöscht.
    }
say-clip-unreadable = Der mitgelieferte Clip ist nicht lesbar: { $why }.
say-clip-no-text = Der mitgelieferte Clip hat keinen Text: { $why }.
say-model-unloadable = Das Modell { $model } kann nicht geladen werden: { $why }.
say-demo-only = Das eingebaute Demomodell versteht nur seine eigenen künstlichen Clips.
say-no-other-language = Es gibt keine andere Sprache, zu der gewechselt werden könnte; unter „Überall diktieren“ mehrere wählen.
say-kept =
    { $count ->
        [one] Aufnahme behalten
        *[other] { $count } Aufnahmen behalten
    } ({ $length }).
say-discarded = Aufnahme verworfen ({ $length }).
say-discarded-slip = Aufnahme von weniger als einer Sekunde verworfen.
say-recovered =
    { $count ->
        [one] Aufnahme wiedergefunden: { $length }.
        *[other] { $count } Aufnahmen wiedergefunden, zusammen { $length }.
    }
say-unrepaired =
    { $count ->
        [one] Eine Aufnahme aus einer früheren Sitzung ist nicht lesbar und bleibt, wie sie ist: { $paths }
        *[other] { $count } Aufnahmen aus früheren Sitzungen sind nicht lesbar und bleiben, wie sie sind: { $paths }
    }
say-not-transcribed-again = Die Aufnahme wurde nicht erneut transkribiert: { $why }.
say-saved-all =
    { $count ->
        [one] Ein Transkript
        *[other] { $count } Transkripte
    } in { $folder } gespeichert.
say-not-all-saved = Nicht alle konnten gespeichert werden: { $problem }.
say-held-too-long = { $key } wurde so lange gehalten wie erlaubt; die Aufnahme ist beendet.
say-settings-not-saved = Die Einstellungen können nicht gespeichert werden: { $why }. Sie gelten, bis Hark endet.
say-nothing-to-save = Es gibt noch kein fertiges Transkript zum Speichern.
say-transcript-not-saved = Das Transkript konnte nicht gespeichert werden: { $why }.

## Names of spoken languages, by their codes

language-name =
    { $code ->
        [en] Englisch
        [zh] Chinesisch
        [de] Deutsch
        [es] Spanisch
        [ru] Russisch
        [ko] Koreanisch
        [fr] Französisch
        [ja] Japanisch
        [pt] Portugiesisch
        [tr] Türkisch
        [pl] Polnisch
        [ca] Katalanisch
        [nl] Niederländisch
        [ar] Arabisch
        [sv] Schwedisch
        [it] Italienisch
        [id] Indonesisch
        [hi] Hindi
        [fi] Finnisch
        [vi] Vietnamesisch
        [he] Hebräisch
        [uk] Ukrainisch
        [el] Griechisch
        [ms] Malaiisch
        [cs] Tschechisch
        [ro] Rumänisch
        [da] Dänisch
        [hu] Ungarisch
        [ta] Tamil
        [no] Norwegisch
        [th] Thai
        [ur] Urdu
        [hr] Kroatisch
        [bg] Bulgarisch
        [lt] Litauisch
        [la] Latein
        [mi] Maori
        [ml] Malayalam
        [cy] Walisisch
        [sk] Slowakisch
        [te] Telugu
        [fa] Persisch
        [lv] Lettisch
        [bn] Bengalisch
        [sr] Serbisch
        [az] Aserbaidschanisch
        [sl] Slowenisch
        [kn] Kannada
        [et] Estnisch
        [mk] Mazedonisch
        [br] Bretonisch
        [eu] Baskisch
        [is] Isländisch
        [hy] Armenisch
        [ne] Nepalesisch
        [mn] Mongolisch
        [bs] Bosnisch
        [kk] Kasachisch
        [sq] Albanisch
        [sw] Suaheli
        [gl] Galicisch
        [mr] Marathi
        [pa] Panjabi
        [si] Singhalesisch
        [km] Khmer
        [sn] Shona
        [yo] Yoruba
        [so] Somali
        [af] Afrikaans
        [oc] Okzitanisch
        [ka] Georgisch
        [be] Belarussisch
        [tg] Tadschikisch
        [sd] Sindhi
        [gu] Gujarati
        [am] Amharisch
        [yi] Jiddisch
        [lo] Laotisch
        [uz] Usbekisch
        [fo] Färöisch
        [ht] Haitianisch
        [ps] Paschtu
        [tk] Turkmenisch
        [nn] Nynorsk
        [mt] Maltesisch
        [sa] Sanskrit
        [lb] Luxemburgisch
        [my] Birmanisch
        [bo] Tibetisch
        [tl] Tagalog
        [mg] Madagassisch
        [as] Assamesisch
        [tt] Tatarisch
        [haw] Hawaiisch
        [ln] Lingala
        [ha] Haussa
        [ba] Baschkirisch
        [jw] Javanisch
        [su] Sundanesisch
        [yue] Kantonesisch
        *[other] { $code }
    }

## Names that other parts have for what they do

doctor-name =
    { $check ->
        [cores] Kerne
        [cpu] CPU
        [data] Daten
        [display] Bildschirm
        [indicator] Anzeige
        [insertion] Einfügen
        [kernels] Rechenkerne
        [keys] Tasten
        [memory] Speicher
        [microphone] Mikrofon
        [models] Modelle
        [npu] NPU
        [precision] Genauigkeit
        [tried-out] Ausprobiert
        *[other] { $check }
    }
stage-spectrogram = Spektrogramm
stage-encoder = Encoder
stage-cross = Schlüssel und Werte
stage-decoder = Decoder, { $tokens } Token
stage-threads =
    { $count ->
        [one] 1 Thread
        *[other] { $count } Threads
    }
npu-why-faster = die NPU ist hier schneller als die CPU
npu-why-spares-battery = die NPU schont den Akku
npu-why-forced = ein Test hat die NPU gewählt
npu-why-slower = die CPU ist hier schneller als die NPU
npu-why-far-slower = die NPU braucht mehr als doppelt so lange wie die CPU, auch wenn sie den Akku schont
npu-why-switched-off = die NPU ist ausgeschaltet
npu-why-not-there = die NPU ist nicht verwendbar
npu-why-not-measured = das Tempo der NPU ist noch nicht bekannt
