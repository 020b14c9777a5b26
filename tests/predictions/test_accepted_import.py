from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, PredictionsError, StoreError, TaxonomyError
from fieldmark.predictions.accepted_import import Acceptance, import_accepted
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions

SCORES = """id,label,score:A. old,score:B. rex,score:A. new
1,A. old,0.25,0.25,0.5
2,A. new,0.5,0.25,0.25
3,B. rex,0,1,0
4,A. older,0.1,0.9,0
"""
SYNONYMS = "name,accepted\nA. old,A. new\nA. older,A. old\nA. never,A. new\n"
TREE = "genus,species\nOlda,A. old\nAlba,A. new\nBeta,B. rex\n"


def folder_of(tmp_path: Path, *, synonyms: str = SYNONYMS, tree: str = TREE) -> Path:
    for name, content in (("scores.csv", SCORES), ("s.csv", synonyms), ("tree.csv", tree)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def taken_in(
    folder: Path, *, kind: str = "probabilities", **options: object
) -> tuple[Predictions, Acceptance]:
    return import_accepted(
        folder / "scores.csv",
        kind=ScoreKind(kind),
        out=folder / "in",
        synonyms=folder / "s.csv",
        options=ImportOptions(**options),
    )


def test_classes_and_labels_get_accepted_names_and_it_is_told(tmp_path: Path) -> None:
    found, changed = taken_in(folder_of(tmp_path))
    assert found.label_space.classes == ("A. new", "B. rex")
    assert found.labels.to_list() == ["A. new", "A. new", "B. rex", "A. new"]
    assert found.scores[:, 0] == pytest.approx([0.75, 0.75, 0, 0.1])
    assert found.header.provenance["synonyms"] == "s.csv"
    assert found.header.contender == "scores"
    assert changed == Acceptance(
        replaced={"A. old": "A. new", "A. older": "A. new"},
        merged={"A. new": ("A. old", "A. new")},
        items=2,
        unmet=("A. never",),
    )
    assert load_predictions(tmp_path / "in").digest == found.digest
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "in",
        "s.csv",
        "scores.csv",
        "tree.csv",
    ]


def test_the_taxonomy_gets_accepted_names_too(tmp_path: Path) -> None:
    found, _ = taken_in(folder_of(tmp_path), taxonomy=tmp_path / "tree.csv")
    assert found.taxonomy is not None
    assert found.taxonomy.leaves.classes == ("A. new", "B. rex")
    assert found.taxonomy.nodes[0] == ("Alba", "Beta")


def test_a_name_may_give_way_at_a_rank_of_the_taxonomy(tmp_path: Path) -> None:
    synonyms = "name,accepted,rank\nA. old,A. new,species\nBeta,Gamma,genus\nA. older,A. new,\n"
    found, changed = taken_in(
        folder_of(tmp_path, synonyms=synonyms), taxonomy=tmp_path / "tree.csv"
    )
    assert found.taxonomy is not None
    assert found.taxonomy.nodes[0] == ("Alba", "Gamma")
    assert changed.unmet == ()


def test_a_table_of_images_serves_as_taxonomy(tmp_path: Path) -> None:
    images = "id,genus,species\nx,Olda,A. old\ny,Alba,A. new\nz,Beta,B. rex\nw,Beta,\n"
    folder = folder_of(tmp_path, tree=images)
    found, _ = taken_in(folder, taxonomy=folder / "tree.csv", ranks=("genus", "species"))
    assert found.taxonomy is not None
    assert found.taxonomy.ranks == ("genus", "species")


def test_where_no_name_gives_way_all_is_as_in_the_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, synonyms="name,accepted\nX,Y\n", tree=TREE + "Alba,A. older\n")
    found, changed = taken_in(folder, taxonomy=folder / "tree.csv")
    plain = import_predictions(
        folder / "scores.csv",
        kind=ScoreKind.PROBABILITIES,
        out=folder / "plain",
        options=ImportOptions(taxonomy=folder / "tree.csv"),
    )
    assert found.digest == plain.digest
    assert changed == Acceptance({}, {}, 0, ("X",))


def test_logits_and_similarities_merge_by_their_own_rule(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    logits, _ = taken_in(folder, kind="logits")
    assert logits.scores[:2, 0] == pytest.approx(np.log(np.exp(0.25) + np.exp(0.5)))
    similar, _ = taken_in(folder, kind="similarities")
    assert similar.scores[:, 0] == pytest.approx([0.5, 0.5, 0, 0.1])


def test_ranks_of_synonyms_need_a_taxonomy(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, synonyms="name,accepted,rank\nA. old,A. new,species\n")
    with pytest.raises(PredictionsError, match=r"s\.csv says at which rank.*Name one with --tax"):
        taken_in(folder)
    (folder / "s.csv").write_text("name,accepted,rank\nA. old,A. new,\n")
    assert taken_in(folder)[1].merged


def test_ranks_without_a_taxonomy_are_refused_as_ever(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="are columns of a taxonomy, and none is named"):
        taken_in(folder_of(tmp_path), ranks=("genus", "species"))


def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, synonyms="name,accepted\nA,B\nB,A\n")
    with pytest.raises(ManifestError, match="names lead back to themselves"):
        taken_in(folder)
    folder_of(tmp_path)
    with pytest.raises(TaxonomyError, match="Unknown rank column 'family'"):
        taken_in(folder, taxonomy=folder / "tree.csv", ranks=("family", "species"))
    with pytest.raises(ManifestError, match="Expected a table at"):
        taken_in(folder, taxonomy=folder / "none.csv")
    (folder / "tree.csv").write_text("genus,species\nAlba,A. new\n")
    with pytest.raises(PredictionsError, match="Expected the taxonomy to hold every class"):
        taken_in(folder, taxonomy=folder / "tree.csv")
    assert not (folder / "in").exists()
    assert len(list(folder.iterdir())) == 3


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "in").mkdir()
    (folder / "in" / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="which is not overwritten"):
        taken_in(folder)
