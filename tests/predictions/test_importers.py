from pathlib import Path
from typing import Self

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, PredictionsError, StoreError
from fieldmark.predictions import importers
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import ScoreKind

CONTENT = "id,label,score:a,score:b\nx,a,0.75,0.25\ny,b,0.5,0.5\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "probe.csv"
    path.write_text(CONTENT)
    return path


def load(source: Path, *, kind: ScoreKind = ScoreKind.PROBABILITIES, **options: object):
    out = source.parent / "out"
    return import_predictions(source, kind=kind, out=out, options=ImportOptions(**options))


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_an_imported_table_is_stored_and_mapped(source: Path) -> None:
    table = load(source)
    assert isinstance(table.scores, np.memmap)
    assert load_predictions(source.parent / "out", verify=True) == table
    assert (table.header.contender, table.header.split, table.header.seed) == ("probe", "all", None)
    assert table.header.score_kind is ScoreKind.PROBABILITIES
    assert table.header.provenance["source"] == "probe.csv"


def test_options_state_what_the_file_does_not(source: Path) -> None:
    folder = source.parent
    (folder / "ranks.csv").write_text("genus,species\nK,a\nK,b\n")
    (folder / "trained.txt").write_text("t2\nt1\n\n")
    table = load(
        source,
        contender="baseline",
        split="test",
        seed=4,
        taxonomy=folder / "ranks.csv",
        training_ids=folder / "trained.txt",
    )
    assert (table.header.contender, table.header.split, table.header.seed) == (
        "baseline",
        "test",
        4,
    )
    assert table.taxonomy.path_of("b") == ("K", "b")
    assert table.training_ids == ("t1", "t2")


def test_all_formats_give_the_same_table(source: Path, tmp_path: Path) -> None:
    first = load(source)
    np.savez(
        tmp_path / "probe.npz",
        scores=np.array(first.scores),
        ids=np.array(["x", "y"]),
        labels=np.array([0, 1]),
        classes=np.array(["a", "b"]),
    )
    frame = first.items.with_columns(
        **{f"score:{name}": first.scores[:, column] for column, name in enumerate("ab")}
    )
    frame.write_parquet(tmp_path / "probe.parquet")
    for suffix in (".npz", ".parquet"):
        assert load(source.with_suffix(suffix)) == first


def test_importing_again_replaces_the_store(source: Path) -> None:
    load(source)
    source.write_text(CONTENT + "z,a,1,0\n")
    assert load(source).n == 3
    assert left(source.parent) == ["out", "probe.csv"]


def test_a_refused_import_leaves_the_store_that_was_there(source: Path) -> None:
    first = load(source)
    source.write_text(CONTENT + "z,a,1,nonsense\n")
    with pytest.raises(PredictionsError, match="nonsense"):
        load(source)
    assert load_predictions(source.parent / "out", verify=True) == first


def test_a_foreign_folder_is_not_overwritten(source: Path) -> None:
    (source.parent / "out").mkdir()
    (source.parent / "out" / "thesis.tex").write_text("x")
    with pytest.raises(StoreError, match="which is not overwritten"):
        load(source)
    assert left(source.parent / "out") == ["thesis.tex"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_import_leaves_nothing(
    source: Path, monkeypatch: pytest.MonkeyPatch, interruption
) -> None:
    def interrupted(*_: object) -> None:
        raise interruption

    monkeypatch.setattr(importers, "describe_predictions", interrupted)
    with pytest.raises(interruption):
        load(source)
    assert left(source.parent) == ["probe.csv"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x,a,27,0\n", r"sum to 1 within 0.001; 1 of 1 item .*'x' with 27"),
        ("x,a,1.5,-0.5\n", "negative"),
        ("x,a,1,0\nx,b,1,0\n", "'x'"),
        ("x,a,nan,0\n", "NaN"),
    ],
)
def test_scores_and_items_are_checked(source: Path, rows: str, message: str) -> None:
    source.write_text("id,label,score:a,score:b\n" + rows)
    with pytest.raises(PredictionsError, match=message):
        load(source)
    assert left(source.parent) == ["probe.csv"]


