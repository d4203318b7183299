#!/usr/bin/env bash
# The whole job on a year of usage, for each number of events: scripts/bench-ledger.sh 1000000 10000000
# SCRIP_BENCH_DIR names a folder in which the files of the last run stay.
set -euo pipefail
cd "$(dirname "$0")/.."

for events in "${@:-1000000}"; do
  if [ -n "${SCRIP_BENCH_DIR:-}" ]; then
    rm -rf "${SCRIP_BENCH_DIR:?}/$events"
    mkdir -p "$SCRIP_BENCH_DIR/$events"
    SCRIP_BENCH_DIR="$SCRIP_BENCH_DIR/$events" cargo bench --package scrip-tests --bench ledger -- "$events"
  else
    cargo bench --package scrip-tests --bench ledger -- "$events"
  fi
done
