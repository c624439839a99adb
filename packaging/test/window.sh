#!/bin/sh
# Opens the real window on a screen in memory, drops a file onto it, talks to it through its socket, and
# closes it. Then it is opened with a device that never closes, and closed again.
#
#   window.sh BINARY FOLDER [installed]     screenshots and what the program said are left in FOLDER; what is
#                                           installed has no fake of an NPU beside it
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
binary=$(readlink -f -- "${1:?the program}")
mkdir -p "${2:?a folder for screenshots}"
out=$(readlink -f -- "$2")
clip=$here/../../assets/demo/samples/short01.wav
# Debian's own, which has python3-xlib.
python=/usr/bin/python3

work=$(mktemp -d)
screen=
app=
# shellcheck disable=SC2086 # empty until started
trap 'kill $app $screen 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

fail() {
    echo "FAILED: $*"
    echo "The program said:"
    cat "$out/hark.log" || true
    exit 1
}

# until_true SECONDS COMMAND...: fails at once if the program has ended.
until_true() {
    tries=$(($1 * 5))
    shift
    until "$@"; do
        [ -z "$app" ] || kill -0 "$app" 2>/dev/null || return 1
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}

has_screen() { [ -s "$work/display" ]; }

find_window() {
    window=$(xdotool search --onlyvisible --name '^Hark' 2>/dev/null | tail -n 1)
    [ -n "$window" ]
}

# photograph NAME
photograph() { import -window "$window" "$out/$1.png"; }

# A window that has been drawn shows text: far more colours than a cleared one.
is_drawn() {
    photograph "$1"
    [ "$(identify -format '%k' "$out/$1.png")" -gt 50 ]
}

# differs FROM NAME: photographs the window as NAME; true if at least one pixel in a hundred is not as in FROM.
differs() {
    photograph "$2"
    changed=$(compare -metric AE "$out/$1.png" "$out/$2.png" null: 2>&1 || true)
    all=$(identify -format '%[fx:w*h]' "$out/$1.png")
    awk -v changed="$changed" -v all="$all" 'BEGIN { exit !(changed > all / 100) }'
}

# says PATTERN COMMAND...: whether what the command prints contains the pattern; kept for the report.
says() {
    pattern=$1
    shift
    "$binary" "$@" >"$work/said" 2>&1 || return 1
    grep -q "$pattern" "$work/said"
}

# Started and not opened: a machine without a microphone says so, which is an answer, too.
was_started() {
    "$binary" status --format json >"$work/said" 2>&1 && ! grep -q '"generation":0' "$work/said"
}

# Nothing moves any more, so that what changes next has a reason.
is_settled() {
    photograph settled
    sleep 1
    ! differs settled later
}

has_ended() { ! kill -0 "$app" 2>/dev/null; }

# The functional fake of an NPU, which is built with the program.
fake() {
    folder=$(dirname -- "$binary")
    for library in "$folder/libhark_kernels.so" "$folder/deps/libhark_kernels.so"; do
        [ ! -e "$library" ] || return 0
    done
    return 1
}

# has_workers PROCESS / has_no_workers PROCESS: of the NPU, started by it.
has_workers() { pgrep -f "npu-worker $1\$" >"$work/workers"; }
has_no_workers() { ! has_workers "$1"; }

# The person's own models, settings and recordings have no part in this.
HOME=$work
LANG=C.UTF-8
XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
export HOME LANG XDG_RUNTIME_DIR
unset WAYLAND_DISPLAY HARK_DATA_DIR XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME
: >"$out/hark.log"

# Without -noreset it would begin anew, and refuse connections meanwhile, whenever its last client leaves.
Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp -noreset 3>"$work/display" 2>"$out/screen.log" &
screen=$!
until_true 10 has_screen || fail "no screen: $(cat "$out/screen.log")"
DISPLAY=:$(cat "$work/display")
export DISPLAY

"$binary" --model demo >"$out/hark.log" 2>&1 &
app=$!
until_true 30 find_window || fail "no window"
until_true 20 is_drawn opened || fail "the window stays blank (see $out/opened.png)"
echo "opened: $(identify -format '%w x %h, %k colours' "$out/opened.png")"

$python "$here/drop_file.py" "$window" "$clip" || fail "the file was not taken"
until_true 60 differs opened dropped || fail "a dropped file changes nothing (see $out/dropped.png)"
echo "dropped: the window shows it"

until_true 20 says '^Idle · demo on CPU' status || fail "no status: $(cat "$work/said")"
until_true 60 is_settled || fail "the window does not come to rest"
"$binary" "$clip" >"$work/said" 2>&1 || fail "a second one does not hand over: $(cat "$work/said")"
grep -q 'is running already: its window comes forward and has got the file' "$work/said" ||
    fail "a second one says: $(cat "$work/said")"
until_true 60 differs settled handed || fail "a file handed over changes nothing (see $out/handed.png)"
! has_ended || fail "the first one has ended"
echo "handed over: the window shows it"

"$binary" start >"$work/said" 2>&1 || fail "no start: $(cat "$work/said")"
until_true 20 was_started || fail "nothing was started: $(cat "$work/said")"
"$binary" cancel >"$work/said" 2>&1 || fail "no cancel: $(cat "$work/said")"
until_true 20 says '^Idle' status || fail "it does not come to rest: $(cat "$work/said")"
"$binary" stop >"$work/said" 2>&1 || fail "nothing to stop is no error: $(cat "$work/said")"
echo "asked: it starts, cancels and says so"

$python "$here/close_window.py" "$window"
until_true 10 has_ended || has_ended || fail "the window does not close"
code=0
wait "$app" || code=$?
app=
[ "$code" -eq 0 ] || fail "closing ended with exit code $code"
! grep -q 'panicked' "$out/hark.log" || fail "a panic"
code=0
"$binary" status >"$work/said" 2>&1 || code=$?
[ "$code" -eq 5 ] || fail "after the end, status says: $(cat "$work/said")"
[ ! -e "$XDG_RUNTIME_DIR/hark/control.sock" ] || fail "it leaves its socket behind"
echo "closed: exit code 0"

if [ "${3:-}" = installed ]; then
    exit 0
fi

# A device that never closes, once with a worker that can be killed, once with one that a driver holds for good.
fake || fail "there is no fake of an NPU beside the program"
for held in "" 1; do
    window=
    env HARK_NPU=fake HARK_NPU_LIBRARY="$library" HARK_NPU_FAULT=hang:close HARK_NPU_LIMIT_MS=2000 \
        ${held:+HARK_NPU_HELD=1} "$binary" --model demo >"$out/hark.log" 2>&1 &
    app=$!
    until_true 30 find_window || fail "no window beside an NPU"
    until_true 60 says 'demo on NPU (fake)' status || fail "the fake encodes nothing: $(cat "$work/said")"
    has_workers "$app" || fail "nobody works for the NPU"
    asked=$(date +%s%3N)
    closing=$app
    $python "$here/close_window.py" "$window"
    until_true 20 has_ended || has_ended || fail "the window does not close while the NPU hangs"
    took=$(($(date +%s%3N) - asked))
    code=0
    wait "$app" || code=$?
    app=
    [ "$code" -eq 0 ] || fail "closing beside an NPU that hangs ended with exit code $code"
    until_true 10 has_no_workers "$closing" || fail "a worker is left: $(cat "$work/workers")"
    echo "closed beside a device that never closes${held:+, and a worker that cannot be killed}: $took ms, no worker is left"
done
