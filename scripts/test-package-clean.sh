#!/usr/bin/env bash
# Proves the .deb that scripts/package.sh left on a clean Debian: apt brings what it depends on and nothing
# else, every library is found, and then scripts/test-package.sh runs there. Needs root, mmdebstrap and a
# Debian mirror; the clean system is kept in the cache, as an archive.
#
#   scripts/test-package-clean.sh             on Debian bookworm, the oldest that has the web view
#   scripts/test-package-clean.sh trixie      on another
set -euo pipefail
cd "$(dirname "$0")/.."

die() { echo "test-package-clean: $*" >&2; exit 1; }
say() { echo "test-package-clean: $*"; }

suite="${1:-bookworm}"
[ "$(id -u)" -eq 0 ] || die "making a system needs root: sudo scripts/test-package-clean.sh"
command -v mmdebstrap >/dev/null || die "mmdebstrap is not installed: apt-get install mmdebstrap"
target="${CARGO_TARGET_DIR:-target}"
case "${PROFILE:-release}" in dev) built=debug ;; *) built=release ;; esac
package="$(find "$target/$built/bundle/deb" -maxdepth 1 -name '*.deb' 2>/dev/null | head -n 1)"
[ -n "$package" ] || die "there is no .deb in $target/$built/bundle/deb: make package"
name="$(dpkg-deb --field "$package" Package)"

cache="${SCRIP_CACHE:-$HOME/.cache/scrip}"
archive="$cache/debian-$suite.tar"
mkdir -p "$cache"
if [ ! -f "$archive" ]; then
  say "making a clean Debian $suite"
  mmdebstrap --quiet --variant=minbase "$suite" "$archive.new" ||
    die "mmdebstrap makes no system: its words are above"
  mv "$archive.new" "$archive"
fi

work="$(mktemp -d)"
root="$work/root"
end() {
  for place in dev/shm dev/pts proc; do umount "$root/$place" 2>/dev/null || true; done
  # A process that still holds a mount would have its files taken away.
  ! grep -q " $root/" /proc/mounts || { echo "test-package-clean: $root is left behind" >&2; return; }
  rm -rf "$work"
}
trap end EXIT
mkdir "$root"
tar -C "$root" -xf "$archive"
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts" 2>/dev/null || true
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
mkdir -p "$root/scrip/scripts"
cp "$package" "$root/scrip/$(basename "$package")"
cp scripts/test-package.sh "$root/scrip/scripts/"

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"; }
apt() { # what for, arguments
  say "$1"
  shift
  inside DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$work/apt.log" 2>&1 </dev/null || {
    tail -n 30 "$work/apt.log" >&2
    die "apt-get $1 failed, its last lines are above"
  }
}
before="$(inside dpkg-query -f '.\n' -W | wc -l)"
apt "refreshing the package list" update
apt "installing the package with what it depends on" \
  install --no-install-recommends "/scrip/$(basename "$package")"
say "$(($(inside dpkg-query -f '.\n' -W | wc -l) - before)) packages came, with its own"
for program in scrip scrip-desktop; do
  lost="$(inside ldd "/usr/bin/$program" | grep 'not found' || true)"
  [ -z "$lost" ] || die "$program does not find: $lost"
done
inside scrip --version
say "every library is found"
apt "removing it, to begin anew" purge "$name"
apt "installing what the test itself uses" install --no-install-recommends \
  binutils xvfb xauth dbus imagemagick desktop-file-utils fonts-dejavu-core
inside SCRIP_PACKAGE="/scrip/$(basename "$package")" ${SCRIP_PICTURES:+SCRIP_PICTURES=/scrip} \
  /scrip/scripts/test-package.sh
if [ -n "${SCRIP_PICTURES:-}" ] && [ -f "$root/scrip/installed.png" ]; then
  cp "$root/scrip/installed.png" "$SCRIP_PICTURES/installed-$suite.png"
fi
say "all is well on a clean Debian $suite"
