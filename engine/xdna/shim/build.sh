#!/bin/sh
# Builds the NPU library over XRT.
#
#   engine/xdna/shim/build.sh [--asan] [XRT_ROOT [FOLDER]]
#
# XRT_ROOT is the root of a tree with XRT's headers and library (package libxrt-dev, or AMD's; tried with 2.25): / unless
# given. The library comes into FOLDER, target/shim unless given. --asan builds it for finding faulty memory accesses.
# Exit code 75 and one line: something that it needs is missing.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
name=libhark_nx_xrt.so

missing() {
    printf '%s\n' "$*" >&2
    exit 75
}

sanitise=
if [ "${1:-}" = --asan ]; then
    sanitise="-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined"
    shift
fi
root=${1:-/}
root=${root%/}
folder=${2:-$here/../../../target/shim}
compiler=${CXX:-c++}

command -v "$compiler" >/dev/null || missing "a C++ compiler is missing: install g++ (or set CXX)"

# AMD's own packages are installed below opt/xilinx/xrt, a distribution's below usr.
headers=
for candidate in "$root/usr/include" "$root/opt/xilinx/xrt/include" "$root/include"; do
    [ -e "$candidate/xrt/xrt_hw_context.h" ] && headers=$candidate && break
done
[ -n "$headers" ] || missing "XRT's headers are missing below ${root:-/}: install libxrt-dev, or name the root of a tree that has them"
libraries=
for candidate in "$root/usr/lib/$(uname -m)-linux-gnu" "$root/usr/lib64" "$root/usr/lib" "$root/opt/xilinx/xrt/lib" "$root/lib"; do
    [ -e "$candidate/libxrt_coreutil.so" ] && libraries=$candidate && break
done
[ -n "$libraries" ] || missing "XRT's library (libxrt_coreutil.so) is missing below ${root:-/}: install libxrt-dev"

mkdir -p "$folder"
# What XRT itself needs may be of another tree than this system's. XRT's own headers are not held to our warnings. The
# library stays in memory once it is there: threads of XRT may be in it.
# Words of $sanitise are split on purpose.
# shellcheck disable=SC2086
"$compiler" -std=c++17 -O2 -g -fPIC -shared -fvisibility=hidden -fvisibility-inlines-hidden \
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror $sanitise \
    -isystem "$headers" -I "$here" \
    "$here/nx_xrt.cpp" "$here/objects.cpp" "$here/registry.cpp" "$here/errors.cpp" \
    -L "$libraries" -lxrt_coreutil -Wl,--allow-shlib-undefined -Wl,--no-undefined -Wl,-z,nodelete -Wl,-soname,$name \
    -o "$folder/$name.new"
mv -f "$folder/$name.new" "$folder/$name"
printf '%s\n' "$(readlink -f -- "$folder")/$name"
