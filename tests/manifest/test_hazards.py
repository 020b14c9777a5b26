import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.hazards import HazardColumn, Hazards, hazard_findings, hazards_of

DEADLY = HazardColumn(column="deadly", values=("1",))


def frame(*rows: tuple[str, object], strict: bool = True) -> pl.DataFrame:
    labels, values = zip(*rows, strict=True)
    return pl.DataFrame({"label": labels, "deadly": values}, strict=strict)


def test_a_class_is_what_its_images_say() -> None:
    table = frame(("cap", "1"), ("cap", "1"), ("cep", "0"), ("new", None), ("blank", " "))
    found = hazards_of([table], DEADLY)
    assert (found.of("cap"), found.of("cep")) == ("poisonous", "harmless")
    assert [found.of(name) for name in ("new", "blank", "never seen")] == ["unknown"] * 3
    assert found.unsaid == ("blank", "new")
    assert found.source == "column 'deadly' (1)"


def test_one_image_that_says_poisonous_outweighs_all_that_deny_it() -> None:
    found = hazards_of([frame(*[("cap", "0")] * 9, ("cap", "1"))], DEADLY)
    assert found.of("cap") == "poisonous"
    assert found.mixed == ("cap",)
    assert found.harmless == frozenset()


def test_several_tables_are_read_as_one() -> None:
    found = hazards_of([frame(("cap", "1")), frame(("cep", "0"), ("cap", None))], DEADLY)
    assert (found.of("cap"), found.of("cep"), found.unsaid) == ("poisonous", "harmless", ())


@pytest.mark.parametrize("values", [[1, 0, None], [1.0, 0.0, None], [True, False, None]])
def test_numbers_and_truths_read_as_a_table_writes_them(values: list[object]) -> None:
    told = HazardColumn(column="deadly", values=("1", "true"))
    found = hazards_of([frame(*zip(("cap", "cep", "new"), values, strict=True))], told)
    assert (found.poisonous, found.harmless) == ({"cap"}, {"cep"})
    assert found.unsaid == ("new",)


def test_shares_are_no_whole_numbers() -> None:
    told = HazardColumn(column="deadly", values=("0.5",))
    assert hazards_of([frame(("cap", 0.5), ("cep", 0.0))], told).poisonous == {"cap"}


def test_contradictions_and_silence_are_findings() -> None:
    table = frame(("cap", "1"), ("cap", "0"), ("new", None))
    contradiction, unknown = hazard_findings(hazards_of([table], DEADLY))
    assert (contradiction.code, contradiction.severity) == ("hazard_contradiction", "warning")
    assert "harmless by others, by column 'deadly' (1): 1 (first: cap)" in contradiction.message
    assert (unknown.code, unknown.severity, unknown.examples) == (
        "hazard_unknown",
        "note",
        ("new",),
    )
    assert hazard_findings(Hazards(poisonous=frozenset({"a"}), harmless=frozenset())) == []


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ManifestError, match=r"Expected a column 'deadyl'.*did you mean"):
        hazards_of([frame(("cap", "1"))], HazardColumn(column="deadyl", values=("1",)))
    with pytest.raises(ManifestError, match=r"with yes in column 'deadly'.* it holds '0', '1'"):
        hazards_of([frame(("a", "1"), ("b", "0"))], HazardColumn(column="deadly", values=("yes",)))
    with pytest.raises(ManifestError, match="it holds nothing at all"):
        hazards_of([frame(("a", ""))], DEADLY)
    with pytest.raises(ManifestError, match="the values of column 'deadly' that mean poisonous"):
        HazardColumn(column="deadly", values=())
