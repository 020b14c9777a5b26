"""The section of a study file against the settings of its room: both refuse the same."""

import itertools
from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.core.errors import StudyError
from fieldmark.experiments.tree_section import TreeSection, rank_problem
from fieldmark.heads.tree_objective import (
    LOSSES,
    PRESETS,
    STRUCTURES,
    TreeObjective,
    shares_of_ranks,
)

RANKS = ("genus", "species")
WEIGHTS: tuple[Any, ...] = (None, *PRESETS, {"genus": 1.0, "species": 0.0}, {"genus": 0.0}, {})
NUMBERS: tuple[dict[str, float], ...] = (
    {},
    {"level_decay": 0.5},
    {"sharpness": 4.0},
    {"prior_strength": 0.0},
    {"level_decay": -0.5},
)


def is_taken(make: Any, given: dict[str, Any]) -> bool:
    """Return whether the settings are accepted."""
    try:
        make(**given)
    except (ValidationError, StudyError):
        return False
    return True


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_section_takes_what_its_room_takes(structure: str, loss: str) -> None:
    seen = set()
    for weights, numbers in itertools.product(WEIGHTS, NUMBERS):
        given = {"structure": structure, "loss": loss, "rank_weights": weights, **numbers}
        taken = is_taken(TreeObjective, given)
        assert is_taken(TreeSection, given) is taken, given
        seen.add(taken)
    assert seen == ({True, False} if structure == "leaves" or loss == "cross-entropy" else {False})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"structure": "flat"}, "Input should be 'leaves', 'ranks', 'siblings' or 'fine-to-coarse"),
        ({"structure": "ranks", "loss": "hxe"}, r"the loss 'hxe' needs .* not 'ranks'; leave loss"),
        (
            {"level_decay": 1.0},
            r"level_decay has no effect with .*; leave it out, or write loss",
        ),
        ({"rank_weights": "equal"}, "rank_weights has no effect with the structure 'leaves' and"),
        ({"loss": "ancestors", "rank_weights": "heavy"}, "Input should be 'equal' or 'leaf-heavy'"),
        ({"loss": "ancestors", "rank_weights": {}}, "must give one rank a number above 0, not {}"),
        ({"loss": "ancestors", "rank_weights": {"a": -1.0}}, "greater than or equal to 0"),
        ({"loss": "hxe", "level_decay": -1.0}, "greater than or equal to 0"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TreeSection(**given)


def test_what_does_not_fit_the_ranks_is_told_as_in_its_own_room() -> None:
    for weights, words in (
        ({"gneus": 1.0}, "Unknown rank 'gneus'; did you mean 'genus'"),
        ({"genus": 1.0}, "'species' has none; write 0"),
    ):
        section = TreeSection(structure="ranks", rank_weights=weights)
        found = rank_problem(section, RANKS)
        assert found is not None
        assert found[0] == "rank_weights"
        assert words in found[1]
        with pytest.raises(StudyError):
            shares_of_ranks(weights, RANKS)
    assert rank_problem(TreeSection(structure="ranks", rank_weights="equal"), RANKS) is None
    fitting = {"genus": 0.0, "species": 1.0}
    assert rank_problem(TreeSection(structure="ranks", rank_weights=fitting), RANKS) is None
    none = rank_problem(TreeSection(), ())
    assert none is not None
    assert none[0] == "kind"
    assert "data.ranks in place of data.label" in none[1]
