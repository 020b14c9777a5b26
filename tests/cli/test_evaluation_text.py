from pathlib import Path


def test_ranks_and_baselines_stand_in_tables(call, finished: Path) -> None:
    cells = finished / "results" / "tiny" / "cells"
    said = call("evaluate", cells / "knn/seed-free/result/predictions/test", "--resamples", 200)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "knn on 'test': 21 items in 8 groups, 4 classes, 0 excluded as unreadable."
    ranks = [line.split()[0] for line in lines if line.startswith(("phylum", "class ", "genus"))]
    assert ranks == ["phylum", "class", "genus"]
    (header,) = [line for line in lines if line.startswith("rank")]
    assert "majority class of the training labels" in header
    assert any(
        line.startswith("Intervals of all: cluster bootstrap by group (8 groups), 200")
        for line in lines
    )
    assert "Skill is 0 for the best trivial baseline beside it and 1 for no mistake." in lines
