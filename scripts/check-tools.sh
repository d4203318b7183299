#!/usr/bin/env bash
# Checks the tools that scripts cannot install (the Rust toolchain and Node.js) and says what to do
# about each that is missing, all in one go.
#
#   scripts/check-tools.sh rust
#   scripts/check-tools.sh rust node
set -euo pipefail
cd "$(dirname "$0")/.."

node_major_min=20
failed=0
complain() { echo "tools: $*" >&2; failed=1; }

check_rust() {
  local wanted found
  wanted="$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)"
  if ! command -v cargo >/dev/null; then
    complain "cargo is missing. Install Rust with rustup (rustup.rs); it fetches toolchain $wanted by itself."
  elif ! found="$(rustc --version 2>&1)"; then
    complain "rustc does not start: $found. Run: rustup toolchain install $wanted"
  elif [ "$(cut -d' ' -f2 <<<"$found")" != "$wanted" ]; then
    echo "tools: note: this is $found, the project is built with $wanted (rust-toolchain.toml)"
  fi
}

check_node() {
  local major
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    complain "Node.js and npm are missing. Install Node.js $node_major_min or later (nodejs.org, nvm, or your package manager)."
    return
  fi
  major="$(node -p 'process.versions.node.split(".")[0]')"
  if [ "$major" -lt "$node_major_min" ]; then
    complain "Node.js $(node --version) is too old. Install Node.js $node_major_min or later."
  fi
}

for tool in "$@"; do
  case "$tool" in
    rust) check_rust ;;
    node) check_node ;;
    *) complain "'$tool' is not a known tool; there are rust and node." ;;
  esac
done
exit "$failed"
