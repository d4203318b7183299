#!/usr/bin/env bash
# Installs the system packages that building (`build`) or testing (`test`) needs, and only those that
# are missing, so the second run asks no network and takes no time.
#
#   scripts/install-system.sh build        a C compiler for the bundled SQLite and zstd
#   scripts/install-system.sh build test   also the programs that the tests check our exports with
#   scripts/install-system.sh window       the system's web view, and what drives the window in tests
set -euo pipefail

# package | how to tell that it is there without dpkg | what it is for
build_packages='
gcc         | command -v cc                                | compile the bundled SQLite and zstd
libc6-dev   | test -f /usr/include/stdio.h                 | headers for the C compiler
pkg-config  | command -v pkg-config                        | let build scripts find system libraries
'
test_packages='
dbus              | command -v dbus-daemon               | give the keychain a message bus in tests
gnome-keyring     | command -v gnome-keyring-daemon      | keep passwords in a keychain in tests
hledger           | command -v hledger                     | read the journal export back
libreoffice-calc  | command -v soffice                     | recalculate the exported spreadsheets
postgresql        | ls /usr/lib/postgresql/*/bin/initdb  | keep a ledger on a server in tests
openssl           | command -v openssl                   | give the server in tests a certificate
poppler-utils     | command -v pdftotext                   | read the PDF reports back
python3           | command -v python3                     | run beancount
python3-venv      | python3 -c "import venv, ensurepip"    | keep beancount apart from the system
'

window_packages='
libwebkit2gtk-4.1-dev | pkg-config --exists webkit2gtk-4.1   | show the window
librsvg2-dev          | pkg-config --exists librsvg-2.0      | draw the window'"'"'s icons
libxdo-dev            | test -f /usr/include/xdo.h           | let menus reach the window
webkit2gtk-driver     | command -v WebKitWebDriver           | drive the window in tests
xvfb                  | command -v Xvfb                      | give the window a display in tests
dbus                  | command -v dbus-daemon               | give the window a message bus in tests
gnome-keyring         | command -v gnome-keyring-daemon      | give the window a keychain in tests
openssl               | command -v openssl                   | give the server in tests a certificate
postgresql            | ls /usr/lib/postgresql/*/bin/initdb  | give the window a ledger to follow in tests
imagemagick           | command -v import                    | take pictures of the window
xdotool               | command -v xdotool                   | hide the window in tests
'

die() { echo "system: $*" >&2; exit 1; }

trim() { local text="${1#"${1%%[![:space:]]*}"}"; printf '%s' "${text%"${text##*[![:space:]]}"}"; }

is_there() { # package, probe
  { command -v dpkg >/dev/null && dpkg -s "$1" 2>/dev/null | grep -q '^Status: install ok installed'; } ||
    bash -c "$2" >/dev/null 2>&1
}

[ $# -gt 0 ] || die "say what to install: build, test, window, or several."

missing=()
for group in "$@"; do
  case "$group" in
    build) table="$build_packages" ;;
    test) table="$test_packages" ;;
    window) table="$window_packages" ;;
    *) die "'$group' is not a group of packages; there are build, test and window." ;;
  esac
  while IFS='|' read -r package probe purpose; do
    package="$(trim "$package")"
    [ -n "$package" ] || continue
    is_there "$package" "$(trim "$probe")" && continue
    echo "system: $package is missing ($(trim "$purpose"))"
    missing+=("$package")
  done <<<"$table"
done

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

command -v apt-get >/dev/null ||
  die "apt-get is not on this machine. Install what the Debian packages ${missing[*]} hold with your own package manager, then run this again."

if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
  as_root=(sudo)
else
  die "installing needs root. Ask an administrator to run: apt-get install --no-install-recommends ${missing[*]}"
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
apt() { # what to say, arguments
  echo "system: $1"
  shift
  # Another apt-get may be at work: wait for its lock rather than fail.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    die "apt-get $1 failed, its last lines are above. Repair that (network, disk, apt sources), then run this again."
  }
}
apt "refreshing the package list" update
apt "installing ${missing[*]}" install --no-install-recommends "${missing[@]}"
echo "system: done"
