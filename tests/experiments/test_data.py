import pytest
from pydantic import ValidationError

from fieldmark.experiments.data import DataConfig, HoldoutConfig
from fieldmark.manifest.sources import ManifestColumns

DATA = {"manifest": "m.csv", "images": "img", "split": "part"}
HOLDOUT = {"kind": "holdout", "fractions": {"train": 0.6, "validation": 0.2, "test": 0.2}}


def test_a_split_is_a_column_or_a_rule() -> None:
    assert DataConfig.model_validate(DATA | {"label": "species"}).split == "part"
    drawn = DataConfig.model_validate(DATA | {"label": "species", "split": HOLDOUT | {"seed": 3}})
    assert isinstance(drawn.split, HoldoutConfig)
    assert drawn.split.seed == 3
    assert drawn == DataConfig.model_validate(DATA | {"label": "species", "split": drawn.split})


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({}, "either 'ranks' .* or 'label' .*; neither is given"),
        ({"ranks": []}, "neither is given"),
        ({"ranks": ["genus", "species"], "label": "species"}, "both are given"),
        ({"ranks": ["genus", "species", "genus"]}, "data.ranks names 'genus' twice"),
        ({"label": "species", "unreadable": "skip"}, "Input should be 'fail' or 'exclude'"),
        ({"label": "species", "two_parents": "guess"}, "Input should be 'refuse' or 'qualify'"),
        ({"label": "species", "split": ["part"]}, "valid dictionary or object"),
    ],
)
def test_data_that_contradict_themselves_are_refused(
    labels: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        DataConfig.model_validate(DATA | labels)


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ({"train": 0.5, "test": 0.6}, "the fractions should sum to 1; they sum to 1.1"),
        ({"train": 1.0}, "less than 1"),
        ({"train": 0.0, "test": 1.0}, "greater than 0"),
        ({"train": 0.99}, "at least 2 items"),
    ],
)
def test_fractions_that_are_no_shares_are_refused(
    fractions: dict[str, float], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        HoldoutConfig.model_validate(HOLDOUT | {"fractions": fractions})


def test_thirds_sum_to_one() -> None:
    thirds = {"train": 1 / 3, "validation": 1 / 3, "test": 1 / 3}
    assert HoldoutConfig.model_validate(HOLDOUT | {"fractions": thirds}).seed == 0


def test_the_columns_are_those_that_reading_a_manifest_takes() -> None:
    ranked = DataConfig.model_validate(DATA | {"ranks": ["genus", "species"], "group": "tree"})
    columns = ManifestColumns(**ranked.as_columns())
    assert (columns.ranks, columns.group, columns.split) == (("genus", "species"), "tree", "part")
    drawn = DataConfig.model_validate(DATA | {"label": "species", "split": HOLDOUT})
    assert ManifestColumns(**drawn.as_columns()).split is None


def test_boxes_stand_in_one_column_or_in_four_and_have_one_unit() -> None:
    of = {"manifest": "m.csv", "images": ".", "label": "species", "split": "part"}
    whole = DataConfig(**of)
    assert not whole.regions
    four = DataConfig(**of, mask="seg", box_xywh_pixels=("x", "y", "w", "h"))
    assert four.regions.names == ("seg", "x", "y", "w", "h")
    assert four.as_columns()["regions"] is not None
    one = DataConfig(**of, box_xywh_shares="bbox")
    assert (one.regions.box, one.regions.box_unit) == (("bbox",), "shares")
    with pytest.raises(ValidationError, match="boxes in pixels or as shares; both are given"):
        DataConfig(**of, box_xywh_pixels="a", box_xywh_shares="b")
    with pytest.raises(ValidationError, match=r"box_xywh_pixels needs four columns .*; got 2\."):
        DataConfig(**of, box_xywh_pixels=("x", "y"))


def test_the_hazard_column_takes_numbers_as_a_table_writes_them() -> None:
    data = DataConfig.model_validate(DATA | {"label": "species", "hazard": {"column": "deadly"}})
    assert data.hazard is not None
    assert data.hazard.values == ("1",)
    for written, read in ((1, ("1",)), ("yes", ("yes",)), ([1, "2"], ("1", "2"))):
        hazard = {"column": "deadly", "values": written}
        data = DataConfig.model_validate(DATA | {"label": "species", "hazard": hazard})
        assert data.hazard is not None
        assert data.hazard.values == read
    for wrong in ([], [True], None):
        with pytest.raises(ValidationError):
            DataConfig.model_validate(
                DATA | {"label": "species", "hazard": {"column": "deadly", "values": wrong}}
            )
