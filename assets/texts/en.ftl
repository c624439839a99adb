# Every text that the window, the panel's menu and the notifications show. The other languages have the same keys.
# How to add a language: packaging/docs/how-to/add-a-language.md

## Numbers and what many texts share

decimal-mark = .
back = Back
back-to-text = Back to the text
cancel = Cancel
copy = Copy
delete = Delete
remove = Remove
try-again = Try again
never = Never
size-gb = { $amount } GB
size-mb = { $amount } MB
size-kb = { $amount } kB
size-b = { $amount } B
milliseconds = { $amount } ms
seconds = { $amount } s
percent = { $amount } %
two-facts = { $one }, { $other }

## Names of pages

page-anywhere = Dictate anywhere
page-benchmark = Benchmark
page-doctor = Doctor
page-files = Files
page-history = History
page-models = Models
page-settings = Settings

## The strip at the top

strip-add-files = Add files…
strip-add-files-hint = Transcribe audio files. They can also be dropped here.
strip-files-hint = Files and their transcripts
strip-anywhere-hint = Dictate into other apps: keys, insertion, text rules
strip-models-hint = Download, choose and delete models
strip-doctor-hint = What this computer has for Hark, and what it lacks
strip-settings-hint = Languages, words, memory, colours, start (Ctrl+,)
strip-history-hint = What you dictated earlier (Ctrl+H)
badge-no-model = No model
badge-no-model-detail = No model is loaded
badge-loading = Loading…
badge-loading-detail = Loading { $model }
badge-resting = Resting
badge-resting-detail = { $model } was taken out of memory; it is loaded again when it is needed
badge-runs =
    { $model } runs on the { $backend } ({ $threads ->
        [one] 1 thread
        *[other] { $threads } threads
    }, { $precision })
badge-failed = Model failed
badge-name = Engine: { $state }
badge-menu = What speaks for the badge
precision-unproven = { $precision }, unproven
model-list = Model
model-choose = Choose a model
model-more = More models…
model-other-file = Other model file…
model-where = Hark looks for Whisper models in { $folder }. Put one of whisper.cpp's files there, for instance ggml-base.en.bin, and it appears in the list of models; or choose a file that lies elsewhere.
model-folder-unknown = its models folder
microphone-list = Microphone
microphone-default = System default
microphone-channel-heard = The channel with speech ({ $channel })
microphone-channel-speech = The channel with speech
microphone-channel-only = Only { $channel }
microphone-next-recording = A choice counts from the next recording on.
microphone-open = open
microphone-open-name = Microphone open
microphone-stays-open = The microphone stays open for three seconds, so that the next recording begins at once. Nothing is kept of what it hears, unless you record: then the last half second.
microphone-level = Microphone level
microphone-level-of = Level of { $channel }
channel = channel { $number }
channel-left = channel { $number } (left)
channel-right = channel { $number } (right)
list-choice = { $list }: { $choice }

## The bar at the bottom

record = Record
record-hint = Space starts and stops
record-opening = Opening microphone…
record-stop = Stop · { $time }
record-stop-hint = Stop and transcribe (Space)
record-finishing = Finishing…
record-cancel-hint = No text is made; the audio stays on disk (Esc)
save-as = Save as…
save-as-menu = Save as
copy-hint = Put the text on the clipboard
name-dictation = Dictation
name-demo = Demo
name-transcript = Transcript
speed-menu = Speed and latency
speed-real-time = { $times } real time
speed-slower = slower than real time ({ $times })
speed-detail = { $audio } of speech took { $processing } (RTF { $rtf })
latency-none = Latencies appear after the first dictation.
latency-last = last
latency-median = median
latency-p95 = 95 of 100
latency-microphone = Click to open microphone
latency-first-sound = Click to first sound
latency-first-text = Speech to first text
latency-final-text = Stop to final text
latency-clipboard = Text to clipboard
latency-dictations =
    { $count ->
        [one] One dictation since Hark was started
        *[other] The last { $count } dictations
    }

## Text while somebody speaks

live-text = Text while you speak
live-text-always = Always
live-text-mains = Not on battery
live-text-never = Never: only the final text

## Times that are left

left-seconds = { $seconds } s left
left-minutes = { $minutes } min left
left-hours = { $hours } h { $minutes } min left

## Files

