import pytest

from fieldmark.manifest.name_findings import name_findings

PLAIN = ("Boletus edulis", "Amanita muscaria")


def codes(*labels: str, **coarser: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {one.code: one.examples for one in name_findings([*PLAIN, *labels], coarser)}


def test_names_that_differ_are_no_finding() -> None:
    assert codes("Boletus edulior", genus=("Boletus", "Amanita")) == {}


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("boletus edulis", "boletus edulis"),
        ("Boletus  edulis", "Boletus␣␣edulis"),
        ("Boletus_edulis ", "Boletus_edulis␣"),
    ],
)
def test_labels_that_look_alike_are_found(label: str, shown: str) -> None:
    assert codes(label) == {"look_alike_labels": (f"'Boletus edulis' and '{shown}'",)}


@pytest.mark.parametrize(
    "label",
    [
        "Boletus edulis Bull.",
        "Boletus edulis (L.) Fr., 1821",
        "Amanita muscaria Éric",
        "Amanita muscaria  Lam.",
    ],
)
def test_a_label_and_its_author_are_found(label: str) -> None:
    name = " ".join(label.split()[:2])
    assert codes(label) == {"label_with_author": (f"'{name}' and '{label}'",)}


@pytest.mark.parametrize(
    "label",
    ["Boletus edulis var. albus", "Boletus edulis complex", "Russula emetica Fr.", "Boletus"],
)
def test_other_names_bear_no_author(label: str) -> None:
    assert codes(label) == {}


def test_a_variety_and_its_author_are_found() -> None:
    label = "Amanita muscaria var. formosa"
    assert codes(label, f"{label} Pers.") == {
        "label_with_author": (f"'{label}' and '{label} Pers.'",)
    }


def test_coarser_names_that_look_alike_are_found_with_their_rank() -> None:
    found = codes(genus=("Boletus", "boletus"), family=("Boletaceae",))
    assert found == {"look_alike_names": ("genus 'Boletus' and 'boletus'",)}


def test_labels_like_a_missing_value_are_found() -> None:
    assert codes("NaN") == {"label_like_missing": ("NaN",)}
