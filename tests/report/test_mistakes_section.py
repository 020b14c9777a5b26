import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.confusion_counts import confusion_counts
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.mistakes_section import mistakes_section
from fieldmark.report.page import render_page
from fieldmark.report.rank_confusions import rank_confusions

NAMES = ("A. x", "A. y", "B. z", "C. w")
TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "A", "B", "C"], "species": NAMES}), ("genus", "species")
)


@pytest.fixture
def ranked(make):
    """Return a function that makes a confusion with its counts at every rank."""

    def of(contender: str = "probe", **fields):
        cells = make.cells(*NAMES)
        facts = {"contender": contender, "cells": cells, "ranks": rank_confusions(cells, TREE)}
        return make.confusion(**(facts | fields))

    return of


def test_the_ninth_contender_has_its_mix_ups_in_a_table_alone(make) -> None:
    confusions = tuple(make.confusion(contender=f"c{number}") for number in range(9))
    section = mistakes_section(make.content([], confusions=confusions))
    assert [len(fold.pictures) for fold in section.folded] == [1] * 7 + [0]
    assert all(len(fold.tables) == 1 for fold in section.folded)


def test_every_rank_is_folded_with_its_tables_for_the_first(make, ranked) -> None:
    section = mistakes_section(make.content([], confusions=(ranked(), ranked("knn"))))
    assert [table.name for table in section.tables] == ["mix-ups-1", "mix-ups-ranks"]
    assert [len(row) for row in section.tables[1].rows] == [7] * 4
    assert [fold.title for fold in section.folded] == [
        "Mix-ups of knn",
        "Every rank of probe",
        "Every rank of knn",
    ]
    first, second = section.folded[1:]
    assert [table.name for table in first.tables] == [
        "mix-ups-1-species",
        "mix-ups-1-species-parents",
        "mix-ups-1-genus",
    ]
    assert second.tables == ()
    assert [picture.title for picture in second.pictures] == [
        "What knn takes for what: species",
        "What knn takes for what: genus",
    ]


def test_leaves_that_the_matrix_does_not_name_are_drawn_densely(make, ranked) -> None:
    section = mistakes_section(make.content([], confusions=(ranked(),)))
    assert [picture.title for picture in section.pictures] == [
        "What probe takes for what",
        "What probe takes for what: species",
    ]
    few = ranked(ranks=rank_confusions(make.cells("A. x", "A. y", "B. z"), TREE))
    assert len(mistakes_section(make.content([], confusions=(few,))).pictures) == 1


def test_the_fifth_contender_has_no_dense_pictures(make, ranked) -> None:
    confusions = tuple(ranked(f"c{number}") for number in range(5))
    folds = mistakes_section(make.content([], confusions=confusions)).folded
    assert [fold.title for fold in folds if fold.title.startswith("Every")] == [
        f"Every rank of c{number}" for number in range(4)
    ]


def test_nothing_to_show(make) -> None:
    assert mistakes_section(make.content([])).is_empty


def test_2829_names_of_90000_images_stay_a_small_page(make) -> None:
    species, images, rng = 2829, 90_000, np.random.default_rng(0)
    names = tuple(f"species {number:04d}" for number in range(species))
    genus = [f"genus {number // 5:03d}" for number in range(species)]
    tree = build_taxonomy(pl.DataFrame({"genus": genus, "species": names}), ("genus", "species"))
    truth = rng.integers(species, size=images)
    near = np.minimum(truth // 5 * 5 + rng.integers(5, size=images), species - 1)
    wrong = np.where(rng.random(images) < 0.7, near, rng.integers(species, size=images))
    answers = Answers(
        rank=None,
        classes=names,
        candidates=species,
        truth=truth,
        predicted=np.where(rng.random(images) < 0.6, truth, wrong),
    )
    cells = confusion_counts(answers)
    confusion = make.confusion(cells=cells, ranks=rank_confusions(cells, tree))
    page = render_page(make.content([], confusions=(confusion,), taxonomy=tree))
    assert len(page.encode()) < 1_500_000
    assert "What probe takes for what: species" in page
