import json
import re

from fieldmark.report.content import ContenderRow
from fieldmark.report.grounds import leaf_grounds
from fieldmark.report.seed_figure import seed_figure


def test_every_seed_has_its_dot(make) -> None:
    seeded = make.estimate(0.8, seed_values=(0.79, 0.8, 0.81), contender="probe")
    rows = [ContenderRow("probe", (seeded,), 3, 3), make.row("knn", 0.7)]
    picture = seed_figure(leaf_grounds(rows)[0], "accuracy", name="seeds")
    assert picture is not None
    (said,) = re.findall(r'data-tips="([^"]*)"', picture.svg)
    assert json.loads(said.replace("&quot;", '"')) == [
        f"probe, a seed: {value} %" for value in ("79.00", "80.00", "81.00")
    ]
    assert "knn" not in picture.svg
    assert "each of 3 seeds" in picture.caption


def test_without_several_seeds_nothing_is_drawn(make) -> None:
    assert seed_figure(leaf_grounds([make.row("probe")])[0], "accuracy", name="seeds") is None
