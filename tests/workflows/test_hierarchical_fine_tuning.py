"""Studies that fine-tune over the ranks of generated fungi."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.hierarchical import contradictions
from fieldmark.export.loading import load_bundle
from fieldmark.predictions.rank_heads import joint, load_rank_heads
from fieldmark.predictions.store import load_predictions
from fieldmark.training.tuned_storage import load_tuned
from fieldmark.workflows.answering import answer, answer_with_bundle
from fieldmark.workflows.exporting import export_contender
from fieldmark.workflows.fine_tuning import TUNED, tune
from fieldmark.workflows.miniatures import miniature_of
from fieldmark.workflows.parts import RANK_HEADS
from fieldmark.workflows.trials import try_contender

TRAINING = """\
  tuned:
    backbone: *net
    training: {epochs: 1, batch_size: 8, learning_rate: 0.002, hierarchy: {structure: ranks}}
reference: knn"""
RANKS = ("phylum", "class", "order", "family", "genus", "species")
EVERY = [
    "{loss: ancestors, rank_weights: leaf-heavy}",
    "{loss: hxe, level_decay: 0.2}",
    "{loss: soft-labels}",
    "{loss: logit-adjusted}",
    "{structure: ranks, rank_weights: leaf-heavy}",
    "{structure: siblings}",
    "{structure: fine-to-coarse, hidden: 16}",
]


@pytest.fixture
def tree_study(fresh: Path, rewrite) -> Path:
    """Return the tiny study with a contender that is fine-tuned over its ranks."""
    rewrite(fresh / "study.yaml", ("reference: knn", TRAINING))
    return fresh


@pytest.mark.parametrize("hierarchy", EVERY)
def test_every_structure_is_tuned_stored_and_never_contradicts_itself(
    tree_study: Path, opened, tmp_path: Path, hierarchy: str
) -> None:
    ground = opened(tree_study, f"contenders.tuned.training.hierarchy={hierarchy}")
    spec = next(cell for cell in ground.cells if cell.contender == "tuned")
    contender, folder = ground.file.study.contenders["tuned"], tmp_path / "cell"
    folder.mkdir()
    facts = tune(ground, spec, contender, folder=folder, progress=SilentProgress())
    model, taxonomy = load_tuned(folder / TUNED), ground.manifest.taxonomy
    has_own = contender.training.hierarchy.structure in ("ranks", "fine-to-coarse")
    assert (folder / RANK_HEADS).is_dir() is has_own
    for part in ("validation", "test"):
        stored = load_predictions(folder / "predictions" / part, verify=True)
        assert stored.label_space == taxonomy.leaves
        paths = list(ground.manifest.select(ground.split.ids(part)).image_paths())
        assert np.array_equal(stored.scores, model.predict_scores(paths))
        leaf, *above = judge(stored).levels
        predicted = [level.predicted for level in (*above, leaf)]
        assert not contradictions(taxonomy, predicted).any()
        if has_own:
            raw = load_rank_heads(folder / RANK_HEADS / part)
            assert raw.digest == facts["rank_heads"][part]
            assert [table.header.split for table in raw.tables] == [part] * len(RANKS)
            assert np.allclose(joint(raw).scores, stored.scores, atol=1e-5)
            assert raw.leaf.items["id"].to_list() == stored.items["id"].to_list()
    assert ("rank_heads" in facts) is has_own


@pytest.mark.slow
def test_it_runs_is_reported_exported_and_tried(tree_study: Path, opened, call, tmp_path) -> None:
    said = call("run", tree_study)
    assert said.code == 0, said.err
    assert call("report", tree_study).code == 0
    ground = opened(tree_study)
    images = ground.manifest.select(ground.split.ids("test")).image_paths()
    for structure in ("ranks", "fine-to-coarse"):
        hierarchy = f"contenders.tuned.training.hierarchy.structure={structure}"
        ground = opened(tree_study, hierarchy)
        assert call("run", tree_study, "--set", hierarchy).code == 0
        export_contender(ground, "tuned", tmp_path / structure, seed=0)
        answers = answer(ground, "tuned", images, seed=0, top=4)
        bundle = load_bundle(tmp_path / structure)
        assert answer_with_bundle(bundle, images, top=4) == answers
        assert call("verify", tmp_path / structure).code == 0
        with miniature_of(ground, ["tuned"]) as small:
            trial = try_contender(ground, small, "tuned", progress=SilentProgress())
        assert trial.error is None
        assert trial.stored_equal


@pytest.mark.parametrize(
    ("hierarchy", "message"),
    [
        ("{structure: rank}", "'leaves', 'ranks', 'siblings' or 'fine-to-coarse'"),
        ("{structure: ranks, loss: hxe}", "the loss 'hxe' needs the structure 'leaves'"),
        ("{structure: ranks, hidden: 8}", "hidden has no effect with the structure 'ranks'"),
        ("{structure: ranks, rank_weights: {genera: 1}}", "'genera'; did you mean 'genus'"),
        ("{structure: ranks, rank_weights: {species: 1}}", "needs a number for each rank"),
    ],
)
def test_a_hierarchy_that_does_not_fit_is_refused_with_its_line(
    tree_study: Path, opened, rewrite, hierarchy: str, message: str
) -> None:
    rewrite(tree_study / "study.yaml", ("{structure: ranks}", hierarchy))
    with pytest.raises(StudyError, match=rf"(?s)line \d+.*{message}"):
        opened(tree_study)


def test_a_hierarchy_without_ranks_is_refused(tree_study: Path, opened, rewrite) -> None:
    ranks = "ranks: [phylum, class, order, family, genus, species]"
    rewrite(tree_study / "study.yaml", (ranks, "label: species"))
    with pytest.raises(StudyError, match=r"line 24: a hierarchy needs the ranks above the labels"):
        opened(tree_study)
