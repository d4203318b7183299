#!/usr/bin/env bash
# Runs every benchmark of the workspace, crate by crate, and says so when there is none yet: cargo calls
# that an error.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t manifests < <(grep -l '^\[\[bench\]\]' src-tauri/crates/*/Cargo.toml tests/Cargo.toml || true)
if [ ${#manifests[@]} -eq 0 ]; then
  echo "bench: no crate has a [[bench]] yet"
  exit 0
fi
for manifest in "${manifests[@]}"; do
  echo "bench: $(dirname "$manifest")"
  cargo bench --manifest-path "$manifest" --bench '*' "$@"
done
