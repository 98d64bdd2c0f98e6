#!/usr/bin/env bash
# From a fresh clone to a spoken sentence: installs a software Vulkan driver only where no adapter
# is found, builds, and speaks in the voice of the bundled reference recording.
#
#   tools/demo.sh ["Another sentence."]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/vulkan.sh
. tools/vulkan.sh

text=${1:-"It speaks. A voice it never heard before, on any graphics processor."}
reference=weights/small/reference.wav
output=demo.wav

need_cargo
say "Building (the first time takes some minutes)"
cargo build --release --locked
program=${CARGO_TARGET_DIR:-target}/release/gss-wgpu
ensure_adapter "$program"

say "Speaking in the voice of $reference"
"$program" synth --text "$text" --reference "$reference" --i-have-rights --output "$output"
say "Listen: $PWD/$output"
