"""What a study states about observations and priors, from its file to its page."""

from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.predictions.header import ScoreKind
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.parts import header_of
from fieldmark.workflows.reporting import report_study
from fieldmark.workflows.study_levels import study_levels

OBSERVED = "protocol.observations={by: observation}"
PRIOR = "protocol.metadata_prior={columns: [habitat, month]}"


def levels_of(ground):
    progress = SilentProgress()
    return study_levels(ground, gather(ground, progress=progress), progress=progress)


def test_a_study_that_asks_for_nothing_gets_nothing(finished: Path, opened) -> None:
    assert levels_of(opened(finished)) is None


def test_nothing_has_run(fresh: Path, opened) -> None:
    assert levels_of(opened(fresh, OBSERVED, PRIOR)) is None


def test_every_contender_stands_at_both_levels(finished: Path, opened) -> None:
    ground = opened(finished, OBSERVED, PRIOR, "protocol.prior_shift={by: macro_f1}")
    found = levels_of(ground)
    assert {(row.contender, row.treatment, row.level) for row in found.rows} == {
        (contender, treatment, level)
        for contender in ("probe", "knn")
        for treatment in ("bare scores", "metadata prior", "prior shift")
        for level in ("image", "observation")
    }
    assert [(one.contender, one.seed) for one in found.priors] == [
        ("probe", 0),
        ("probe", 1),
        ("knn", None),
    ]
    train = ground.manifest.select(ground.split.ids("train"))
    assert {one.training_items for one in found.priors} == {len(train)}
    assert {one.fitted_on for one in found.priors} == {"validation"}
    assert found.refusals == ()


def test_finished_cells_stay_finished(finished: Path, opened) -> None:
    plain, asked = opened(finished), opened(finished, OBSERVED, PRIOR)
    assert [one.inputs_digest for one in asked.cells] == [one.inputs_digest for one in plain.cells]


def test_years_are_those_of_the_training_part(finished: Path, opened) -> None:
    years = "protocol.metadata_prior={columns: [habitat], years: {column: month, before: 10}}"
    ground = opened(finished, years)
    train = ground.manifest.select(ground.split.ids("train")).frame
    found = levels_of(ground)
    expected = int((train["month"].cast(int) < 10).sum())
    assert {one.training_items for one in found.priors} == {expected}
    assert {one.trained_on for one in found.priors} == {"the training part, month before 10"}


def test_a_column_that_leaks_is_refused_on_the_page(ran: Path, opened) -> None:
    ground = opened(ran, "protocol.metadata_prior={columns: [poisonous]}")
    page, _ = report_study(ground)
    text = page.read_text()
    assert "What could not be fitted or compared" in text
    assert "has one value only for all items of a label" in text


def test_a_contender_whose_loss_frees_it_of_the_prior_is_not_shifted(ran: Path, opened) -> None:
    shift = "protocol.prior_shift={tau: 1.0}"
    ground = opened(ran, shift, "contenders.probe.head.class_weights=balanced")
    # What was trained before is stale; a run of the new settings would say so in its header.
    plain = opened(ran, shift)
    weighted = replace(plain, file=ground.file)
    progress = SilentProgress()
    found = study_levels(weighted, gather(plain, progress=progress), progress=progress)
    (refusal,) = found.refusals
    assert refusal[0] == "probe: prior shift"
    assert "were freed of the prior of training already, by class weights" in refusal[1]
    assert {one.contender for one in found.shifts} == {"knn"}
    spec = ground.cells[0]
    header = header_of(ground, spec, part="test", kind=ScoreKind.LOGITS, facts={})
    assert header.provenance["prior_corrected_by"] == "class weights"


def test_the_page_shows_both_levels_apart(ran: Path, opened) -> None:
    page, _ = report_study(opened(ran, OBSERVED, PRIOR))
    text = page.read_text()
    assert 'id="table-level-image"' in text
    assert 'id="table-level-observation"' in text
    assert "What each step changes" in text


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("protocol.observations={by: tree}", "Unknown column in protocol.observations.by 'tree'"),
        (
            "protocol.metadata_prior={columns: [habitatt]}",
            "column in protocol.metadata_prior.columns 'habitatt'; did you mean 'habitat'",
        ),
        (
            "protocol.metadata_prior={columns: [habitat], years: {column: yr, since: 2}}",
            "column in protocol.metadata_prior.years 'yr'",
        ),
        (
            "protocol.metadata_prior={columns: [habitat], on: calibration}",
            "part of the split in protocol.metadata_prior.on 'calibration'",
        ),
        (
            "protocol.prior_shift={by: macro_f1, on: val2}",
            "part of the split in protocol.prior_shift.on 'val2'",
        ),
    ],
)
def test_what_is_not_there_is_refused_when_the_study_is_opened(
    fresh: Path, opened, override: str, message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        opened(fresh, override)


@pytest.mark.parametrize("key", ["metadata_prior={columns: [habitat]}", "prior_shift={tau: 1.0}"])
def test_folds_have_no_part_to_fit_on(fresh: Path, opened, key: str) -> None:
    folds = ("data.split={kind: group_kfold, folds: 3}", "protocol.selection=null")
    with pytest.raises(StudyError, match="is fitted on a part of one split; this study has 3"):
        opened(fresh, *folds, f"protocol.{key}")


def test_observations_over_folds_are_pooled_as_they_came(fresh: Path, opened) -> None:
    folds = ("data.split={kind: group_kfold, folds: 3}", "protocol.selection=null")
    assert opened(fresh, *folds, OBSERVED).splits.kind == "folds"
