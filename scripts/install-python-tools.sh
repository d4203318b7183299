#!/usr/bin/env bash
# Installs the Python programs that the tests use (beancount's bean-check and bean-query) into a virtual
# environment outside the checkout: $SCRIP_CACHE/python. It does nothing while tests/tools/requirements.txt
# is what was installed last.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=tests/tools/requirements.txt
cache="${SCRIP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scrip}"
venv="$cache/python"
stamp="$venv/installed-requirements.txt"

is_current() { cmp -s "$requirements" "$stamp" && "$venv/bin/bean-check" --version >/dev/null 2>&1; }

is_current && exit 0
mkdir -p "$cache"
# Two checkouts may share the cache: only one of them builds it.
if command -v flock >/dev/null; then
  exec 9>"$cache/python.lock"
  flock 9
  is_current && exit 0
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
echo "python: installing $(grep -c '==' "$requirements") pinned packages into $venv"
{
  python3 -m venv --clear "$venv" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps -r "$requirements" &&
    "$venv/bin/bean-check" --version &&
    "$venv/bin/bean-query" --version
} >"$log" 2>&1 </dev/null || {
  tail -n 20 "$log" >&2
  echo "python: the packages of $requirements could not be installed, the last lines are above. Check that PyPI can be reached and that python3 -m venv works, then run this again." >&2
  exit 1
}
cp "$requirements" "$stamp"
echo "python: done"
