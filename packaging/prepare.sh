# What both commands need before they can build. Sourced by `run` and `test`, which set $root.
#
# Everything is printed on stderr: stdout belongs to the program that is run.

say() { printf '%s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# Whether a Debian package is installed; a name that gained the suffix t64 counts as the same.
installed() {
    for name in "$1" "$1t64"; do
        case $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) in
            installed) return 0 ;;
        esac
    done
    return 1
}

# need PACKAGE WHY...: notes a package that is missing.
need() {
    if ! installed "$1"; then
        package=$1
        shift
        missing="$missing $package"
        reasons="$reasons
  $package: $*"
    fi
}

# need_tool COMMAND PACKAGE WHY...: the same, where any package that brings the command will do.
need_tool() {
    if ! have "$1"; then
        shift
        need "$@"
    fi
}

missing=
reasons=

build_needs() {
    need_tool cc build-essential "C compiler and linker"
    need_tool make build-essential "builds the Opus decoder"
    need_tool cmake cmake "builds the Opus decoder"
    need_tool pkg-config pkg-config "finds the sound library"
    need libasound2-dev "microphones, through ALSA"
}

# None of these is linked: the window looks for them when it opens.
window_needs() {
    for library in libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0; do
        need $library "window and keyboard on X11"
    done
    for library in libwayland-client0 libwayland-egl1; do
        need $library "window on Wayland"
    done
    for library in libgl1 libegl1; do
        need $library "drawing"
    done
    need libfontconfig1 "finds fonts for other scripts"
}

# Installs what `need` has noted, if anything. Without the right to do so, says what to type.
install_missing() {
    [ -n "$missing" ] || return 0
    # The same package may have been asked for by two commands.
    packages=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
    packages=${packages% }
    say "These packages are missing:$reasons"
    missing=
    reasons=
    # --no-remove: a package that another one would have to leave for is not ours to replace.
    # shellcheck disable=SC2086 # a list of words
    set -- install -y --no-install-recommends --no-remove $packages
    if [ "$(id -u)" = 0 ]; then
        as_root=
        say "Installing them."
    elif have sudo; then
        as_root=sudo
        # Without a person there is nobody to type a password.
        [ "${CI:-}" = true ] && as_root='sudo -n'
        say "Installing them needs administrator rights: sudo may ask for your password."
    else
        say "Installing them needs administrator rights, and there is no sudo. Please run as root, then try again:"
        say "  apt-get update && apt-get $*"
        return 1
    fi
    # Old or missing package lists are the usual reason for a failure; a failed refresh alone is none.
    {
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update ||
            say "The package lists could not be refreshed; trying with the old ones."
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
    } </dev/null >&2 || {
        say "Installing failed. The command was:"
        say "  apt-get $*"
        return 1
    }
}

# Whether packages can be looked up and installed here; if not, says once what is needed.
has_apt() {
    if have apt-get && have dpkg-query; then
        return 0
    fi
    have cc && have cmake && have pkg-config && pkg-config --exists alsa && return 1
    say "This is not Debian or Ubuntu, so nothing is installed. If the build or the window fails, install:"
    say "  a C compiler, make, cmake, pkg-config and the ALSA headers (alsa-lib-devel, alsa-lib);"
    say "  for the window: libX11, libXcursor, libXi, libXrandr, libxkbcommon with its X11 part, libGL, libEGL."
    return 1
}

# Cargo, new enough. Looks where rustup puts it, too: a shell opened before the installation does not.
find_cargo() {
    have cargo || PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
    export PATH
    wanted=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$root/Cargo.toml")
    if ! have cargo; then
        say "Rust is missing. Hark needs Rust $wanted or newer; get it from https://rustup.rs, then try again."
        say "(The packages of Debian 12 and Ubuntu 24.04 are too old.)"
        return 1
    fi
    found=$(cargo --version 2>/dev/null | sed -n 's/^cargo \([0-9]*\.[0-9]*\).*/\1/p')
    if [ -z "$found" ]; then
        say "cargo is there but does not start:"
        cargo --version >&2 || true
        return 1
    fi
    if [ "${found%%.*}" -lt "${wanted%%.*}" ] ||
        { [ "${found%%.*}" -eq "${wanted%%.*}" ] && [ "${found#*.}" -lt "${wanted#*.}" ]; }; then
        say "Rust $found is too old: Hark needs $wanted or newer."
        if have rustup; then
            say "Get it by: rustup update stable"
        else
            say "Get it from https://rustup.rs, then try again."
        fi
        return 1
    fi
}

# Where cargo puts what it builds, whatever the person's settings say.
target_folder() {
    cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 </dev/null |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
