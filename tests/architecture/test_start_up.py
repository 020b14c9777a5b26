import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "open_clip",
    "lightning",
    "matplotlib",
    "sklearn",
    "pandas",
)


def modules_after(script: str) -> set[str]:
    """Return the top-level modules that a fresh process has loaded after a script."""
    script += (
        "\nimport sys; print('\\n'.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "fieldmark",
        "fieldmark.cli.main",
        "fieldmark.cli.judging",
        "fieldmark.cli.studying",
        "fieldmark.predictions.importers",
        "fieldmark.evaluation.evaluate",
        "fieldmark.comparison.verdict",
        "fieldmark.experiments.study_file",
        "fieldmark.report.page",
        "fieldmark.workflows.doctor",
        "fieldmark.workflows.handoff",
        "fieldmark.workflows.standing",
    ],
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    loaded = modules_after(f"import {module}")
    assert not loaded & set(HEAVY)


def test_help_loads_neither_numpy_nor_polars() -> None:
    script = (
        "from fieldmark.cli.main import main\n"
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main(['--help'])\n"
    )
    assert not modules_after(script) & {"numpy", "polars", "pydantic", "rich", *HEAVY}


def test_import_has_no_side_effects() -> None:
    script = (
        "import os, threading, warnings, logging\n"
        "before = (dict(os.environ), threading.active_count(), list(warnings.filters),\n"
        "          list(logging.getLogger().handlers))\n"
        "import fieldmark\n"
        "after = (dict(os.environ), threading.active_count(), list(warnings.filters),\n"
        "         list(logging.getLogger().handlers))\n"
        "raise SystemExit(before != after)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