files-add-folder = Add folder…
files-add-folder-hint = Transcribe every audio file in a folder
files-save-all = Save all…
files-save-all-hint = Save every transcript into a folder. Nothing there is replaced.
files-save-all-menu = Save all as
files-options = How files are transcribed
files-options-for = Files that wait, and those that you add
files-done = { $done } of { $all } done
files-failed = { $count } failed
files-left = { $left } for all
files-together = { $files } files · { $speed } in all
files-together-hint = Files that are transcribed at the same time share the engine. Each shows its own share.
files-hide = Hide the list
files-hide-hint = Hide the list. Files go on.
files-cancel-all = Cancel all
files-cancel-all-name = Cancel all files
files-retry = Retry
files-action = { $action } { $file }
file-waiting = Waiting
file-done = Done
file-edited = { $state } · edited
file-cancelled = Cancelled
file-not-yet = Not transcribed yet
drop-here = Drop to transcribe
drop-items =
    { $count ->
        [one] 1 item
        *[other] { $count } items
    }

## The transcript

transcript-progress = Transcription
transcript-no-speech = No words heard.
transcript-no-speech-detail = No words could be made out in this recording.
transcript-clip = Transcribing the clip…
transcript-model-failed = { $model } could not be loaded
transcript-choose-model = Choose another model above.
transcript-arming = Not listening yet…
transcript-listening = Listening
transcript-listening-detail = What you say goes to disk at once.
transcript-writing = Writing down { $time } of speech…
transcript-delivering = Handing over the text…
transcript-demo = Bundled clip
transcript-demo-note = Demo model, trained on synthetic speech: not a general recogniser
transcript-file-changed = The file has changed since, or is gone
transcript-back = Back to dictation
transcript-welcome = Press Space and speak
transcript-welcome-detail = Or drop audio files and folders here. Everything stays on this machine.
transcript-try-demo = Try the demo: transcribe the bundled clip
transcript-demo-only = Only the demo model is here. It was trained on synthetic speech to show how Hark works. It does not understand real voices.
transcript-get-model = Get a model for your voice…
transcript-get-model-note = What you record before it is here is kept and waits for it.
transcript-waiting = Waiting for its turn
transcript-running = Transcribing…
transcript-file-failed = This file could not be transcribed
transcript-interrupted = Hark was ended before it was this file's turn.
segment-text = Text of segment { $number }
segment-span = { $start } to { $end }
segment-play = Play from { $start }
segment-play-hint = { $span }. Click to play from here.
live-behind = Live text is { $seconds } s behind. Nothing is lost.
find = Find in the text
find-open = Find in the text…
find-open-hint = Find in the text (Ctrl+F)
find-nothing = Not found
find-count = { $current } of { $many }
find-previous = Previous match
find-previous-hint = Previous (Shift+Enter)
find-next = Next match
find-next-hint = Next (Enter)
find-close = Close the search
find-close-hint = Close (Esc)
play-stop = Stop
play-stop-name = Stop playing
edit = Edit the text
edit-hint = Edit the text. The original can be restored.
edit-done = Done
edit-done-name = Done editing
edit-restore = Restore
edit-restore-name = Restore the original text
edit-restore-hint = Put everything back as it was heard
file-options = How this file is transcribed
file-again = Transcribe again
file-again-hint = The new text takes the place of this one and its edits
file-track = Audio track
file-by-channel = One speaker per channel
file-by-channel-hint = For recordings in which each person has a microphone and a channel to themselves
file-by-word = Times of words
file-by-word-hint = Every word gets a time in tables, web subtitles and JSON. It takes a little longer.

## Messages and dialogs

banner-dismiss = Dismiss message
banner-dismiss-hint = Dismiss
banner-less = Less
banner-more = More
banner-more-count = { $count } more
banner-session-ended = Hark stopped working because of a defect. Recordings are safe on disk: close the window and open it again.
dialog-missing = This system has no file dialog that Hark could open. Install xdg-desktop-portal or zenity; until then, drop files here or use the command line.
dialog-add-files = Add files
dialog-audio-video = Audio and video
dialog-all-files = All files
dialog-add-folders = Add folders
dialog-recording-folder = Record into another folder
dialog-save-all = Save all transcripts
dialog-model = Choose a model file
dialog-models = Whisper models
dialog-save = Save transcript
dialog-export = Export dictations

## Formats of transcripts

format-txt = Plain text (.txt)
format-md = Markdown (.md)
format-srt = Subtitles (.srt)
format-vtt = Web subtitles (.vtt)
format-csv = Table (.csv)
format-json = Everything, as data (.json)

## History

history-export-all = Export all…
history-export-all-name = Export all
history-file = Dictations
history-file-one = Dictation { $time }
history-nothing-found = Nothing has these words.
history-marked = { $count } marked
history-unmark = Unmark all
history-delete-marked = Delete what is marked
history-export-marked = Export what is marked
history-count =
    { $count ->
        [one] 1 dictation
        *[other] { $count } dictations
    }
