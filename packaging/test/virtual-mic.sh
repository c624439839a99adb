#!/bin/sh
# A virtual microphone: a sound server of its own, whose default microphone hears what is played.
#
#   virtual-mic.sh start FOLDER     FOLDER becomes the XDG_RUNTIME_DIR of whoever wants to use it
#   virtual-mic.sh stop FOLDER
#
# To speak: XDG_RUNTIME_DIR=FOLDER paplay SPEECH.wav
set -eu
action=${1:?start or stop}
folder=${2:?a folder for the sockets}
XDG_RUNTIME_DIR=$folder
export XDG_RUNTIME_DIR
unset PULSE_SERVER PIPEWIRE_REMOTE PIPEWIRE_RUNTIME_DIR

# wait_for SECONDS COMMAND...
wait_for() {
    tries=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

is_default() {
    [ "$(pactl get-default-source)" = hark-test.monitor ]
}

stop() {
    [ -f "$folder/group" ] || return 0
    read -r group <"$folder/group"
    kill -s TERM -- "-$group" || echo "The virtual microphone had ended on its own." >&2
    rm -f "$folder/group"
}

start() {
    mkdir -p -m 700 "$folder"
    # The person's own choice of sound devices stays as it is. Bluetooth would wait for a login that
    # containers lack; a file of the same name takes the place of the one that switches it on.
    mkdir -p "$folder/config/wireplumber/bluetooth.lua.d"
    : >"$folder/config/wireplumber/bluetooth.lua.d/90-enable-all.lua"
    # The servers find one another through a session bus of their own; each waits for the one before.
    cat >"$folder/servers.sh" <<'SERVERS'
echo "$PPID" >"$XDG_RUNTIME_DIR/group"
pipewire &
# A socket that exists may not answer yet, and wireplumber does not try twice.
until pw-cli info 0 >/dev/null; do sleep 0.1; done
wireplumber &
until wpctl status | grep -q WirePlumber; do sleep 0.1; done
pipewire-pulse &
wait
SERVERS
    # A process group of its own, so that `stop` ends all of it and nothing else.
    XDG_CONFIG_HOME=$folder/config XDG_STATE_HOME=$folder/state \
        setsid dbus-run-session -- sh "$folder/servers.sh" >"$folder/servers.log" 2>&1 </dev/null &
    if wait_for 20 pactl info &&
        pactl load-module module-null-sink sink_name=hark-test media.class=Audio/Sink rate=48000 channels=2 >/dev/null &&
        wait_for 10 pactl set-default-sink hark-test &&
        wait_for 10 pactl set-default-source hark-test.monitor &&
        wait_for 10 is_default; then
        return 0
    fi
    echo "The virtual microphone did not start. Its servers said:" >&2
    cat "$folder/servers.log" >&2
    stop
    return 1
}

case $action in
    start) start ;;
    stop) stop ;;
    *)
        echo "usage: virtual-mic.sh start|stop FOLDER" >&2
        exit 2
        ;;
esac
