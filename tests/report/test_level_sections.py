from dataclasses import replace

import numpy as np
import pytest

from fieldmark.decision.calibrators import Calibrator
from fieldmark.decision.metadata_columns import MetadataColumn
from fieldmark.decision.metadata_record import MetadataPrior
from fieldmark.decision.metadata_tuning import MetadataCounts
from fieldmark.decision.prior_shift_record import PriorShift
from fieldmark.report.level_sections import level_section
from fieldmark.report.levels import LevelRow, Levels, LevelVerdict, Observations
from fieldmark.report.markdown import markdown_of
from fieldmark.report.page import render_page
from fieldmark.report.sections import sections_of

RANKS = ("phylum", "class", "order", "family", "genus", None)
METRICS = ("accuracy", "top_5_accuracy", "macro_f1", "log_loss")
NAMES = ("probe", "neighbours", "fine-tuned", "stock", "from-scratch")


def prior(contender: str = "probe", *, seed: int | None = None, low: float = 0.02) -> MetadataPrior:
    weights = (0.62, 0.31) if low > 0 else (0.0, 0.0)
    return MetadataPrior(
        contender=contender,
        seed=seed,
        fold=None,
        classes=("a", "b"),
        columns=(
            MetadataColumn(name="habitat", values=("park", "wood")),
            MetadataColumn(name="month", values=("9",)),
        ),
        counts=MetadataCounts((np.ones((2, 2), int), np.ones((1, 2), int)), np.array([2, 0])),
        weights=weights,
        tuned_weights=(0.62, 0.31),
        shrinkage=12.0,
        calibrator=Calibrator(
            kind="temperature",
            contender=contender,
            seed=seed,
            fold=None,
            fitted_on="validation",
            fitted_items_digest="d",
            n=146,
            classes=("a", "b"),
            parameters={"temperature": [1.25]},
            source="",
        ),
        trained_on="the training part, year before 2021",
        training_items=434,
        lacking=1,
        fitted_on="validation",
        fitted_items_digest="d",
        n=146,
        groups=73,
        gain=0.05,
        gain_low=low,
        level=0.95,
    )


@pytest.fixture
def levels(make) -> Levels:
    """Return five contenders at two levels and six ranks, bare and with a prior."""
    rows = tuple(
        LevelRow(
            name,
            treatment,
            level,
            n,
            tuple(
                make.estimate(0.5, metric=metric, rank=rank, contender=name, n=n, classes=6)
                for metric in METRICS
                for rank in RANKS
            ),
        )
        for name in NAMES
        for treatment in ("bare scores", "metadata prior")
        for level, n in (("image", 144), ("observation", 72))
    )
    verdicts = tuple(
        LevelVerdict(step, counted, name, make.comparison(name, name, n=144))
        for name in NAMES[:4]
        for step, counted in (
            ("metadata prior", "of 144 images"),
            ("metadata prior", "of 72 observations"),
            ("photos pooled", "of 144 images"),
        )
    )
    idle = LevelVerdict("metadata prior", "of 144 images", NAMES[4], None)
    return Levels(
        observations=Observations("observation", "arithmetic", 144, 72, 60, 120),
        rows=rows,
        verdicts=(*verdicts, idle),
        refusals=(("stock: prior shift", "There are no counts."),),
        priors=(prior(), prior(NAMES[4], low=-0.01)),
        shifts=(
            PriorShift(
                contender="probe",
                seed=0,
                fold=None,
                classes=("a",),
                log_prior=(0.0,),
                tau=1.0,
                lacking=0,
            ),
        ),
        remarks=("the scores of stock are pooled as they came, not calibrated",),
    )


def test_a_study_that_asks_for_nothing_has_no_section(make) -> None:
    assert level_section(make.content([])).is_empty


def test_images_and_observations_never_share_a_column(make, levels: Levels) -> None:
    section = level_section(make.content([], levels=levels))
    steps, images, observations, refusals = section.tables
    assert steps.name == "level-steps"
    assert {column.detail for column in images.columns[1:]} == {"of 144 images"}
    assert {column.detail for column in observations.columns[1:]} == {"of 72 observations"}
    assert len(images.rows) == len(observations.rows) == 10
    assert images.rows[1][0].detail == "with metadata prior"
    assert images.rows[0][1].text == "50.00 %"
    assert images.rows[0][1].detail == "48.7 to 51.3"
    assert refusals.rows[0][0].text == "stock: prior shift"
    assert "60 of them have at least two images (120 images)" in section.remarks[0]


def test_a_step_is_shown_with_its_difference_and_its_verdict(make, levels: Levels) -> None:
    table = level_section(make.content([], levels=levels)).tables[0]
    assert [column.title for column in table.columns] == ["Contender", "Step", "Accuracy"]
    assert [row[0].text for row in table.rows[:5]] == list(NAMES)
    assert {(row[1].text, row[1].detail) for row in table.rows[:5]} == {
        ("metadata prior", "of 144 images")
    }
    assert table.rows[0][2].text == "better"
    assert table.rows[0][2].detail == "+4.17 points (+2.9 to +5.5)"
    assert table.rows[4][2].text == "no change"