history-found = { $found } of { $all }
history-empty = No dictations here
history-empty-everything = What you dictate is kept here: its text, and for a while its recording.
history-empty-texts = What you dictate is kept here: its text, without the recording.
history-empty-nothing = Nothing is kept of what you dictate, as you have chosen.
history-search = Search
history-search-name = Search in the history
history-with-star = { $entry }, with a star
history-mark = Mark { $entry }
history-row = { $day } { $time } · { $length }
history-not-transcribed = It was not transcribed: { $problem }.
history-no-text-detail = This recording has no text yet.
history-discarded = Discarded
history-no-text = No text yet
history-no-speech = No words heard
history-unstar = Take the star off
history-star = Star
history-star-hint = A recording with a star stays, however old it is
history-version = Version
history-final = Final text
history-heard = As heard
history-play = Play
history-play-name = Play the recording
history-play-gone = The recording is no longer kept
history-copy-name = Copy this text
history-save = Save…
history-save-name = Save this text
history-position = { $heard } of { $all }
history-playing = Playing
history-model-in-use = the model in use
history-again-with = Transcribing again with { $model }
history-waits-for = Waits for { $model }
history-cancel-again = Cancel transcribing again
history-format = Format
history-retry = Retry…
history-retry-hint = Transcribe the recording again. The text that is there stays.
history-with-model-in-use = With the model in use
history-keep = What is kept
history-keep-title = Of what I dictate, keep
history-keep-everything = Texts and recordings
history-keep-texts = Texts only
history-keep-nothing = Nothing from now on
history-keep-days = Keep recordings for
history-keep-most = Keep at most so many
history-days =
    { $days ->
        [one] 1 day
        *[other] { $days } days
    }
history-for-ever = For ever
history-all = All
history-keep-about = Texts stay until you delete them. Recordings with a star stay, and so do those that have no text yet. All of it is on this computer only, and nobody else may read it.
day-today = Today
day-yesterday = Yesterday
day =
    { $weekday ->
        [1] Mon
        [2] Tue
        [3] Wed
        [4] Thu
        [5] Fri
        [6] Sat
        *[7] Sun
    } { $day } { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
        *[12] Dec
    }
day-of-year = { $day } { $year }

## Models

models-tiny = Tiny
models-tiny-about = For slow computers; the least exact.
models-base = Base
models-base-about = Quick, and good enough for clear speech.
models-small = Small
models-small-about = A good middle for dictation.
models-medium = Medium
models-medium-about = More exact, much slower.
models-turbo = Large v3 turbo
models-turbo-about = Nearly as exact as large, several times as fast.
models-large = Large
models-large-about = The most exact and the slowest.
models-elsewhere-hint = Use a model file that lies elsewhere
models-suggested = Suggested for this computer
models-suggested-about = The most exact that is fast enough for text while you speak.
models-gauging = How fast they are here is being estimated from single layers…
models-speeds = Speeds marked ≈ are estimated from single layers timed on this computer; after first use they are measured.
models-every = Every language
models-english = English only
models-others = Others on this computer
models-from = Where they come from
models-from-about = OpenAI's Whisper models in whisper.cpp's format, under the MIT licence, as published at huggingface.co/ggerganov/whisper.cpp. Every file is compared with its published checksums.
models-kept-in = They are kept in { $folder }.
models-no-download = This Hark was built without the means to download: put files there by hand.
models-mirror = Mirror (optional)
models-mirror-name = Mirror
models-mirror-about = An address to fetch models from in place of that one. A proxy is taken from the environment (HTTPS_PROXY).
card-in-use = in use
card-memory = about { $size } of memory
card-weights = weights { $kind }
card-checked = checksums right
card-estimated = ≈ { $times } real time, estimated
card-measured = { $times } real time, measured
card-begun = { $size } of it are here
card-progress = { $done } of { $all }
card-progress-name = Download of { $model }
card-broken = It cannot be used: { $problem }.
card-keep = Keep
card-really-delete = Really delete { $model }
card-use = Use
card-continue = Continue
card-download = Download
card-delete-hint = Delete the file
card-action = { $action } { $model }

## Settings

settings-speech = Speech
settings-speech-about = What Hark should know of how you speak. It holds for files, too.
settings-languages = Languages that you speak
settings-languages-about = Up to four. Hark finds out which of them it hears, and stays with it once that is clear. Without any, it listens for all that the model knows.
settings-language-add = Add a language
settings-language-remove = Remove { $language }
settings-words = Words that are hard to spell
settings-words-hint = Names, products, abbreviations
settings-words-about = The model sees them before it hears you, and writes them like that. It sees about 150 words, and none where nothing is said.
settings-model-about = What the model takes of this computer. Which one it is you choose at the top.
settings-unload = Take it out of memory
settings-unload-after =
    { $minutes ->
        [1] After a minute without work
        [30] After half an hour without work
        [60] After an hour without work
        *[other] After { $minutes } minutes without work
    }
