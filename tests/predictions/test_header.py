import pytest
from pydantic import ValidationError

from fieldmark.predictions.header import PredictionsHeader, ScoreKind


def header(**fields: object) -> PredictionsHeader:
    return PredictionsHeader(**({"score_kind": "logits", "contender": "probe"} | fields))


def test_a_header_has_quiet_defaults() -> None:
    made = header()
    assert made.score_kind is ScoreKind.LOGITS
    assert (made.split, made.excluded, made.provenance) == ("all", 0, {})
    assert made.contract is made.tap is made.seed is made.fold is None


def test_mappings_are_kept_as_json_holds_them() -> None:
    assert header(contract={"mean": (0.5, 0.4)}).contract == {"mean": [0.5, 0.4]}


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected what JSON can hold"):
        header(tap={"weights": {1, 2}})


@pytest.mark.parametrize(
    "fields",
    [
        {"score_kind": "scores"},
        {"contender": ""},
        {"split": ""},
        {"excluded": -1},
        {"unknown": 1},
    ],
)
def test_wrong_fields_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        header(**fields)


def test_a_header_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        header().contender = "other"


def test_the_provenance_is_not_part_of_the_digest() -> None:
    assert header(provenance={"created": "now"}).digest == header().digest


@pytest.mark.parametrize(
    "fields", [{"seed": 1}, {"split": "test"}, {"contract": {"size": 224}}, {"excluded": 2}]
)
def test_everything_else_is(fields: dict[str, object]) -> None:
    assert header(**fields).digest != header().digest


def test_a_header_survives_json() -> None:
    whole = header(
        seed=3,
        fold="2",
        contract={"mean": (0.5,)},
        tap={"backbone": "x"},
        training_label_counts={"oak": 2},
    )
    assert PredictionsHeader.model_validate_json(whole.model_dump_json()) == whole
