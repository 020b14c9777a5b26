"""Names of baselines that lie at one place share one label."""

import pytest

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.baseline_marks import Named, draw_baselines

pyplot = pytest.importorskip("matplotlib.figure")


def at(name: str, value: float | None) -> Named:
    estimate = Estimate(
        metric="accuracy",
        value=value,
        low=None,
        high=None,
        n=10,
        method="exact",
        split="test",
        classes=2,
        denominator="all 10 items",
    )
    return name, estimate


def words(*baselines: Named) -> tuple[list[str], str]:
    axes = pyplot.Figure().add_subplot()
    axes.set_xlim(0.4, 0.8)
    draw_baselines(axes, baselines)
    return [note.get_text() for note in axes.texts], axes.get_title()


def test_neighbours_share_a_label_and_others_have_their_own() -> None:
    found, title = words(at("chance", 0.40), at("prior", 0.41), at("majority", 0.75))
    assert found == ["chance 40.00 % and 1 more", "majority 75.00 %"]
    assert title == ""


def test_what_is_far_away_is_named_at_the_edge() -> None:
    found, title = words(at("chance", -0.9), at("prior", 0.5))
    assert found == ["prior 50.00 %"]
    assert "chance" in title
    assert "off the scale" in title


def test_what_is_not_defined_is_not_drawn() -> None:
    assert words(at("chance", None), ("prior", None)) == ([], "")
