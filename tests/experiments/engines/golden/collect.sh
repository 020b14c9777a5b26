#!/usr/bin/env bash
# Pack what has run into one archive to take home: bash collect.sh [ARCHIVE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
archive=${1:-results-fungi.tar.gz}
results=results/fungi/cells
[ -d "$results" ] || { echo "collect: nothing has run yet." >&2; exit 2; }
find "$results" -path '*/.partial-*' -prune -o -type f \
    \( -path '*/result/*' -o -name failure.json -o -name log.txt \) -print |
    LC_ALL=C sort >collected.txt
[ -s collected.txt ] || { echo "collect: no cell has ended yet." >&2; exit 2; }
tr '\n' '\0' <collected.txt | xargs -0 sha256sum >digests.txt
tar -czf "$archive" plan.json digests.txt --files-from=collected.txt
cells=$(grep -c '/result/record.json$' collected.txt || true)
echo "Packed $cells of $(cat packs/*.txt | wc -l) cells. At home: fieldmark collect STUDY $archive"