settings-unload-about = It is loaded again when you dictate or add a file, while you speak already.
settings-npu = AMD's NPU
settings-npu-auto = Used where it serves better
settings-npu-off = Never used
settings-npu-about = Where there is none, or it does not work, the CPU does everything. The page Doctor says why.
settings-window = Window
settings-window-about = How Hark looks. Nothing in it moves on its own.
settings-tongue = Language of the window
settings-tongue-system = As the desktop ({ $language })
settings-tongue-about = It changes what Hark says, not what it listens for. Commands and the details of errors stay English.
settings-colours = Colours
settings-theme-system = As the desktop
settings-theme-light = Light
settings-theme-dark = Dark
settings-size = Size of everything
settings-start = Start
settings-start-about = Whether Hark is there when you need it.
settings-autostart = When you log in
settings-autostart-off = No
settings-autostart-window = Yes, with the window
settings-autostart-tray = Yes, as an icon in the panel
settings-autostart-about = Where the panel takes no icons, the window opens after a while all the same.
settings-programs = Other programs
settings-programs-about = Editors, scripts or home automation can have Hark write down what was said.
settings-programs-offer = Give texts to programs on this computer
settings-programs-offer-about = They ask as they would ask OpenAI's service for speech; any key will do. Only this computer is answered, and only while Hark runs. Your own dictation comes first, and nothing of theirs is kept.
settings-programs-address = Address
settings-programs-copy = Copy the address
settings-programs-port = Port
settings-programs-port-about = Programs have to be told when it changes.
programs-off = Not offered
programs-opening = Being opened…
programs-ready = The model { $model } answers.
programs-loading = The model { $model } is being loaded. Whoever asks now waits for it.
programs-resting = The model { $model } is loaded again when a program asks.
programs-demo = Programs get no text yet: there is only the demo model, which knows no speech but its own clips. Choose a model on the page Models.
programs-no-model = Programs get no text: the model cannot be used. Choose another one.
programs-taken = Programs get no text: port { $port } belongs to another program. End that one and try again, or choose another port.
programs-refused = Programs get no text: port { $port } cannot be opened ({ $why }). Choose another one.
settings-more = More choices
settings-more-about = What belongs to one page stands there.
settings-more-anywhere = Keys, insertion, clipboard, text rules, sign, icon, sounds
settings-more-models = Download and delete; a mirror to fetch them from
settings-more-history = What of your dictations is kept, and how long
settings-go-to = Go to { $page }

## Dictate anywhere

insertion = Insertion and clipboard
insertion-about = What was dictated by a key or a command can go into the app that had the focus then. If the focus has moved on meanwhile nothing is inserted: the last text can be pasted by a key of its own.
insertion-on = Insert the text into the app that has the focus
insertion-space = A space after each text
insertion-enter = Enter after each text
insertion-line-breaks = Keep line breaks in terminals, where they may run what stands before them
insertion-typed-here = On this desktop text is typed, by whichever chord an app pastes; only “insert nothing” and the clipboard's choice make a difference.
insertion-never-here = This desktop lets Hark neither see which app has the focus nor press keys in it: text goes to the clipboard, to be pasted by hand.
clipboard = Clipboard
clipboard-name = What becomes of the clipboard
clipboard-copy = Each text is put there and stays
clipboard-restore = For an insertion only; then what was there comes back
clipboard-never = Never touched
apps = Apps that need another way
apps-about = By the class or the id of their windows. Terminals get Ctrl+Shift+V by themselves.
apps-name = App { $number }
apps-class = window class
apps-way = Way of app { $number }
apps-remove = Remove app { $number }
apps-add = Add an app
way-ctrl-v = paste by Ctrl+V
way-ctrl-shift-v = paste by Ctrl+Shift+V
way-shift-insert = paste by Shift+Insert
way-type = type
way-never = insert nothing
desktop-lines-about = Where the desktop gives no keys to apps, its own settings can run Hark's commands.
desktop-lines-none = Lines to paste: none
desktop-lines = Lines for the desktop
filter = 4  Filter program
filter-name = Filter program
filter-about = A program of yours that gets the text at its standard input and prints what is delivered. It has five seconds; if it fails the text stays as it was, and Hark says so.
filter-on = Run this program on every text
filter-hint = program and arguments, such as sed s/colour/color/g
filter-unclosed = A quote is not closed; until it is, the line is as it was.
filter-unnamed = No program is named.
indicator = Indicator and sounds
indicator-about = How you notice, in another app, that Hark listens, writes or has failed.
indicator-overlay = A small sign over the app, which never takes the focus
indicator-tray = An icon in the desktop's panel
indicator-stay = Closing the window leaves Hark running there
indicator-notifications = A notification when something fails, or files are done
indicator-sounds = A short sound when you can speak, and another at the end
indicator-sounds-about = What is said before the first one is over is not recorded, and neither is the sound.
indicator-lower = Lower what else is playing while you dictate
keys = Keys
keys-about = Keys that start and stop dictation while another app has the focus. Write one, such as F9, Ctrl+Alt+Space, Pause or Right Ctrl, or press it.
keys-key = Key
keys-key-name = Key { $number }
keys-action-name = Action { $number }
keys-remove = Remove key { $number }
keys-add = Add a key
keys-press = Press…
keys-press-now = Press it
keys-press-name = Press key { $number }
keys-longest-hold = A held key counts as released after
keys-longest-hold-name = Longest hold
keys-next-language = Next language goes through
keys-languages = Languages
keys-languages-hint = such as de, en
keys-language-name = Language { $number }
keys-language = language
keys-translate = to English
keys-enter = then Enter
keys-unneeded = No key is bound.
keys-x11 =
    { $count ->
        [one] One key
        *[other] { $count } keys
    } grabbed on X11.
