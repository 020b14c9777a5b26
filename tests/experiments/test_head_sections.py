"""The section of a hierarchical head; that of other heads is tested with their contenders."""

from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.core.errors import StudyError
from fieldmark.experiments.head_sections import SEEDED_HEADS, HierarchicalHead
from fieldmark.heads.hierarchical_settings import HierarchicalSettings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hidden": 8}, "hidden has no effect with the structure 'leaves'; leave it out, or write"),
        ({"loss": "logit-adjusted", "class_weights": "balanced"}, "would correct twice; take one"),
        ({"structure": "siblings", "loss": "ancestors"}, "needs the structure 'leaves'"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_here_as_there(
    given: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        HierarchicalHead(kind="hierarchical", **given)
    with pytest.raises(StudyError):
        HierarchicalSettings(**given)


def test_settings_that_go_together_reach_the_head() -> None:
    given: dict[str, Any] = {
        "structure": "fine-to-coarse",
        "hidden": 8,
        "rank_weights": {"genus": 1.0, "species": 2.0},
        "class_weights": "balanced",
    }
    head = HierarchicalHead(kind="hierarchical", **given)
    assert isinstance(head, SEEDED_HEADS)
    assert HierarchicalSettings(**head.model_dump(exclude={"kind"})) == HierarchicalSettings(
        **given
    )