def test_an_unknown_suffix_is_refused(source: Path) -> None:
    with pytest.raises(PredictionsError, match=r"as \.csv, \.tsv, \.parquet, \.npz; got 'a\.pkl'"):
        load(source.with_name("a.pkl"))


def test_a_missing_file_is_refused(source: Path) -> None:
    with pytest.raises(PredictionsError, match=r"a file of predictions at .*none.csv; there is no"):
        load(source.with_name("none.csv"))


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npz"])
def test_an_empty_file_is_refused(source: Path, name: str) -> None:
    source.with_name(name).write_bytes(b"")
    with pytest.raises(PredictionsError, match=f"{name} is empty"):
        load(source.with_name(name))


@pytest.mark.parametrize("names", [{"scores": "logits"}, {"classes": "names"}])
def test_arrays_are_named_in_npz_files_only(source: Path, names: dict[str, str]) -> None:
    with pytest.raises(PredictionsError, match="Leave --scores and --classes out"):
        import_predictions(
            source,
            kind=ScoreKind.PROBABILITIES,
            out=source.parent / "other",
            options=ImportOptions(**names),
        )


def test_class_names_are_for_files_that_hold_none(source: Path) -> None:
    with pytest.raises(PredictionsError, match="names its classes in its columns"):
        load(source, class_names=source)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Expected a text file at .*ids.txt; there is none"),
        (b"", "one name a line in ids.txt; it is empty"),
        (b"\xe4\n", "Expected ids.txt as UTF-8 text"),
        (b"a\nx\n", "1 of the 2 evaluated items is a training item"),
    ],
)
def test_training_ids_are_checked(source: Path, content: bytes | None, message: str) -> None:
    path = source.with_name("ids.txt")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PredictionsError, match=message):
        load(source, training_ids=path)
    assert not (source.parent / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Expected a taxonomy as CSV at .*; there is none"),
        (b"", "ranks.csv cannot be read as CSV"),
        (b"genus,species\nK,\xe4\n", "ranks.csv cannot be read as CSV"),
        (b"genus,species\nK,a\n", r"it lacks 1 name \(first: 'b'\)"),
    ],
)
def test_the_taxonomy_is_checked(source: Path, content: bytes | None, message: str) -> None:
    path = source.with_name("ranks.csv")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PredictionsError, match=message):
        load(source, taxonomy=path)
    assert not (source.parent / "out").exists()


def test_a_taxonomy_that_is_no_tree_is_refused(source: Path) -> None:
    source.with_name("ranks.csv").write_text("genus,species\nK,a\nL,a\nK,b\n")
    with pytest.raises(ManifestError, match="do not form a tree"):
        load(source, taxonomy=source.with_name("ranks.csv"))


def test_ranks_are_columns_of_a_table_that_has_others_too(source: Path) -> None:
    path = source.with_name("images.csv")
    path.write_text('genus,note,species\nK,"x,\ny",a\nK,,\nK,z,b\nK,z,a\n')
    table = load(source, taxonomy=path, ranks=("genus", "species"))
    assert table.taxonomy is not None
    assert table.taxonomy.ranks == ("genus", "species")
    assert table.taxonomy.leaves.classes == ("a", "b")


def test_ranks_that_the_table_lacks_are_refused(source: Path) -> None:
    path = source.with_name("images.csv")
    path.write_text("genus,species\nK,a\nK,b\n")
    with pytest.raises(ManifestError, match="Unknown rank column 'specie'; did you mean 'species'"):
        load(source, taxonomy=path, ranks=("genus", "specie"))


def test_ranks_without_a_taxonomy_are_refused(source: Path) -> None:
    with pytest.raises(
        PredictionsError, match="The ranks 'genus' are columns of a taxonomy, and no"
    ):
        load(source, ranks=("genus",))


class Listener:
    def __init__(self) -> None:
        self.total, self.done = 0, 0

    def step(self, description: str, total: int) -> "Listener":
        self.total = total
        return self

    def advance(self, count: int = 1) -> None:
        self.done += count

    def say(self, message: str) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def test_progress_is_told(source: Path) -> None:
    listener = Listener()
    out = source.parent / "out"
    import_predictions(source, kind=ScoreKind.PROBABILITIES, out=out, progress=listener)
    assert listener.total == source.stat().st_size
    assert 0 < listener.done <= listener.total