keys-portal-none = The desktop's portal has bound no key.
keys-portal = Through the desktop's portal: { $keys }.
keys-asking = The desktop asks which keys to bind.
action-toggle = Start and stop
action-hold = Hold to talk
action-paste-last = Paste the last text
action-next-language = Next language
preview = Try it
preview-text = Text to try
preview-text-hint = Type what Hark might hear
preview-last = Take the last dictation
preview-language = Language to try
preview-beginning = Only its beginning is tried here.
preview-after =
    After { $rule ->
        [spoken-commands] spoken commands
        [replacements] replacements
        *[fillers] fillers
    }
preview-unchanged = The rules change nothing in this text.
preview-filter-runs = The filter runs…
preview-filter-after = After the filter program
preview-filter-none = There is nothing for the filter program to do.
preview-filter-run = Run the filter once
replacements = 2  Replacements
replacements-about = Whole words, several spellings on a line each. All are made in one pass, the longest first, and what was written is not replaced again. A pattern is a regular expression; $1 is what its first group has matched.
replacements-heard = heard
replacements-heard-name = Heard { $number }
replacements-written = written
replacements-written-name = Written { $number }
replacements-kind-name = Kind { $number }
replacements-remove = Remove replacement { $number }
replacements-add = Add a replacement
replacements-any-case = words
replacements-exact-case = words, case counts
replacements-pattern = pattern
rules = Text rules
rules-about = What is done to a text before it is delivered, in this order. The recording keeps what was said.
commands = 1  Spoken commands
commands-on = Obey “new line”, “comma” and the like
commands-about = In English and German: new line, new paragraph, comma, full stop or period, question mark, colon, open and close quote, open and close bracket, hyphen, dash … Behind an article (“a comma”) they are words.
fillers = 3  Fillers
fillers-on = Leave out “um” and the like
fillers-name = Fillers
fillers-language = Language of the fillers
fillers-none = none
fillers-built-in = Built-in fillers
fillers-built-in-hint = Back to the built-in words

## Doctor

doctor-benchmark-hint = How fast this computer is
doctor-looking = Looking…
doctor-failed = The checks could not be made. `hark doctor` in a terminal makes them too.
doctor-again = Check again
doctor-copy = Copy report
doctor-copy-hint = All of this as text, without folders and without names
doctor-ok = in order
doctor-warn = worth a look
doctor-fail = does not work
doctor-mark = { $check }: { $state }
doctor-engine = Engine
doctor-engine-since = Since Hark was started
doctor-half = half within
doctor-p95 = 95 of 100
doctor-p99 = 99 of 100
doctor-times = times
doctor-read = Reading up to 8 s
doctor-mel = Its spectrogram
doctor-encode = Encoding a window
doctor-cross = Its keys and values
doctor-step = Step of the decoder
doctor-queue = Wait for the first window
doctor-job = A whole recording
doctor-speed = While it worked
doctor-speed-value = { $windows } windows, { $audio } s of audio a second
doctor-batch = Windows in a step
doctor-batch-value = { $count } on average
doctor-encoder = Encoder
doctor-encoder-value = busy for { $share } % of the time, { $layers } layers
doctor-retried = Tried again
doctor-recordings = Recordings
doctor-done = { $count } done
doctor-under-way = { $count } under way
doctor-cancelled = { $count } cancelled
doctor-broken = { $count } failed
doctor-refused = { $count } refused

