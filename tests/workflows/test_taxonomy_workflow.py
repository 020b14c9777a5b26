import inspect
import json
from pathlib import Path

import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.core.progress import SilentProgress
from fieldmark.experiments.study_file import read_study
from fieldmark.manifest.splits import read_split
from fieldmark.workflows import taxonomy
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.reporting import report_content, report_study
from fieldmark.workflows.taxonomy import run_study

SILENT = SilentProgress()


def content_of(ground):
    return report_content(ground, gather(ground, progress=SILENT), progress=SILENT)


def test_a_system_is_a_short_composition() -> None:
    assert len(inspect.getsource(taxonomy).splitlines()) <= 150


def test_a_second_run_runs_nothing(ran: Path, opened) -> None:
    summary = run_study(opened(ran), progress=SILENT)
    assert (summary.ran, len(summary.done_before)) == ((), 3)
    assert summary.sentence == "All 3 cells are done: 3 were done before."


def test_the_run_leaves_the_resolved_study_and_the_split(finished: Path, opened) -> None:
    ground = opened(finished)
    assert read_study(ground.results / "study.resolved.yaml").study == ground.file.study
    assert read_split(ground.results / "splits" / "split.csv") == ground.split


def test_errors_of_the_audit_stop_the_run(judged_only: Path, opened) -> None:
    opened(judged_only).manifest.image_paths()[0].unlink()
    ground = opened(judged_only)
    with pytest.raises(ManifestError, match="The audit found 1 error, so nothing runs"):
        run_study(ground, progress=SILENT)
    assert not (ground.results / "cells").exists()


def test_the_report_shows_the_errors_of_an_audit_instead_of_failing(
    judged_only: Path, opened
) -> None:
    assert run_study(opened(judged_only), progress=SILENT).is_complete
    opened(judged_only).manifest.image_paths()[0].unlink()
    page, sentences = report_study(opened(judged_only), progress=SILENT)
    assert "The audit of the data found 1 error" in page.read_text()
    assert sentences[0].startswith("Preliminary: ")


def test_the_page_and_its_verdict(finished: Path, ran: Path, opened) -> None:
    ground = opened(ran)
    page, sentences = report_study(ground, progress=SILENT)
    assert page == ground.results / "report" / "index.html"
    text = page.read_text()
    assert "Which of 2 contenders names the species (of 6 ranks) best" in text
    assert "accuracy of probe at least 99.00 %: NOT met: " in sentences[-1]
    assert sentences[:-1] == content_of(ground).verdict
    assert "not distinguishable from" in sentences[0]


def test_one_contender_is_asked_about_by_name(judged_only: Path, opened) -> None:
    assert content_of(opened(judged_only)).question == (
        "How well does incumbent name the species (of 6 ranks), judged on the part 'test'?"
    )


def test_a_study_without_ranks_asks_for_the_label(judged_only: Path, opened, rewrite) -> None:
    ranks = "ranks: [phylum, class, order, family, genus, species]"
    rewrite(judged_only / "study.yaml", (ranks, "label: species"))
    ground = opened(judged_only)
    assert run_study(ground, progress=SILENT).is_complete
    content = content_of(ground)
    assert content.question == (
        "How well does incumbent name the species, judged on the part 'test'?"
    )
    assert content.data.classes == (("class", 4),)


def test_what_the_page_says_of_the_data_and_the_contenders(
    finished: Path, opened, add_incumbent, rewrite
) -> None:
    ground = opened(finished)
    content = content_of(ground)
    sizes = {part: len(ids) for part, ids in ground.split.parts.items()}
    assert content.data.images == len(ground.manifest)
    assert dict(content.data.split_sizes) == sizes
    assert dict(content.data.classes)["species"] == 4
    assert content.data.groups == ground.manifest.groups.n_unique()
    assert content.data.excluded == 0
    assert [(row.name, row.description) for row in content.contenders] == [
        ("probe", "linear on test_resnet (random), tap pooled"),
        ("knn", "knn on test_resnet (random), tap pooled"),
    ]
    assert content.baselines
    assert (content.selection.metric, content.selection.chosen_on) == ("macro_f1", "validation")
    assert dict(content.provenance)["digest of the split"] == ground.split.digest


def test_a_contender_from_elsewhere_is_described_by_its_file(judged_only: Path, opened) -> None:
    content = content_of(opened(judged_only))
    assert [row.description for row in content.contenders] == ["predictions from incumbent.csv"]


def test_before_anything_ran_everything_is_unknown(fresh: Path, opened) -> None:
    page, sentences = report_study(opened(fresh), progress=SILENT)
    assert sentences == (
        "Preliminary: 3 of 3 cells have no result (contenders probe and knn), so nothing is "
        "called best.",
        "accuracy of probe at least 99.00 %: ?.",
    )
    assert page.is_file()


@pytest.mark.slow
def test_a_claim_on_an_unfinished_contender_is_open(ran: Path, opened) -> None:
    ground = opened(ran, "protocol.seeds=[0, 1, 2]")
    _, sentences = report_study(ground, progress=SILENT)
    assert sentences[-1] == "accuracy of probe at least 99.00 %: ?."


def test_without_a_selection_none_is_shown(judged_only: Path, opened, rewrite) -> None:
    rewrite(judged_only / "study.yaml", ("  selection: {metric: macro_f1, on: validation}\n", ""))
    assert content_of(opened(judged_only)).selection is None


def test_a_failed_cell_is_recorded_and_the_others_run(fresh: Path, opened, rewrite) -> None:
    rewrite(
        fresh / "study.yaml",
        ("[0, 1]", "[0]"),
        (
            "backbone: *net\n    head: {kind: knn}",
            "backbone: {name: test_resnet, weights: random, "
            "options: {depth: 7}}\n    head: {kind: knn}",
        ),
    )
    ground = opened(fresh)
    summary = run_study(ground, progress=SILENT)
    assert summary.ran == ("probe/seed-0",)
    assert summary.failed["knn/seed-free"].startswith("timm cannot build test_resnet")
    failure = json.loads((ground.results / "cells/knn/seed-free/failure.json").read_text())
    assert failure["state"] == "failed"
    _, sentences = report_study(ground, progress=SILENT)
    assert sentences[0] == (
        "Preliminary: 1 of 2 cells has no result (contender knn), so nothing is called best."
    )
