#!/usr/bin/env bash
# All the tests. Kernels really run: without a GPU, on Mesa's software driver, which is installed
# where no adapter is found.
#
#   tools/test.sh            formatting, lints, documentation, tests
#   tools/test.sh --python   the PyTorch reference's tests besides (they need tools/pyproject.toml)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/vulkan.sh
. tools/vulkan.sh

python=false
case "${1-}" in
    "") ;;
    --python) python=true ;;
    *) fail "unknown option $1; usage: tools/test.sh [--python]" ;;
esac

need_cargo
say "Formatting"
cargo fmt --check

say "Build"
# With the tests' own dependencies: a plain build would compile wgpu a second time without them.
cargo test --locked --workspace --no-run
ensure_adapter "${CARGO_TARGET_DIR:-target}/debug/gss-wgpu"

say "Lints"
cargo clippy --locked --workspace --all-targets -- -D warnings

say "Documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

say "Tests"
cargo test --locked --workspace

if $python; then
    say "PyTorch reference"
    (cd tools && python3 -m pytest)
fi
say "All tests passed"