## Benchmark

benchmark-dictations = Your dictations
benchmark-encoder = Who encodes
benchmark-cancel = Cancel the measurement
benchmark-measure = Measure
benchmark-measure-hint = Takes about half a minute, and longer for large models
benchmark-measuring = Measuring… A dictation that you begin comes first, and ends this.
benchmark-gave-way = The measurement gave way to a dictation.
benchmark-failed = The model could not be measured: { $why }.
benchmark-about = How fast the model in use turns 30 s of sound into text, stage by stage. Nothing is measured until you ask for it.
benchmark-no-speed = no speed
benchmark-model = { $model }: { $speed }
benchmark-window = { $with }; a window of 30 s takes { $time }
benchmark-spread = the runs lie within { $time }
benchmark-power = A minute of sound takes { $joules } J of the CPU package.
benchmark-no-power = This computer does not tell how much power it takes, or tells it to administrators only.
benchmark-no-dictations = From the stop to the final text, one bar for each dictation: they appear after the first one.
benchmark-summary =
    From the stop to the final text: { $median } at the median, { $longest } at most, over { $count ->
        [one] one dictation
        *[other] { $count } dictations
    }

## What speaks for the badge

npu-unknown = This computer has no NPU that Hark knows, so that everything runs on the CPU.
npu-use = Use the NPU
npu-use-auto = Where it serves better
npu-to-doctor = What this computer has
npu-off = The NPU is switched off; the CPU encodes.
npu-none = There is no NPU; the CPU encodes.
npu-opening = The NPU is being opened; the CPU encodes meanwhile.
npu-reopening = The NPU has failed and is being opened again; the CPU encodes meanwhile.
npu-failed = The CPU encodes: { $message }.
npu-stuck = The driver holds on to a process that used the NPU, and only a restart of the computer helps. The CPU encodes; recordings and texts are safe.
npu-encodes =
    { $who ->
        [npu] The NPU
        *[cpu] The CPU
    } encodes: { $why }.
npu-device = Device
npu-kind = Which is
npu-simulated = a simulator, for tests
npu-fake = a stand-in that computes on the CPU, for tests
npu-loaded = 30 s, when loaded
npu-lately = 30 s, lately
npu-first-block = First block
npu-whole = Whole encoder
npu-on-device = On the device
npu-windows =
    { $count ->
        [one] 1 window
        *[other] { $count } windows
    }, { $each } ms each by its own count
npu-commands = Commands
npu-commands-done = { $count } completed
npu-memory = Memory
npu-buffers = { $count } buffers of { $size } MB, { $moved } MB moved
npu-vigil = While it works
npu-vigil-blocks =
    { $count ->
        [one] 1 block
        *[other] { $count } blocks
    } compared ({ $each } ms each), the last { $last }
npu-wrong = Found wrong
npu-wrong-windows =
    { $count ->
        [one] 1 window
        *[other] { $count } windows
    }, computed again on the CPU
npu-opened-again = Opened again
npu-once = once, after a fault
npu-not-known = not known
npu-pair = CPU { $cpu }, NPU { $npu }
npu-check =
    { $outcome ->
        [right] as on the CPU
        *[wrong] wrong
    }: error { $error } (limit { $limit }), largest { $largest }
npu-last-change = Last change: from “{ $from }” to “{ $to }”, because { $reason }.

## The icon in the panel, and notifications

tray-ready = Hark is ready
tray-recording = Hark is recording
tray-finishing = Hark is making the text
tray-start = Start dictation
tray-stop = Stop dictation
tray-paste = Paste last text
tray-show = Show window
tray-quit = Quit
notice-show = Show
notice-done =
    { $count ->
        [one] One file
        *[other] { $count } files
    } transcribed.
notice-failed =
    { $count ->
        [one] One file
        *[other] { $count } files
    } could not be transcribed.
notice-some-failed =
    { $count ->
        [one] One file
        *[other] { $count } files
    } transcribed, { $failed } could not be.
sign-no-speech = No speech
sign-inserted = Inserted
sign-copied = Copied

## Messages of the session

