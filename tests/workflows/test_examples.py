"""The examples do as they say."""

import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.evaluation.metrics import METRICS
from fieldmark.experiments.study_file import read_study
from fieldmark.predictions.rank_heads import load_rank_heads
from fieldmark.workflows.taxonomy import TASKS

TAXONOMY = Path(__file__).parents[2] / "examples" / "taxonomy"


def test_the_study_of_fungitastic_is_one() -> None:
    study = read_study(TAXONOMY / "study.yaml", tasks=TASKS, metrics=METRICS).study
    assert study.data.ranks == ("phylum", "class", "order", "family", "genus", "species")
    assert study.data.group == "observationID"
    assert len(study.contenders) == 11


@pytest.mark.slow
def test_six_heads_are_judged_from_their_scores(tmp_path: Path) -> None:
    script = [sys.executable, str(TAXONOMY / "judge_six_heads.py"), str(tmp_path / "evidence")]
    ran = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    first, second = ran.stdout.splitlines()[:2]
    assert first.startswith("The six heads contradict each other on 84.")
    assert second.startswith("Answered as one path: 77.")
    assert load_rank_heads(tmp_path / "evidence" / "rank-heads" / "validation").n == 1200
    page = (tmp_path / "evidence" / "report" / "index.html").read_text(encoding="utf-8")
    assert "six heads" in page
