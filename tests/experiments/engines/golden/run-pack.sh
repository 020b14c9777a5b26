#!/usr/bin/env bash
# Run one pack of cells: bash run-pack.sh NUMBER
# FIELDMARK_IMAGES says where the images lie, FIELDMARK_PYTHON which interpreter has the packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
fail() { echo "run-pack: $1" >&2; exit 2; }
[ $# = 1 ] || fail "expected the number of a pack, such as 0."
pack=$(printf 'packs/%03d.txt' "$((10#$1))")
[ -f "$pack" ] || fail "there is no $pack."
if [ -z "${FIELDMARK_IMAGES:-}" ] && [ ! -d images ]; then
    fail "say where the images of the study lie: export FIELDMARK_IMAGES=/path/to/images"
fi
python=${FIELDMARK_PYTHON:-.venv/bin/python}
command -v "$python" >/dev/null ||
    fail "there is no $python; run 'bash set-up.sh', or name an interpreter with FIELDMARK_PYTHON."
export PYTHONPATH="$PWD/code${PYTHONPATH:+:$PYTHONPATH}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-${SLURM_CPUS_PER_TASK:-1}}"
exec "$python" -m fieldmark.cli.main run study.yaml --cells "@$pack"
