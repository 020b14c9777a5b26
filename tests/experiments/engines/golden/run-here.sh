#!/usr/bin/env bash
# Run all packs here, one after another, without SLURM: bash run-here.sh
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
code=0
for pack in packs/*.txt; do
    bash run-pack.sh "$(basename "$pack" .txt)" || code=$?
    # A failed cell (1) keeps no other from running; bad input (2) and an interrupt do.
    [ "$code" -le 1 ] || exit "$code"
done
exit "$code"
