"""A table of scores is streamed: what a process needs does not grow with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ITEMS, CLASSES = 40_000, 1_000
MIB = 1 << 20

MEASURED = """
import sys
from pathlib import Path
from fieldmark.predictions.importers import import_predictions
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import ScoreKind

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024

def rise(call):
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    result = call()
    print(peak() - before)
    return result

source, out = Path(sys.argv[1]), Path(sys.argv[2])
rise(lambda: import_predictions(source, kind=ScoreKind.LOGITS, out=out))
table = load_predictions(out)
rise(lambda: summarise(table))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="the system does not tell peak memory"
    ),
]


@pytest.mark.parametrize("order", ["C", "F"])
def test_importing_and_summarising_need_a_fraction_of_the_scores(tmp_path: Path, order) -> None:
    scores = np.random.default_rng(0).standard_normal((ITEMS, CLASSES), dtype=np.float32)
    names = np.array([f"class {column}" for column in range(CLASSES)])
    np.savez(
        tmp_path / "scores.npz",
        scores=np.asarray(scores, order=order),
        ids=np.array([f"photo {row}" for row in range(ITEMS)]),
        labels=np.arange(ITEMS) % CLASSES,
        classes=names,
    )
    words = [sys.executable, "-c", MEASURED, str(tmp_path / "scores.npz"), str(tmp_path / "store")]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    importing, summarising = (int(word) for word in done.stdout.split())
    size = scores.nbytes // MIB
    assert importing < size
    assert summarising < size // 10
