#!/bin/sh
# Runs a command with sound of its own: PipeWire with one sink, whose monitor is the microphone.
# What the command plays, for instance with paplay, is what its microphone hears.
#
# usage: with-virtual-microphone.sh COMMAND [ARGUMENT...]
# needs: pipewire pipewire-alsa pipewire-pulse wireplumber pulseaudio-utils dbus
set -eu

for tool in pipewire wireplumber pipewire-pulse pactl dbus-run-session; do
    if ! command -v "$tool" >/dev/null; then
        echo "with-virtual-microphone: $tool is not installed" >&2
        exit 77
    fi
done

if [ "${HARK_INSIDE_SOUND:-}" != 1 ]; then
    folder=$(mktemp -d)
    chmod 700 "$folder"
    status=0
    HARK_INSIDE_SOUND=1 XDG_RUNTIME_DIR=$folder dbus-run-session -- "$0" "$@" || status=$?
    rm -rf "$folder"
    exit "$status"
fi

unset PULSE_SERVER
pipewire >"$XDG_RUNTIME_DIR/pipewire.log" 2>&1 &
daemons=$!
sleep 0.5
wireplumber >"$XDG_RUNTIME_DIR/wireplumber.log" 2>&1 &
daemons="$! $daemons"
sleep 1
pipewire-pulse >"$XDG_RUNTIME_DIR/pipewire-pulse.log" 2>&1 &
daemons="$! $daemons"
# shellcheck disable=SC2086 # a list of process ids
trap 'kill $daemons 2>/dev/null || true' EXIT

tries=0
until pactl info >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 80 ]; then
        echo "with-virtual-microphone: the sound server does not start" >&2
        exit 1
    fi
    sleep 0.25
done
pactl load-module module-null-sink sink_name=virtual media.class=Audio/Sink rate=48000 channels=2 >/dev/null
pactl set-default-sink virtual
pactl set-default-source virtual.monitor

"$@"
