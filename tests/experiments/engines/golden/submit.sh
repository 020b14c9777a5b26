#!/usr/bin/env bash
# Submit all packs as one array: bash submit.sh [OPTION OF sbatch ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if ! command -v sbatch >/dev/null; then
    echo "submit: there is no sbatch on this machine; 'bash run-here.sh' runs all of it here." >&2
    exit 2
fi
mkdir -p logs
sbatch "$@" job.sbatch
echo "Look with 'squeue --me' and in logs/; when it is done: bash collect.sh"
