import sys
from pathlib import Path

from fieldmark.experiments.engines.calls import StudyCall, cell_that_ended, ended_line


def test_the_command_line_repeats_the_overrides() -> None:
    call = StudyCall(Path("/s/study.yaml"), ("protocol.seeds=[0]", "study=b"))
    assert call.command("@pack.txt") == [
        *(sys.executable, "-m", "fieldmark.cli.main", "run", "/s/study.yaml"),
        *("--set", "protocol.seeds=[0]", "--set", "study=b", "--cells", "@pack.txt"),
    ]


def test_only_the_line_of_an_end_is_one() -> None:
    assert cell_that_ended(ended_line("probe/seed-0")) == "probe/seed-0"
    assert cell_that_ended("probe/seed-0: done in 3 s.") is None
