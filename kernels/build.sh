#!/bin/sh
# Makes the program for an NPU (xclbin) of the design and the kernels.
#
#   kernels/build.sh npu1|npu2 [FOLDER]
#
# It needs mlir-aie and llvm-aie in exactly the versions below, because the text of designs is another in every other,
# and XRT's xclbinutil. PEANO_INSTALL_DIR names the folder of llvm-aie, PYTHON the interpreter that both are installed
# for. What is made comes into FOLDER, target/npu/npu1 or npu2 unless given: hark-npu.xclbin, which Hark looks for beside
# itself and in ../lib/hark, and hark-npu.json, which says what it was made of.
#
# Nothing is left in FOLDER unless the compiler made of the design what was asked for: the same instructions as ours for
# one launch, word by word, and all buffers where they belong.
# KEEP=1 keeps the folder in which it works, for whoever wants to see what the compiler did.
# Exit code 75 and one line: something is missing. 65: something is another than it should be.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
mlir_aie=1.3.4
llvm_aie=21.0.0.2026062301+cb664e8c
program=hark-npu.xclbin
object=hark_core.o

missing() {
    printf '%s\n' "$*" >&2
    exit 75
}

wrong() {
    printf '%s\n' "$*" >&2
    exit 65
}

device=${1:-}
case $device in
    npu1) target=aie2-none-unknown-elf ;;
    npu2) target=aie2p-none-unknown-elf ;;
    *)
        echo "usage: kernels/build.sh npu1|npu2 [FOLDER]" >&2
        exit 2
        ;;
esac
folder=${2:-$here/../target/npu/$device}
ours=${HARK_KERNELS:-$here/../target/release/hark-kernels}
python=${PYTHON:-python3}

# What is needed, each with what to do.
[ -x "$ours" ] || missing "$ours is missing: cargo build --release -p hark-kernels"
for tool in sha256sum "$python"; do
    command -v "$tool" >/dev/null || missing "$tool is missing"
done
for tool in aie-opt aiecc; do
    command -v "$tool" >/dev/null || missing "$tool is missing: install mlir_aie $mlir_aie, and put its folder bin into PATH"
done
command -v xclbinutil >/dev/null || missing "xclbinutil is missing: install XRT, and put its folder bin into PATH"
peano=${PEANO_INSTALL_DIR:-}
[ -n "$peano" ] || missing "PEANO_INSTALL_DIR is not set: install llvm-aie $llvm_aie, and name its folder"
[ -x "$peano/bin/clang++" ] || missing "$peano/bin/clang++ is missing: PEANO_INSTALL_DIR is not the folder of llvm-aie"

# is_version PACKAGE WANTED: exactly this one is installed.
is_version() {
    found=$("$python" -c 'import sys, importlib.metadata as m; print(m.version(sys.argv[1]))' "$1" 2>/dev/null) ||
        missing "$1 is not installed for $python: $2 is needed"
    [ "$found" = "$2" ] || wrong "$1 $found is installed, and $2 is needed: the text of designs is another in every version"
}
is_version mlir_aie "$mlir_aie"
is_version llvm-aie "$llvm_aie"

work=$(mktemp -d)
if [ -n "${KEEP:-}" ]; then
    printf 'working in %s\n' "$work"
else
    trap 'rm -rf "$work"' EXIT
fi
trap 'exit 130' INT
trap 'exit 143' TERM

# The compiler says itself whether it takes such text, before it is given all of it.
for probe in parts program launch; do
    aie-opt "$here/probes/$probe.mlir" -o "$work/$probe.out" 2>"$work/$probe.log" ||
        wrong "aie-opt refuses probes/$probe.mlir: $(grep -m 1 error "$work/$probe.log" || head -n 1 "$work/$probe.log")"
done

# The design, as text and as we would have it.
"$ours" mlir "$device" >"$work/design.mlir"
"$ours" mlir --check "$work/design.mlir"
"$ours" mlir "$device" --words "$work/reference.bin"

# The loops of the cores. The vector library's headers come with mlir-aie.
include=$(dirname -- "$(dirname -- "$(command -v aie-opt)")")/include
"$peano/bin/clang++" --target="$target" -std=c++20 -O2 -DNDEBUG -I "$include" \
    -Wno-parentheses -Wno-attributes -Wno-macro-redefined -Wno-empty-body \
    -Wno-missing-template-arg-list-after-template-kw \
    -c "$here/cc/core.cc" -o "$work/$object" || wrong "the kernels do not compile"

# Buffers keep their addresses only if they are placed by banks; a folder of an earlier run would be used again.
(
    cd "$work"
    aiecc --no-xchesscc --no-xbridge --peano="$peano" --alloc-scheme=bank-aware \
        --aie-generate-xclbin --xclbin-name="$program" \
        --aie-generate-npu-insts --npu-insts-name=made.bin design.mlir
) || wrong "aiecc does not make a program of the design"
for made in "$program" made.bin; do
    [ -s "$work/$made" ] || wrong "aiecc ended well, and left no $made"
done

"$ours" compare "$work/reference.bin" "$work/made.bin" ||
    wrong "aiecc makes other instructions of the launch than we do (ours, then aiecc's)"

# places FILE: names of buffers and where they are.
places() {
    sed -n 's/.*aie\.buffer(.*address = \([0-9]*\) : i32.*sym_name = "\([^"]*\)".*/\2 \1/p' "$1" | LC_ALL=C sort
}
lowered=$(find "$work/design.mlir.prj" -name '*input_with_addresses.mlir' 2>/dev/null | head -n 1)
[ -n "$lowered" ] || wrong "aiecc left no text with addresses"
places "$work/design.mlir" >"$work/places"
places "$lowered" >"$work/places.made"
moved=$(
    LC_ALL=C join -a 1 -a 2 -e nowhere -o 0,1.2,2.2 "$work/places" "$work/places.made" |
        while read -r name wanted made; do
            [ "$wanted" = "$made" ] || printf '%s at %s instead of %s; ' "$name" "$made" "$wanted"
        done
)
[ -z "$moved" ] || wrong "aiecc puts buffers elsewhere: ${moved%; }"

# entry FILE: of the manifest.
entry() {
    hash=$(sha256sum "$work/$1")
    bytes=$(wc -c <"$work/$1")
    printf '    "%s": {"bytes": %d, "sha256": "%s"}' "$1" "$bytes" "${hash%% *}"
}
{
    printf '{\n  "device": "%s",\n  "mlir_aie": "%s",\n  "llvm_aie": "%s",\n  "files": {\n' "$device" "$mlir_aie" "$llvm_aie"
    for made in "$program" "$object" design.mlir; do
        entry "$made"
        printf ',\n'
    done
    entry reference.bin
    printf '\n  }\n}\n'
} >"$work/hark-npu.json"

mkdir -p "$folder"
for made in "$object" design.mlir reference.bin "$program" hark-npu.json; do
    mv -f "$work/$made" "$folder/$made"
done
printf '%s\n' "$(readlink -f -- "$folder")/$program"
