#!/usr/bin/env bash
# Makes the installable packages of the desktop program, with the `scrip` command line beside the window.
# Needs what `make setup-window` installs. Asks the network for the Tauri CLI once, and for nothing else.
#
#   scripts/package.sh              the packages of this system: .deb and .rpm on Linux
#   scripts/package.sh deb          these alone: deb, rpm, app, dmg, nsis, msi
#
# PROFILE=dev packages the programs as they are built for the tests: quicker, larger, slower.
# The packages are left under $CARGO_TARGET_DIR; the last lines name each with its size.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { echo "package: $*" >&2; exit 1; }

# The Tauri CLI is a program for each system. It is kept apart from what the front end is built with, so
# that a registry which has only this system's can still install everything else.
cli="${SCRIP_CACHE:-$HOME/.cache/scrip}/tauri-cli-2.12.5"
tauri="$cli/node_modules/.bin/tauri"
[ -x "$tauri" ] || npm install --no-audit --no-fund --prefix "$cli" @tauri-apps/cli@2.12.5 ||
  die "the Tauri CLI cannot be installed: npm's words are above"
[ -f ui/dist/index.html ] || die "the front end is not built: npm --prefix ui run build"

case "$(uname -s)" in
  Linux) bundles="${1:-deb,rpm}" ending="" ;;
  Darwin) bundles="${1:-app,dmg}" ending="" ;;
  *) bundles="${1:-nsis}" ending=".exe" ;;
esac
case "${PROFILE:-release}" in
  release) profile=release built=release debug=() ;;
  dev) profile=dev built=debug debug=(--debug) ;;
  *) die "PROFILE is release or dev, not ${PROFILE}" ;;
esac

locked=()
[ -z "${CI:-}" ] || locked=(--locked)
target="${CARGO_TARGET_DIR:-target}"
mkdir -p "$target"
target="$(cd "$target" && pwd)"
made="$target/$built"
triple="$(rustc -vV | sed -n 's/^host: //p')"

# Both programs in one build, so that what they share is compiled once.
cargo build "${locked[@]}" --profile "$profile" --package scrip-cli --package scrip-desktop --bins \
  --features scrip-desktop/bundled
# Who looks for the reason of a crash builds with the same lock file; who installs wants half the size.
case "$(uname -s)" in Linux | Darwin) strip "$made/scrip$ending" "$made/scrip-desktop$ending" ;; esac
# Tauri takes a program that comes along by its name with the triple of the machine behind it.
mkdir -p "$target/package"
cp "$made/scrip$ending" "$target/package/scrip-$triple$ending"
beside="$target/package/scrip"
if command -v cygpath >/dev/null; then beside="$(cygpath -m "$beside")"; fi
config="{\"bundle\":{\"externalBin\":[\"$beside\"]}}"

# The C library that the programs ask for at least, from the symbols that they use. The bundler knows
# the packages of the web view and what it brings.
if [ "$(uname -s)" = Linux ]; then
  glibc="$(objdump -T "$made/scrip-desktop" "$made/scrip" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)"
  config="{\"bundle\":{\"externalBin\":[\"$beside\"],
    \"linux\":{\"deb\":{\"depends\":[\"libc6 (>= ${glibc#GLIBC_})\"]}}}}"
fi

rm -rf "$made/bundle"
"$tauri" bundle "${debug[@]}" --ci --features bundled --bundles "$bundles" --config "$config"

echo "package: made"
find "$made/bundle" -maxdepth 2 -type f \
  \( -name '*.deb' -o -name '*.rpm' -o -name '*.dmg' -o -name '*.exe' -o -name '*.msi' \) |
  while read -r file; do
    printf '%8d KiB  %s\n' "$(($(wc -c <"$file") / 1024))" "$file"
  done
