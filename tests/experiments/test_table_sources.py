import subprocess
import sys

import pytest
from pydantic import ValidationError

from fieldmark.experiments.config import Study
from fieldmark.experiments.data import DataConfig
from fieldmark.experiments.plan import plan

TABLE = {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"}
RANKS = ("phylum", "class", "order", "family", "genus", "species")


def test_fungitastic_needs_no_more_than_its_folder() -> None:
    data = DataConfig.model_validate({"format": "fungitastic", "images": "root/"})
    assert data.manifest == "root/metadata/FungiTastic"
    assert (data.id, data.path, data.group, data.split) == (
        "filename",
        "path",
        "observationID",
        "part",
    )
    assert (data.ranks, data.resolution, data.unnamed) == (RANKS, "300p", "exclude")


def test_what_is_written_comes_before_what_fungitastic_says() -> None:
    written = {
        "format": "fungitastic",
        "images": "root",
        "manifest": {"train": "a.csv", "test": "b.csv"},
        "label": "genus",
        "group": "district",
        "split": {"kind": "time", "column": "eventDate", "cuts": {"test": "2023-01-01"}},
        "unnamed": "fail",
        "resolution": "fullsize",
    }
    data = DataConfig.model_validate(written)
    assert (data.manifest, data.label, data.ranks) == (written["manifest"], "genus", ())
    assert (data.group, data.unnamed, data.resolution) == ("district", "fail", "fullsize")
    assert not isinstance(data.split, str)


def test_tables_by_part_need_no_split() -> None:
    tables = {"train": "a.csv", "test": "b.csv"}
    data = DataConfig(manifest=tables, images="img", label="species")  # type: ignore[call-arg]
    assert (data.split, data.tables) == ("part", ("a.csv", "b.csv"))
    assert data.as_columns()["split"] == "part"


def test_a_resolved_section_reads_as_itself() -> None:
    data = DataConfig.model_validate(
        {"format": "fungitastic", "images": "root", "synonyms": "s.csv"}
    )
    assert DataConfig.model_validate(data.model_dump(mode="json")) == data
    assert data.tables == ("root/metadata/FungiTastic", "s.csv")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"format": "fungi", "images": "i"}, "'table' or 'fungitastic'"),
        ({"format": "fungitastic"}, "images"),
        (
            TABLE | {"resolution": "300p"},
            "data.resolution is of FungiTastic's files; set data.form",
        ),
        (TABLE | {"open_set": True}, "data.open_set is of FungiTastic's files"),
        (TABLE | {"unnamed": "drop"}, "'fail' or 'exclude'"),
        ({key: TABLE[key] for key in ("manifest", "images", "label")}, "split"),
        ({key: TABLE[key] for key in ("split", "images", "label")}, "manifest"),
        (TABLE | {"manifest": {"": "a.csv"}}, "manifest"),
        (TABLE | {"manifest": ["a.csv"]}, "manifest"),
    ],
)
def test_what_does_not_fit_is_refused(section: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DataConfig.model_validate(section)


def test_keys_that_came_later_leave_finished_cells_finished_until_they_are_used() -> None:
    def digest(**more: object) -> str:
        study = Study.model_validate(
            {
                "study": "s",
                "task": "taxonomy",
                "data": TABLE | more,
                "contenders": {"theirs": {"predictions": "p.csv", "kind": "logits"}},
            }
        )
        return plan(study)[0].settings_digest

    assert digest() == digest(format="table", unnamed="fail", synonyms=None)
    assert digest(unnamed="exclude") != digest()
    assert digest(synonyms="s.csv") != digest()


def test_editors_do_not_ask_for_what_a_format_says() -> None:
    assert DataConfig.model_json_schema()["required"] == ["images"]


def test_a_study_is_read_without_polars_whose_threads_no_worker_may_inherit() -> None:
    script = "import sys, fieldmark.experiments.study_file; print('polars' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout == "False\n"