def test_a_refused_metric_of_a_step_is_missing(make, levels: Levels) -> None:
    (first, *rest) = levels.verdicts
    other = replace(first, comparison=make.comparison("probe", "probe", metric="macro_f1"))
    table = level_section(make.content([], levels=replace(levels, verdicts=(other, *rest)))).tables
    assert [column.title for column in table[0].columns[2:]] == ["Macro F1", "Accuracy"]
    assert table[0].rows[0][3].text == "?"


def test_nothing_that_was_tested_leaves_a_table_of_steps_alone(make, levels: Levels) -> None:
    idle = tuple(one for one in levels.verdicts if one.comparison is None)
    section = level_section(make.content([], levels=replace(levels, verdicts=idle)))
    assert [row[2].text for row in section.tables[0].rows] == ["no change"]
    assert section.folded[0].title.startswith("Every rank")


def test_ranks_and_fits_are_folded(make, levels: Levels) -> None:
    section = level_section(make.content([], levels=levels))
    titles = [fold.title for fold in section.folded]
    assert titles == [
        "The tests behind what each step changes",
        "Every rank, by image (of 144 images)",
        "Every rank, by observation (of 72 observations)",
        "What the priors learnt",
    ]
    assert [len(table.rows) for table in section.folded[1].tables] == [10] * 4
    assert [column.title for column in section.folded[1].tables[0].columns][1:] == [
        "phylum",
        "class",
        "order",
        "family",
        "genus",
        "species",
    ]
    priors, shifts = section.folded[3].tables
    assert [row[1].text for row in priors.rows] == ["kept", "adds nothing"]
    assert priors.rows[0][2].detail == "at least +0.0200, n = 146"
    assert "434 training items (the training part, year before 2021)" in priors.note
    assert shifts.rows[0][1].text == "1"


def test_who_gains_nothing_is_named_once(make, levels: Levels) -> None:
    seeds = tuple(prior("probe", seed=seed, low=seed - 0.5) for seed in (0, 1))
    section = level_section(make.content([], levels=replace(levels, priors=seeds)))
    assert "adds nothing that can be shown for 1 of 2 seeds of probe:" in section.remarks[-1]


def test_without_observations_it_is_a_section_on_priors(make, levels: Levels) -> None:
    alone = replace(
        levels,
        observations=None,
        rows=tuple(row for row in levels.rows if row.level == "image"),
        verdicts=(),
        remarks=(),
        priors=(),
        shifts=(),
    )
    section = level_section(make.content([], levels=alone))
    assert section.title == "Priors beside the scores"
    assert [table.name for table in section.tables] == ["level-image", "level-refusals"]


def test_tables_have_names_of_their_own_and_the_page_holds_them(make, levels: Levels) -> None:
    content = make.content([make.row("probe")], levels=levels)
    sections = sections_of(content)
    (section,) = (one for one in sections if one.name == "levels")
    tables = [*section.tables, *(table for fold in section.folded for table in fold.tables)]
    assert len({table.name for table in tables}) == len(tables)
    page = render_page(content)
    assert all(f'id="table-{table.name}"' in page for table in tables)
    assert "By observation: of 72 observations" in markdown_of(content, sections)


def test_other_numbers_of_classes_stand_in_tables_of_their_own(make, levels: Levels) -> None:
    stock = tuple(
        replace(row, estimates=tuple(replace(one, classes=5) for one in row.estimates))
        if row.contender == "stock"
        else row
        for row in levels.rows
    )
    section = level_section(make.content([], levels=replace(levels, rows=stock)))
    names = [table.name for table in section.tables if table.name.startswith("level-image")]
    assert names == ["level-image", "level-image-2"]
    assert [row[0].text for row in section.tables[2].rows] == ["stock"] * 2
    assert "5 classes to tell apart" in section.tables[2].caption


def test_other_numbers_of_images_are_told(make, levels: Levels) -> None:
    fewer = tuple(replace(row, n=100) if row.contender == "stock" else row for row in levels.rows)
    section = level_section(make.content([], levels=replace(levels, rows=fewer)))
    images = section.tables[1]
    assert images.columns[1].detail == "of 100 to 144 images"
    assert images.rows[0][0].detail == "bare scores, n = 144"
    assert images.rows[6][0].detail == "bare scores, n = 100"


def test_the_numbers_of_many_contenders_are_folded(make, levels: Levels) -> None:
    rows = tuple(
        replace(row, contender=f"{row.contender}-{number}" if number else row.contender)
        for number in range(4)
        for row in levels.rows
    )
    section = level_section(make.content([], levels=replace(levels, rows=rows)))
    assert not [table for table in section.tables if table.name.startswith("level-image")]
    titles = [fold.title for fold in section.folded]
    assert any(title.startswith("By image: of ") for title in titles)
