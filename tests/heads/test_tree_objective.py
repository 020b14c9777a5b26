from typing import Any

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.heads.tree_objective import TreeObjective, shares_of_ranks

RANKS = ("family", "genus", "species")


def test_the_shares_of_ranks_sum_to_one() -> None:
    assert shares_of_ranks(None, RANKS) == shares_of_ranks("equal", RANKS) == (1 / 3,) * 3
    assert shares_of_ranks("leaf-heavy", RANKS) == (1 / 7, 2 / 7, 4 / 7)
    given = {"species": 3, "family": 0, "genus": 1}
    assert shares_of_ranks(given, RANKS) == (0, 0.25, 0.75)


def test_every_rank_has_a_weight_and_every_weight_a_rank() -> None:
    with pytest.raises(StudyError, match=r"rank in `rank_weights` 'gneus'; did you mean 'genus'."):
        shares_of_ranks({"gneus": 1}, RANKS)
    with pytest.raises(StudyError, match=r"'family', 'species' of 3 ranks has none\. Write 0"):
        shares_of_ranks({"genus": 1}, RANKS)


def test_what_goes_together_is_taken() -> None:
    TreeObjective(structure="ranks", rank_weights={"genus": 1, "species": 2})
    TreeObjective(structure="fine-to-coarse", rank_weights="leaf-heavy")
    TreeObjective(loss="ancestors", rank_weights="equal")
    TreeObjective(loss="soft-labels", sharpness=4)
    TreeObjective(loss="logit-adjusted", prior_strength=0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"structure": "rank"}, "Unknown structure 'rank'; did you mean 'ranks'"),
        ({"loss": "hxE"}, "Unknown loss 'hxE'; did you mean 'hxe'"),
        ({"structure": "siblings", "loss": "ancestors"}, "'ancestors' needs the structure 'leav"),
        ({"level_decay": 0.5}, "`level_decay` has no effect with the loss 'cross-entropy'"),
        ({"loss": "hxe", "sharpness": 4}, "`sharpness` has no effect .* `loss: soft-labels`"),
        ({"loss": "hxe", "level_decay": -1}, "`level_decay` must be .* at least 0; got -1"),
        ({"loss": "soft-labels", "sharpness": True}, "must be a finite number .* got True"),
        ({"loss": "soft-labels", "sharpness": float("nan")}, "must be a finite .* got nan"),
        ({"rank_weights": "equal"}, "`rank_weights` has no effect with the structure 'leaves'"),
        ({"structure": "siblings", "rank_weights": "equal"}, "has no effect .* 'siblings'"),
        ({"structure": "ranks", "rank_weights": "heavy"}, "preset of `rank_weights` 'heavy'"),
        ({"structure": "ranks", "rank_weights": {}}, "one of them above 0; got {}"),
        ({"structure": "ranks", "rank_weights": {"a": 0}}, "one of them above 0; got {'a': 0}"),
        ({"structure": "ranks", "rank_weights": {"a": -1, "b": 3}}, "at least 0 for each rank"),
        ({"structure": "ranks", "rank_weights": [1, 2]}, r"got \[1, 2\]"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        TreeObjective(**given)
