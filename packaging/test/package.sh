#!/bin/sh
# Installs the package on a Debian 12 that has nothing else, and uses it there: version, doctor, first text, manual,
# and the real window, with everything that window.sh does to it without an NPU.
#
#   package.sh PACKAGE FOLDER     what was said and seen is left in FOLDER
#
# Needs root (for the other Debian), debootstrap, a mount namespace and a mirror.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
package=$(readlink -f -- "${1:?the package}")
mkdir -p "${2:?a folder}"
out=$(readlink -f -- "$2")
root=$(readlink -f -- "$here/../..")

fail() {
    echo "FAILED: $*"
    exit 1
}

# In a mount namespace of its own, so that nothing stays mounted whatever happens.
if [ "${HARK_PACKAGE_ROOM:-}" != yes ]; then
    exec env HARK_PACKAGE_ROOM=yes unshare --mount "$0" "$package" "$out"
fi

work=$(mktemp -d)
debian=$work/debian
trap 'umount -R "$debian/proc" "$debian$root" "$debian$work/room" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM

seconds() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f s", b - a }'; }
inside() { chroot "$debian" env -i HOME="$work/room" LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

debootstrap --variant=minbase bookworm "$debian" >"$out/debootstrap.log" 2>&1 ||
    fail "Debian 12 cannot be had: $(tail -n 1 "$out/debootstrap.log")"
mount -t proc proc "$debian/proc"
# The repository's clips, and a folder for what the window leaves, at the same paths on both sides.
mkdir -p "$work/room" "$debian$work/room" "$debian$root"
mount --bind "$work/room" "$debian$work/room"
mount --bind "$root" "$debian$root"

cp "$package" "$debian/hark.deb"
echo "package: $(stat -c %s "$package" | awk '{ printf "%.1f MB", $1 / 1e6 }')," \
    "$(dpkg-deb --field "$package" Installed-Size | awk '{ printf "%.1f MB installed", $1 * 1.024e-3 }')"
began=$(seconds)
inside apt-get -qq update >"$out/install.log" 2>&1 || fail "$(tail -n 1 "$out/install.log")"
inside env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends /hark.deb >>"$out/install.log" 2>&1 ||
    fail "it cannot be installed: $(tail -n 3 "$out/install.log")"
echo "installed, with what it depends on and nothing that it recommends: $(since "$began")"

installed=$(seconds)
inside hark transcribe --model demo /usr/share/hark/short01.wav >"$out/text" 2>"$out/transcribe.log" ||
    fail "no text: $(cat "$out/transcribe.log")"
echo "first text after installation: $(since "$installed"): $(cat "$out/text")"
expected=$(awk -F'\t' '$1 == "short01.wav" { print $2 }' "$root/assets/demo/samples/expected.tsv")
[ "$(tr -s ' \n' ' ' <"$out/text" | sed 's/^ //; s/ $//')" = "$(echo "$expected" | sed 's/^ *//; s/ *$//')" ] ||
    fail "that is not '$expected'"

inside hark --version
code=0
inside hark doctor >"$out/doctor" || code=$?
[ "$code" -le 1 ] || fail "the doctor ends with $code"
sed 's/^/doctor: /' "$out/doctor"

for file in share/applications/hark.desktop share/icons/hicolor/48x48/apps/hark.png \
    share/metainfo/local.hark.hark.metainfo.xml share/man/man1/hark.1.gz share/man/man1/hark-transcribe.1.gz \
    share/bash-completion/completions/hark share/doc/hark/copyright share/doc/hark/third-party.gz; do
    [ -s "$debian/usr/$file" ] || fail "usr/$file is missing"
done
# Everything that the entry of the menu starts is understood, though there is no screen yet.
sed -n 's/^Exec=hark *//p' "$debian/usr/share/applications/hark.desktop" | while read -r arguments; do
    # shellcheck disable=SC2086 # a list of words
    said=$(inside hark ${arguments%\%F} 2>&1) || true
    case $said in *"unexpected argument"* | *panicked*) fail "hark $arguments: $said" ;; esac
done
inside bash -c 'complete -p >/dev/null; . /usr/share/bash-completion/completions/hark; complete -p hark' ||
    fail "bash does not take the completions"

if command -v Xvfb >/dev/null && command -v xdotool >/dev/null && command -v import >/dev/null; then
    # The screen is outside; its socket has no path, and is the same inside.
    {
        echo '#!/bin/sh'
        echo "exec chroot '$debian' env HOME=\"\$HOME\" DISPLAY=\"\$DISPLAY\" XDG_RUNTIME_DIR=\"\$XDG_RUNTIME_DIR\" /usr/bin/hark \"\$@\""
    } >"$work/hark"
    chmod +x "$work/hark"
    TMPDIR=$work/room "$here/window.sh" "$work/hark" "$out" installed || fail "the window"
else
    echo "SKIPPED: the window of the package: it needs Xvfb, xdotool and ImageMagick"
fi

inside env DEBIAN_FRONTEND=noninteractive apt-get purge -y hark >>"$out/install.log" 2>&1 || fail "it cannot be removed"
left=$(find "$debian/usr" "$debian/etc" -iname '*hark*' | head)
[ -z "$left" ] || fail "it leaves behind: $left"
echo "removed: nothing is left"
