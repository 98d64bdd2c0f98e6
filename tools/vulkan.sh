# shellcheck shell=bash
# Sourced by demo.sh and test.sh: makes sure that there is a GPU adapter to run kernels on.

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

need_cargo() {
    command -v cargo >/dev/null ||
        fail "cargo was not found; install a Rust toolchain from https://rustup.rs and start again"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root is needed to run: $*"
    fi
}

# ensure_adapter PROGRAM: installs Mesa's software Vulkan driver where PROGRAM finds no adapter.
ensure_adapter() {
    local program=$1
    if "$program" devices >/dev/null 2>&1; then
        return
    fi
    # Metal is part of macOS: there is nothing to install.
    [ "$(uname -s)" = Linux ] || fail "no GPU adapter was found; run '$program devices' for details"
    command -v apt-get >/dev/null ||
        fail "no Vulkan adapter was found; install your distribution's Mesa Vulkan drivers"
    say "No Vulkan adapter found: installing Mesa's software driver"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends libvulkan1 mesa-vulkan-drivers
    "$program" devices >/dev/null ||
        fail "still no Vulkan adapter; run '$program devices' for details"
}