do-use = Use it
do-undo = Undo
do-go-on = Go on
do-transcribe = Transcribe
do-transcribe-anyway = Transcribe anyway
do-other-folder = Another folder…
say-autostart-failed = Hark cannot be made to start by itself: { $why }.
say-not-copied = The text could not be copied: { $why }.
say-not-pasted = The text could not be inserted: { $why }.
say-saved = Saved { $path }.
say-not-saved = { $path } could not be saved: { $why }.
say-added =
    { $count ->
        [one] One file was added.
        *[other] { $count } files were added.
    }
say-no-audio-in = There is no audio file in { $folder }.
say-no-audio-in-more = There is no audio file in { $folder } and { $count } more.
say-left-out =
    { $count ->
        [one] One other file is neither audio nor video and was left out.
        *[other] { $count } other files are neither audio nor video and were left out.
    }
say-closed = { $folder } cannot be opened.
say-closed-more =
    { $count ->
        [one] { $folder } and one more folder cannot be opened.
        *[other] { $folder } and { $count } more folders cannot be opened.
    }
say-nothing-recorded = Nothing was recorded: { $why }.
say-not-started = Nothing was started: the last recording is still being finished.
model-demo = Demo (built in)
model-with-size = { $name } ({ $size })
say-paste-last = `hark paste-last`, or its key, inserts it where the focus is then.
say-not-inserted = The text was not inserted: { $why }.
say-on-clipboard = The text is on the clipboard.
say-never-copied = The text of a dictation never came to the clipboard ({ $why }).
outcome-inserted-but = inserted, but: { $problem }
outcome-copied-but = copied, but: { $problem }
outcome-copied-instead = copied, not inserted: { $why }
outcome-not-inserted = not inserted: { $why }
outcome-no-model = kept without a text: choose a model
say-model-here = The model { $model } is here.
say-model-failed = { $model }: { $why }.
say-microphone-lost = The microphone was lost ({ $why }). What was recorded until then is kept.
say-no-text = There is no text: { $why }. The recording is kept.
say-not-on-clipboard = The text could not be put on the clipboard ({ $why }). It is here in the window.
say-disk-trouble = The recording cannot be written ({ $why }). It goes on in memory, for ten minutes at most.
say-memory-full = The recording ended after ten minutes in memory: there was no disk for it. What was said until then is kept.
say-moved = The recording goes on in { $folder }.
say-microphone-dead = the microphone did not start ({ $why }); check that it is connected and switched on, or choose another one
say-no-sound-yet = Nothing was recorded: the microphone gave no sound yet.
say-beginning-lost = The disk does not give back the beginning of the recording ({ $why }). The last { $length } are in { $path }.
say-only-memory = No disk takes the whole recording ({ $length }). The start is in { $path }, all of it in memory until Hark ends.
say-saved-elsewhere = The recording was saved as { $path }.
say-silent = { $device } delivers pure silence. Is it switched off or muted?
say-silent-every = { $channel } of { $device } is silent, and so is every other. Is it switched off or muted?
say-silent-channel = { $channel } of { $device } is silent. Is it switched off or muted, or does another channel have the sound?
say-only-sound = No speech was found, but there was sound.
say-no-words = Something was said, but the model found no words in it.
say-too-short = That was too short for a word.
say-gaps-disk = { $seconds } s were not recorded: the disk was too slow.
say-gaps-moment =
    The sound system lost a moment of sound { $times ->
        [one] once
        *[other] { $times } times
    }: the machine was busy.
say-gaps-slips =
    The sound system lost { $seconds } s of sound, { $times ->
        [one] once
        *[other] { $times } times
    }: the machine was busy.
say-text-unreadable = Its text was kept, but cannot be read: { $why }. It can be transcribed again.
say-damaged = { $file } is damaged: { $damage }.
say-list-not-kept = The list of files cannot be kept for the next start: { $why }.
say-interrupted =
    { $count ->
        [one] One file was
        *[other] { $count } files were
    } not transcribed when Hark ended.
say-history-not-written = The history cannot be written: { $why }.
say-no-playback = The recording cannot be played: the loudspeaker does not answer.
say-deleted =
    { $count ->
        [one] Deleted from the history.
        *[other] { $count } entries deleted from the history.
    }
say-clip-unreadable = The bundled clip cannot be read: { $why }.
say-clip-no-text = The bundled clip has no text: { $why }.
say-model-unloadable = The model { $model } cannot be loaded: { $why }.
say-demo-only = The built-in demo model only understands its own synthetic clips.
say-no-other-language = There is no other language to go on to; choose several under “Dictate anywhere”.
say-kept =
    { $count ->
        [one] Recording kept
        *[other] { $count } recordings kept
    } ({ $length }).
say-discarded = Recording discarded ({ $length }).
say-discarded-slip = Recording of less than a second discarded.
say-recovered =
    { $count ->
        [one] Recovered recording { $length }.
        *[other] Recovered { $count } recordings, { $length } together.
    }
