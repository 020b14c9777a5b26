from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.decision.policy import Backoff, MinimumRisk, NeymanPearson
from fieldmark.decision.policy_section import PoisonSection
from fieldmark.manifest.table import Manifest
from fieldmark.workflows.policies import policies_of


@pytest.fixture
def manifest() -> Manifest:
    frame = pl.DataFrame(
        {"id": ["1", "2"], "path": ["1", "2"], "label": ["cap", "cep"], "deadly": ["1", "0"]}
    )
    return Manifest(frame, Path())


def test_poisonous_classes_are_looked_up_among_all_images(manifest) -> None:
    poison = PoisonSection(column="deadly", cost=9)
    careful = Backoff(error_limit=0.1)
    found = policies_of(
        {"wary": MinimumRisk(cost="poison", poison=poison), "careful": careful}, manifest
    )
    assert found["wary"].poison.classes == ("cap",)
    assert found["careful"] is careful


def test_classes_and_columns_that_are_not_there_are_refused(manifest) -> None:
    alarm = NeymanPearson(positive="capp", target_recall=0.9)
    with pytest.raises(StudyError, match=r"decisions\.alarm: Unknown class 'capp'; did you mean"):
        policies_of({"alarm": alarm}, manifest)
    wary = MinimumRisk(cost="poison", poison=PoisonSection(column="dedly", cost=9))
    with pytest.raises(StudyError, match=r"decisions\.wary: .*a column 'dedly'"):
        policies_of({"wary": wary}, manifest)
