"""The texts of the scripts that carry a study to a cluster by hand; pure functions."""

import shlex

from fieldmark.experiments.engines.settings import SlurmSettings

_HEAD = "#!/usr/bin/env bash\n"

RUN_PACK = f"""{_HEAD}# Run one pack of cells: bash run-pack.sh NUMBER
# FIELDMARK_IMAGES says where the images lie, FIELDMARK_PYTHON which interpreter has the packages.
set -euo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")"
fail() {{ echo "run-pack: $1" >&2; exit 2; }}
[ $# = 1 ] || fail "expected the number of a pack, such as 0."
pack=$(printf 'packs/%03d.txt' "$((10#$1))")
[ -f "$pack" ] || fail "there is no $pack."
if [ -z "${{FIELDMARK_IMAGES:-}}" ] && [ ! -d images ]; then
    fail "say where the images of the study lie: export FIELDMARK_IMAGES=/path/to/images"
fi
python=${{FIELDMARK_PYTHON:-.venv/bin/python}}
command -v "$python" >/dev/null ||
    fail "there is no $python; run 'bash set-up.sh', or name an interpreter with FIELDMARK_PYTHON."
export PYTHONPATH="$PWD/code${{PYTHONPATH:+:$PYTHONPATH}}"
export OMP_NUM_THREADS="${{OMP_NUM_THREADS:-${{SLURM_CPUS_PER_TASK:-1}}}}"
exec "$python" -m fieldmark.cli.main run study.yaml --cells "@$pack"
"""

RUN_HERE = f"""{_HEAD}# Run all packs here, one after another, without SLURM: bash run-here.sh
set -uo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")" || exit 2
code=0
for pack in packs/*.txt; do
    bash run-pack.sh "$(basename "$pack" .txt)" || code=$?
    # A failed cell (1) keeps no other from running; bad input (2) and an interrupt do.
    [ "$code" -le 1 ] || exit "$code"
done
exit "$code"
"""

SUBMIT = f"""{_HEAD}# Submit all packs as one array: bash submit.sh [OPTION OF sbatch ...]
set -euo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")"
if ! command -v sbatch >/dev/null; then
    echo "submit: there is no sbatch on this machine; 'bash run-here.sh' runs all of it here." >&2
    exit 2
fi
mkdir -p logs
sbatch "$@" job.sbatch
echo "Look with 'squeue --me' and in logs/; when it is done: bash collect.sh"
"""

SET_UP = f"""{_HEAD}# Make .venv with the packages that the study was planned with: bash set-up.sh
# FIELDMARK_PYTHON names the interpreter to make it with.
set -euo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")"
"${{FIELDMARK_PYTHON:-python3}}" -m venv .venv
.venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt
"""


def job_text(name: str, *, tasks: int, settings: SlurmSettings) -> str:
    """Return the sbatch file of an array with one task for each pack.

    A task that is about to run out of time stops and is put back into the queue, where it goes on
    from what is done and from the checkpoint of the cell at hand.

    Args:
        name: of the study.
        tasks: how many packs there are, at least 1.
        settings: what each task asks for.

    Example:
        >>> print(job_text("fungi", tasks=4, settings=SlurmSettings()).splitlines()[2])
        #SBATCH --array=0-3%4
    """
    options = {
        "job-name": f"fieldmark-{name}",
        "array": f"0-{tasks - 1}%{min(tasks, settings.at_once)}",
        **sbatch_options(settings),
        "output": "logs/%A_%a.txt",
        "open-mode": "append",
        "requeue": None,
        "signal": f"B:USR1@{settings.warning_seconds}",
    }
    lines = [f"#SBATCH --{key}" + _value(value) for key, value in options.items()]
    setup = "".join(f"{line}\n" for line in settings.setup)
    return f"{_HEAD}{chr(10).join(lines)}\nset -euo pipefail\n{setup}{_going_on(settings)}"


def sbatch_options(settings: SlurmSettings) -> dict[str, str | None]:
    """Return what a task asks for, by the name of the option of sbatch.

    Example:
        >>> sbatch_options(SlurmSettings(partition="gpu", gpus=1))["gpus-per-node"]
        '1'
    """
    memory = settings.memory_gb
    asked = {
        "partition": settings.partition,
        "account": settings.account,
        "time": str(settings.time_minutes),
        "cpus-per-task": str(settings.cpus),
        "gpus-per-node": str(settings.gpus) if settings.gpus else None,
        "mem": None if memory is None else f"{round(memory * 1024)}M",
        **settings.options,
    }
    return {key: value for key, value in asked.items() if value is not None}


def collect_text(name: str) -> str:
    """Return the script that packs what has run into one archive, with the digest of every file.

    Args:
        name: of the study.
    """
    archive, results = shlex.quote(f"results-{name}.tar.gz"), shlex.quote(f"results/{name}/cells")
    return f"""{_HEAD}# Pack what has run into one archive to take home: bash collect.sh [ARCHIVE]
set -euo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")"
archive=${{1:-{archive}}}
results={results}
[ -d "$results" ] || {{ echo "collect: nothing has run yet." >&2; exit 2; }}
find "$results" -path '*/.partial-*' -prune -o -type f \\
    \\( -path '*/result/*' -o -name failure.json -o -name log.txt \\) -print |
    LC_ALL=C sort >collected.txt
[ -s collected.txt ] || {{ echo "collect: no cell has ended yet." >&2; exit 2; }}
tr '\\n' '\\0' <collected.txt | xargs -0 sha256sum >digests.txt
tar -czf "$archive" plan.json digests.txt --files-from=collected.txt
cells=$(grep -c '/result/record.json$' collected.txt || true)
echo "Packed $cells of $(cat packs/*.txt | wc -l) cells. At home: fieldmark collect STUDY $archive"
"""


def read_me(name: str, *, cells: int, packs: int, with_images: bool) -> str:
    """Return what a person at the other side has to do.

    Args:
        name: of the study.
        cells: how many are to run.
        packs: how many tasks that makes.
        with_images: whether the images lie in the folder.
    """
    images = (
        "The images lie in `images/`."
        if with_images
        else "The images are not here: `export FIELDMARK_IMAGES=/path/to/images` before anything."
    )
    return f"""# {name}: {cells:,} cells in {packs:,} packs, to run anywhere

{images} Weights that a hub publishes are fetched there on first use.

1. `bash set-up.sh` makes `.venv` (or `export FIELDMARK_PYTHON=...` names an interpreter that has
   the packages of `requirements.txt`; fieldmark itself lies in `code/`).
2. `bash submit.sh --partition=...` submits one array to SLURM; what it asks for stands at the top
   of `job.sbatch`. Without SLURM: `bash run-here.sh`. Either may be called again: what is done
   stays, what was cut short goes on.
3. `bash collect.sh` packs the results. At home: `fieldmark collect STUDY ARCHIVE`.
"""


def _going_on(settings: SlurmSettings) -> str:
    return f"""cd "$SLURM_SUBMIT_DIR"
go_on_later() {{
    kill "$pack" 2>/dev/null || true
    wait "$pack" || true
    if [ "${{SLURM_RESTART_COUNT:-0}}" -lt {settings.requeues} ]; then
        echo "Out of time; the task goes back into the queue and goes on where it was."
        scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
    else
        echo "Out of time once too often; submit again to go on, or ask for more time." >&2
    fi
    exit 1
}}
trap go_on_later USR1
bash run-pack.sh "$SLURM_ARRAY_TASK_ID" &
pack=$!
wait "$pack"
"""


def _value(value: str | None) -> str:
    return "" if value is None else f"={shlex.quote(value)}"
