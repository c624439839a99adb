#!/bin/sh
# Makes the package for Debian 12, Ubuntu 24.04 and newer, of the machine's own architecture.
#
#   packaging/deb.sh [FOLDER]     the package comes into FOLDER, target/package unless given
#
# The last line is the package's name. It holds the library over XRT, for AMD's NPUs, if that can be built: where
# libxrt-dev is installed, or ./test has fetched XRT. It is refused if it would not start on Debian 12.
set -eu
root=$(dirname -- "$(readlink -f -- "$0")")/..
cd "$root"
root=$PWD
. packaging/prepare.sh

# Debian 12 has this C library; who has a newer one builds something that does not start there.
GLIBC=2.36

maintainer="${DEBFULLNAME:-The Hark contributors} <${DEBEMAIL:-hark@localhost}>"
work=$root/target/package
tree=$work/tree
out=${1:-$work}

tools() {
    find_cargo
    if has_apt; then
        build_needs
        need_tool rsvg-convert librsvg2-bin "draws the icon in every size"
        need_tool objdump binutils "sees which C library is needed"
        need_tool desktop-file-validate desktop-file-utils "checks the entry in the menu"
        need_tool appstreamcli appstream "checks the entry in software centres"
        need_tool lintian lintian "checks the package"
        install_missing
    fi
    cargo deb --version >/dev/null 2>&1 || {
        say "cargo-deb is missing: cargo install --locked cargo-deb"
        exit 1
    }
}

# refuse_newer FILE: whether every function that the file wants of the C library is in Debian 12's.
refuse_newer() {
    newest=$(objdump -T "$1" | grep -o 'GLIBC_[0-9][0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
    say "${1##*/} needs the C library $newest"
    [ "$(printf '%s\n' "$newest" $GLIBC | sort -V | tail -n 1)" = $GLIBC ] || {
        say "That is newer than Debian 12's ($GLIBC): build on Debian 12."
        exit 1
    }
}

icons() {
    for size in 16 22 24 32 48 64 128 256 512; do
        folder=$tree/usr/share/icons/hicolor/${size}x$size/apps
        mkdir -p "$folder"
        rsvg-convert --width $size --height $size assets/icon.svg >"$folder/hark.png"
    done
    install -D -m 644 assets/icon.svg "$tree/usr/share/icons/hicolor/scalable/apps/hark.svg"
}

desktop() {
    desktop-file-validate packaging/desktop/hark.desktop
    appstreamcli validate --no-net packaging/desktop/hark.metainfo.xml >&2
    install -D -m 644 packaging/desktop/hark.desktop "$tree/usr/share/applications/hark.desktop"
    install -D -m 644 packaging/desktop/hark.metainfo.xml "$tree/usr/share/metainfo/local.hark.hark.metainfo.xml"
}

# For whoever starts it: nothing runs that nobody asked for.
service() {
    install -D -m 644 packaging/systemd/hark-serve.service "$tree/usr/lib/systemd/user/hark-serve.service"
}

# What the command line says of itself.
manual() {
    mkdir -p "$tree/usr/share/man/man1" "$tree/usr/share/bash-completion/completions" \
        "$tree/usr/share/zsh/vendor-completions" "$tree/usr/share/fish/vendor_completions.d"
    "$hark" manual "$tree/usr/share/man/man1"
    "$hark" completions bash >"$tree/usr/share/bash-completion/completions/hark"
    "$hark" completions zsh >"$tree/usr/share/zsh/vendor-completions/_hark"
    "$hark" completions fish >"$tree/usr/share/fish/vendor_completions.d/hark.fish"
    gzip -9n "$tree"/usr/share/man/man1/*.1
}

documents() {
    folder=$tree/usr/share/doc/hark
    mkdir -p "$folder/examples" "$folder/guide"
    cp packaging/docs/*.md "$folder/guide/"
    cp packaging/debian/npu-memlock.conf "$folder/examples/"
    python3 packaging/notices.py "$folder/third-party" >&2
    gzip -9n "$folder/third-party"
    install -D -m 644 packaging/debian/lintian-overrides "$tree/usr/share/lintian/overrides/hark"
    # To try it at once; not below doc, which small installations leave out.
    install -D -m 644 assets/demo/samples/short01.wav "$tree/usr/share/hark/short01.wav"
}

# The library over XRT, if it can be built here.
npu() {
    for xrt in / "$(target_folder)/xrt/root"; do
        if library=$(engine/xdna/shim/build.sh "$xrt" "$work/shim" 2>"$work/shim.log"); then
            refuse_newer "$library"
            install -D -m 644 "$library" "$tree/usr/lib/hark/libhark_nx_xrt.so"
            strip --strip-unneeded "$tree/usr/lib/hark/libhark_nx_xrt.so"
            return
        fi
    done
    say "Without the library for AMD's NPUs: $(tail -n 1 "$work/shim.log")"
}

changelog() {
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    {
        printf 'hark (%s-1) unstable; urgency=medium\n\n' "$version"
        printf '  * What has changed is in CHANGELOG.md of the sources.\n\n'
        printf ' -- %s  %s\n' "$maintainer" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")"
    } >"$work/changelog"
}

tools
# The same sources give the same package, whenever it is made.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
cargo build --release --locked -p hark </dev/null >&2
hark=$(target_folder)/release/hark
refuse_newer "$hark"
rm -rf "$work"
mkdir -p "$tree" "$out"
icons
desktop
service
manual
documents
npu
changelog
find "$tree" -type d -exec chmod 755 {} +
package=$(cargo deb -p hark --no-build --strip --maintainer "$maintainer" --output "$out/" --quiet)
package=${package:-$(ls -t "$out"/*.deb | head -n 1)}
lintian --fail-on error,warning --tag-display-limit 0 "$package" >&2
printf '%s\n' "$package"
