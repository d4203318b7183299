#!/usr/bin/env bash
# Proves the .deb that scripts/package.sh left: what it holds, that nothing it needs is missing from its
# dependencies, that it installs, that the command line answers, that the window opens on a display of
# its own and shows a workspace, and that removing it leaves nothing behind. Needs root, as installing does.
# SCRIP_PACKAGE names another .deb; scripts/test-package-clean.sh runs this on a system made for it.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { echo "test-package: $*" >&2; exit 1; }
say() { echo "test-package: $*"; }

[ "$(id -u)" -eq 0 ] || die "installing needs root: sudo make test-package"
target="${CARGO_TARGET_DIR:-target}"
case "${PROFILE:-release}" in dev) built=debug ;; *) built=release ;; esac
package="${SCRIP_PACKAGE:-$(find "$target/$built/bundle/deb" -maxdepth 1 -name '*.deb' 2>/dev/null | head -n 1)}"
[ -n "$package" ] || die "there is no .deb in $target/$built/bundle/deb: make package"
name="$(dpkg-deb --field "$package" Package)"
! dpkg -s "$name" >/dev/null 2>&1 || die "$name is installed here already; this test would remove it"

work="$(mktemp -d)"
running=()
end() {
  for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
  if dpkg -s "$name" >/dev/null 2>&1; then dpkg --purge "$name" >/dev/null 2>&1 || true; fi
  rm -rf "$work"
}
trap end EXIT

say "$(basename "$package"), $(($(wc -c <"$package") / 1024)) KiB, installed size $(dpkg-deb --field "$package" Installed-Size) KiB"
say "depends on $(dpkg-deb --field "$package" Depends)"
dpkg-deb --contents "$package" >"$work/contents"
for file in usr/bin/scrip usr/bin/scrip-desktop 'usr/share/applications/.*\.desktop' \
  'usr/share/icons/.*/scrip-desktop\.png' "usr/share/doc/$name/copyright"; do
  # Packages may name their files from the root or from where they are.
  grep -q " \(\./\)\?$file$" "$work/contents" || die "the package does not hold $file"
done

# What the programs load comes from packages that the dependencies bring, near or far.
dpkg-deb --extract "$package" "$work/tree"
dpkg-deb --field "$package" Depends | tr ',' '\n' | sed 's/(.*//; s/|.*//; s/ //g' >"$work/near"
xargs -a "$work/near" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
  --no-breaks --no-replaces --no-enhances 2>/dev/null | grep -o '^[a-z0-9][a-z0-9.+-]*' | sort -u >"$work/far"
missing=0
for library in $(objdump -p "$work/tree/usr/bin/scrip" "$work/tree/usr/bin/scrip-desktop" |
  sed -n 's/ *NEEDED *//p' | sort -u); do
  path="$(ldconfig -p | sed -n "s|.*\b$library .*=> ||p" | head -n 1)"
  [ -n "$path" ] || path="$(find /lib64 -maxdepth 1 -name "$library" | head -n 1)"
  [ -n "$path" ] || { say "$library is on no path"; missing=1; continue; }
  owner="$({ dpkg -S "$path" 2>/dev/null || dpkg -S "$(realpath "$path")" 2>/dev/null || \
    dpkg -S "*/$library" 2>/dev/null; } | head -n 1 | cut -d: -f1)"
  grep -qx "$owner" "$work/far" || { say "$library is of $owner, which is no dependency"; missing=1; }
done
[ "$missing" -eq 0 ] || die "the dependencies do not bring every library"
say "the dependencies bring every library that the programs load"

dpkg --install "$package" >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; die "it does not install"; }
say "installed"
if command -v desktop-file-validate >/dev/null; then
  desktop-file-validate /usr/share/applications/*crip*.desktop || die "the desktop file is not valid"
fi
entry="$(dpkg -L "$name" | grep '\.desktop$')"
for line in '^Exec=scrip-desktop' '^Icon=scrip-desktop' '^Name=Scrip' '^Categories=.*Finance'; do
  grep -q "$line" "$entry" || die "$entry has no line $line"
done

/usr/bin/scrip --version
/usr/bin/scrip --workspace "$work/books" init --template universal-credit >"$work/init.log" 2>&1 ||
  { cat "$work/init.log" >&2; die "the command line makes no workspace"; }
say "the command line made a workspace"

# A display and a message bus tell when they are ready; the window is there once it has a title.
mkfifo "$work/display" "$work/bus"
Xvfb -displayfd 4 -screen 0 1280x800x24 -nolisten tcp 4>"$work/display" 2>/dev/null &
running+=($!)
read -r number <"$work/display"
dbus-daemon --session --nofork --print-address=4 4>"$work/bus" 2>/dev/null &
running+=($!)
read -r address <"$work/bus"
export DISPLAY=":$number" DBUS_SESSION_BUS_ADDRESS="$address" GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 \
  NO_AT_BRIDGE=1 XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" XDG_CACHE_HOME="$work/cache"
/usr/bin/scrip-desktop "$work/books" >"$work/window.log" 2>&1 &
window=$!
running+=("$window")
for _ in $(seq 1 240); do
  kill -0 "$window" 2>/dev/null || { cat "$work/window.log" >&2; die "the window ended"; }
  # Once the books are open they are remembered, which is the last thing that opening them does.
  if [ -f "$work/config/desk.scrip.app/settings.json" ] &&
    grep -q "$work/books" "$work/config/desk.scrip.app/settings.json"; then
    opened=1
    break
  fi
  sleep 0.25
done
[ "${opened:-0}" -eq 1 ] || { cat "$work/window.log" >&2; die "the window did not open the workspace"; }
colours="$(import -display "$DISPLAY" -window root -format '%k' info: 2>/dev/null || echo 0)"
for _ in $(seq 1 60); do
  [ "$colours" -gt 50 ] && break
  sleep 0.25
  colours="$(import -display "$DISPLAY" -window root -format '%k' info: 2>/dev/null || echo 0)"
done
[ "$colours" -gt 50 ] || die "the window shows nothing"
[ -z "${SCRIP_PICTURES:-}" ] || import -display "$DISPLAY" -window root "$SCRIP_PICTURES/installed.png"
say "the window opened the workspace and shows it"
kill "$window"
wait "$window" 2>/dev/null || true

dpkg --purge "$name" >"$work/purge.log" 2>&1 || { cat "$work/purge.log" >&2; die "it cannot be removed"; }
for file in /usr/bin/scrip /usr/bin/scrip-desktop "$entry"; do
  [ ! -e "$file" ] || die "$file is left behind"
done
say "removed without a trace; all is well"