say-unrepaired =
    { $count ->
        [one] A recording of an earlier start cannot be read, and is left as it is: { $paths }
        *[other] { $count } recordings of earlier starts cannot be read, and are left as they are: { $paths }
    }
say-not-transcribed-again = The recording was not transcribed again: { $why }.
say-saved-all =
    Saved { $count ->
        [one] one transcript
        *[other] { $count } transcripts
    } in { $folder }.
say-not-all-saved = Not all could be saved: { $problem }.
say-held-too-long = { $key } was held for as long as is allowed, so the recording has ended.
say-settings-not-saved = The settings cannot be saved: { $why }. They hold until Hark ends.
say-nothing-to-save = There is no finished transcript to save yet.
say-transcript-not-saved = The transcript could not be saved: { $why }.

## Names of spoken languages, by their codes

language-name =
    { $code ->
        [en] English
        [zh] Chinese
        [de] German
        [es] Spanish
        [ru] Russian
        [ko] Korean
        [fr] French
        [ja] Japanese
        [pt] Portuguese
        [tr] Turkish
        [pl] Polish
        [ca] Catalan
        [nl] Dutch
        [ar] Arabic
        [sv] Swedish
        [it] Italian
        [id] Indonesian
        [hi] Hindi
        [fi] Finnish
        [vi] Vietnamese
        [he] Hebrew
        [uk] Ukrainian
        [el] Greek
        [ms] Malay
        [cs] Czech
        [ro] Romanian
        [da] Danish
        [hu] Hungarian
        [ta] Tamil
        [no] Norwegian
        [th] Thai
        [ur] Urdu
        [hr] Croatian
        [bg] Bulgarian
        [lt] Lithuanian
        [la] Latin
        [mi] Maori
        [ml] Malayalam
        [cy] Welsh
        [sk] Slovak
        [te] Telugu
        [fa] Persian
        [lv] Latvian
        [bn] Bengali
        [sr] Serbian
        [az] Azerbaijani
        [sl] Slovenian
        [kn] Kannada
        [et] Estonian
        [mk] Macedonian
        [br] Breton
        [eu] Basque
        [is] Icelandic
        [hy] Armenian
        [ne] Nepali
        [mn] Mongolian
        [bs] Bosnian
        [kk] Kazakh
        [sq] Albanian
        [sw] Swahili
        [gl] Galician
        [mr] Marathi
        [pa] Punjabi
        [si] Sinhala
        [km] Khmer
        [sn] Shona
        [yo] Yoruba
        [so] Somali
        [af] Afrikaans
        [oc] Occitan
        [ka] Georgian
        [be] Belarusian
        [tg] Tajik
        [sd] Sindhi
        [gu] Gujarati
        [am] Amharic
        [yi] Yiddish
        [lo] Lao
        [uz] Uzbek
        [fo] Faroese
        [ht] Haitian creole
        [ps] Pashto
        [tk] Turkmen
        [nn] Nynorsk
        [mt] Maltese
        [sa] Sanskrit
        [lb] Luxembourgish
        [my] Myanmar
        [bo] Tibetan
        [tl] Tagalog
        [mg] Malagasy
        [as] Assamese
        [tt] Tatar
        [haw] Hawaiian
        [ln] Lingala
        [ha] Hausa
        [ba] Bashkir
        [jw] Javanese
        [su] Sundanese
        [yue] Cantonese
        *[other] { $code }
    }

## Names that other parts have for what they do

doctor-name =
    { $check ->
        [cores] Cores
        [cpu] CPU
        [data] Data
        [display] Display
        [indicator] Indicator
        [insertion] Insertion
        [kernels] Kernels
        [keys] Keys
        [memory] Memory
        [microphone] Microphone
        [models] Models
        [npu] NPU
        [precision] Precision
        [tried-out] Tried out
        *[other] { $check }
    }
stage-spectrogram = Spectrogram
stage-encoder = Encoder
stage-cross = Keys and values
stage-decoder = Decoder, { $tokens } tokens
stage-threads =
    { $count ->
        [one] 1 thread
        *[other] { $count } threads
    }
npu-why-faster = the NPU is faster than the CPU here
npu-why-spares-battery = the NPU spares the battery
npu-why-forced = a test chose the NPU
npu-why-slower = the CPU is faster than the NPU here
npu-why-far-slower = the NPU takes over twice the CPU's time, even if it spares the battery
npu-why-switched-off = the NPU is switched off
npu-why-not-there = the NPU cannot be used
npu-why-not-measured = the NPU's speed is not known yet
