import shutil
from pathlib import Path

import pytest

from fieldmark.core.progress import SilentProgress
from fieldmark.report.ablation_tables import ablation_section
from fieldmark.workflows.evidence import Evidence, gather
from fieldmark.workflows.reporting import report_content

ROWS = """\
ablation:
  reference: probe
  rows:
    longer: {head.epochs: 12}
    two: {head: {epochs: 4, learning_rate: 0.1}}
"""
FOLDS = "{kind: group_kfold, folds: 3, validation: 0.25}"


def gathered(ground):
    return gather(ground, progress=SilentProgress())


@pytest.fixture(scope="module")
def ablated(tiny_fungi: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny study over three folds with an ablation, after its run."""
    from fieldmark.cli.main import main

    folder = Path(shutil.copytree(tiny_fungi, tmp_path_factory.mktemp("ablated") / "tiny"))
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8").replace("split: split", f"split: {FOLDS}")
    study.write_text(text.replace("reference: knn\n", ROWS), encoding="utf-8")
    assert main(["run", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def evidence(ablated: Path, opened) -> Evidence:
    return gathered(opened(ablated))


def test_each_row_is_compared_with_its_reference_fold_by_fold(evidence: Evidence) -> None:
    (found,) = evidence.ablations
    assert [(row.planned.name, row.ran) for row in found.rows] == [
        ("probe", 6),
        ("longer", 6),
        ("two", 6),
    ]
    assert found.rows[0].comparison is None
    for row in found.rows[1:]:
        assert row.comparison is not None
        assert "corrected resampled t over 2 runs x 3 folds" in row.comparison.test
        assert row.comparison.adjustment == "Holm over 2 planned rows"
    assert found.rows[1].planned.changed == ("head.epochs: 12 against 8",)
    assert "2 factors changed at once" in str(found.rows[2].warning)


def test_the_page_has_the_table_and_its_warnings(ablated: Path, evidence: Evidence, opened) -> None:
    content = report_content(opened(ablated), evidence, progress=SilentProgress())
    section = ablation_section(content)
    assert any("all 18 cells have run" in remark for remark in section.remarks)
    assert any(remark.startswith("two: 2 factors changed") for remark in section.remarks)
    (table,) = section.tables
    assert [row[2].text for row in table.rows] == ["6 of 6"] * 3
    assert table.rows[0][3].text == "reference"


def test_while_cells_are_missing_a_difference_is_not_known(
    ablated: Path, tmp_path: Path, opened
) -> None:
    ground = opened(Path(shutil.copytree(ablated, tmp_path / "part")))
    gone = next(spec for spec in ground.cells if spec.id == "longer/fold-2-seed-1")
    shutil.rmtree(ground.ledger.result_folder(gone))
    evidence = gathered(ground)
    (found,) = evidence.ablations
    assert found.winner is None
    assert found.conclusion == "17 of 18 cells have run: no winner while 1 are missing"
    section = ablation_section(report_content(ground, evidence, progress=SilentProgress()))
    cells = [[cell.text for cell in row] for row in section.tables[0].rows]
    assert cells[1][2:] == ["5 of 6", "?", "?", "?"]
    assert cells[2][2] == "6 of 6"
    assert "?" not in cells[2]


def test_without_an_ablation_there_is_no_table(finished: Path, opened) -> None:
    assert gathered(opened(finished)).ablations == ()


def test_seeds_of_a_single_split_are_averaged(fresh: Path, opened, rewrite, call) -> None:
    rewrite(fresh / "study.yaml", ("reference: knn\n", ROWS))
    assert call("run", fresh).code == 0
    (found,) = gathered(opened(fresh)).ablations
    assert [row.ran for row in found.rows] == [2, 2, 2]
    assert found.rows[1].comparison.a_seeds == 2


def test_each_number_of_shots_has_its_own_table(fresh: Path, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("reference: knn\n", ROWS))
    rule = "data.split={kind: few_shot, shots: [1, 3], within: split}"
    tables = gathered(opened(fresh, rule)).ablations
    assert [table.rows[1].planned.name for table in tables] == [
        "longer, 1 a class",
        "longer, 3 a class",
    ]
    assert tables[0].rows[1].planned.reference == "probe, 1 a class"
    assert tables[0].rows[1].difference_text() == "?"
