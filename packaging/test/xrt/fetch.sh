#!/bin/sh
# Fetches XRT's own userspace and the C library that it needs, and unpacks them; nothing of the system changes.
#
#   packaging/test/xrt/fetch.sh FOLDER     FOLDER/root is then a tree with usr/lib/x86_64-linux-gnu and usr/include
#
# What packages.txt names is taken from the Debian mirror that apt uses here, and only if its SHA-256 is the one
# recorded there. What is there already is kept. Exit code 75 and one line: they cannot be had here.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
folder=${1:?where to?}
helper=/usr/lib/apt/apt-helper

unavailable() {
    printf '%s\n' "$*"
    exit 75
}

[ "$(uname -m)" = x86_64 ] || unavailable "XRT's packages are for x86-64"
list=$(sed '/^#/d' "$here/packages.txt")
stamp=$(sha256sum "$here/packages.txt" | cut -d ' ' -f 1)
[ "$(cat "$folder/unpacked" 2>/dev/null)" = "$stamp" ] && exit 0
command -v dpkg-deb >/dev/null || unavailable "dpkg-deb is not installed"
[ -x $helper ] || unavailable "apt is not installed"

# The pools of all of Debian's releases are one, whatever release this machine runs.
mirrors() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null
    echo http://deb.debian.org/debian/
}

mkdir -p "$folder/packages"
printf '%s\n' "$list" | while read -r sum path; do
    package=$folder/packages/${path##*/}
    echo "$sum  $package" | sha256sum --check --status 2>/dev/null && continue
    rm -f "$package"
    for mirror in $(mirrors | sort -u); do
        $helper download-file "${mirror%/}/$path" "$package" "SHA256:$sum" >"$folder/download.log" 2>&1 && break
    done
    echo "$sum  $package" | sha256sum --check --status 2>/dev/null && continue
    printf '%s: %s\n' "${path##*/}" "$(tail -n 1 "$folder/download.log")" >"$folder/missing"
    exit 1
done || unavailable "the mirror cannot be reached, or no longer has $(cat "$folder/missing")"

rm -rf "$folder/root" "$folder/unpacked"
mkdir "$folder/root"
printf '%s\n' "$list" | while read -r sum path; do
    dpkg-deb --extract "$folder/packages/${path##*/}" "$folder/root"
done
printf '%s\n' "$stamp" >"$folder/unpacked"
