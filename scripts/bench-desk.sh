#!/usr/bin/env bash
# What an operator waits for, at size: a bulk run over 100,000 customers, and, over a year of a million
# events, the margin report and a preview. scripts/bench-desk.sh [EVENTS] [CUSTOMERS_OF_THE_BULK_RUN]
# Needs /usr/bin/time (Debian package time). SCRIP_BENCH_DIR names a folder in which the files stay.
set -euo pipefail
cd "$(dirname "$0")/.."
events=${1:-1000000}
many=${2:-100000}
cargo build --release --package scrip-cli
scrip=${CARGO_TARGET_DIR:-$PWD/target}/release/scrip
if [ -n "${SCRIP_BENCH_DIR:-}" ]; then
  dir=$SCRIP_BENCH_DIR
  rm -rf "${dir:?}/desk"
  mkdir -p "$dir/desk"
  dir=$dir/desk
else
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi
export SCRIP_ACTOR=bench

timed() {
  local what=$1
  shift
  /usr/bin/time -f "$what: %e s, %M KiB at the peak" "$scrip" "$@" >"$dir/out.txt"
}

# A configuration: what usage costs, credits with overage, so many customers, and the price of a thousand.
configuration() {
  cat <<TOML
format = "scrip-config/1"
entity = { code = "desk", name = "Desk", currency = "EUR", time_zone = "Europe/Amsterdam" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
wallet_types = [
  { code = "standard", unit = "credits", versions = [{ version = 1, effective_at = "2025-01-01", beyond = "overage" }] },
  { code = "promo", unit = "credits", versions = [{ version = 1, effective_at = "2025-01-01", priority = 10, expiry = { rule = "after", months = 12 } }] },
]
[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model", values = ["large", "medium", "small"], report = true }]
[[rate_cards]]
code = "list"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", overage = { currency = "EUR", price = "0.12" }, rates = [
  { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "$2", per = "1000" },
  { code = "rest", meter = "llm", model = "graduated", tiers = [{ up_to = "1000000", price = "0.001" }, { price = "0.0008" }] },
] }]
[[cost_cards]]
code = "cloud"
currency = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", rates = [
  { code = "large", meter = "llm", match = { model = "large" }, cost = "0.10", per = "1000" },
  { code = "rest", meter = "llm", cost = "0.02", per = "1000" },
] }]
TOML
  awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "[[customers]]\ncode = \"c%06d\"\nsigned_up_on = \"2025-%02d-01\"\n", i, i % 12 + 1 }'
}

echo "A promotion of 1,000 credits for each of $many customers, from a file"
configuration "$many" 3 >"$dir/many.toml"
awk -v n="$many" 'BEGIN { print "customer,units"; for (i = 1; i <= n; i++) printf "c%06d,1000\n", i }' >"$dir/promo.csv"
timed "  init" -w "$dir/many" init --config "$dir/many.toml"
promo=(-w "$dir/many" bulk "$dir/promo.csv" --op grant_credits --batch promo --at 2025-06-01
  --set wallet=promo --set kind=promotional)
timed "  preview" "${promo[@]}" --preview --show 3
sed 's/^c000007,1000$/c000007,-5/' "$dir/promo.csv" >"$dir/wrong.csv"
if timed "  one wrong row: nothing is done" -w "$dir/many" bulk "$dir/wrong.csv" --op grant_credits \
  --batch promo --at 2025-06-01 --set wallet=promo --set kind=promotional 2>"$dir/err.txt"; then
  echo "the wrong row was accepted" >&2
  exit 1
fi
tail -1 "$dir/err.txt"
timed "  apply" "${promo[@]}"
timed "  the same again" "${promo[@]}"

echo "A year of $events events of 2,000 customers"
configuration 2000 3 >"$dir/year.toml"
configuration 2000 4 >"$dir/dearer.toml"
awk 'BEGIN { print "customer,units,price.net,price.currency"; for (i = 1; i <= 2000; i++) printf "c%06d,500000,45000,EUR\n", i }' >"$dir/sold.csv"
awk -v n="$events" 'BEGIN {
  split("large medium small", model, " ")
  print "key,customer,at,model,tokens"
  x = 12345
  for (i = 1; i <= n; i++) {
    x = (x * 16807) % 2147483647
    c = x % 2000 + 1
    x = (x * 16807) % 2147483647
    at = 1735693200 + x % 31449600
    x = (x * 16807) % 2147483647
    printf "k%d,c%06d,%d,%s,%d\n", i, c, at, model[x % 3 + 1], x % 9000 + 1
  }
}' >"$dir/usage.csv"
cat >"$dir/mapping.toml" <<'TOML'
customer = { column = "customer" }
key = { column = "key" }
occurred_at = { format = "unix_seconds", column = "at" }
events = [{ meter = "llm", quantity = { column = "tokens" }, dimensions = { model = { column = "model" } } }]
TOML
timed "  init" -w "$dir/year" init --config "$dir/year.toml"
timed "  lots" -w "$dir/year" bulk "$dir/sold.csv" --op grant_credits --batch sold --at 2025-01-01 \
  --set wallet=standard --set kind=purchased
timed "  import" -w "$dir/year" usage import "$dir/usage.csv" --mapping "$dir/mapping.toml"
timed "  post" -w "$dir/year" post --as-of 2026-01-01
for by in month customer model rate-card; do
  timed "  margin by $by" -w "$dir/year" report margin --from 2025-01 --to 2025-12 --by "$by"
done
timed "  preview of a month" -w "$dir/year" preview --scenario "$dir/dearer.toml" \
  --from 2025-11-01 --through 2025-11-30
timed "  preview of the year" -w "$dir/year" preview --scenario "$dir/dearer.toml" \
  --from 2025-01-01 --through 2025-12-31
head -8 "$dir/out.txt"
