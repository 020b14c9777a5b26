#!/usr/bin/env bash
# Make .venv with the packages that the study was planned with: bash set-up.sh
# FIELDMARK_PYTHON names the interpreter to make it with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
"${FIELDMARK_PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt
