"""Species right, genus wrong: a fine-tuned network with one head per rank."""

from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.hierarchical import contradictions
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.training.data import TrainingImages
from fieldmark.training.fit import fine_tune
from fieldmark.training.hierarchy import HierarchySettings
from fieldmark.training.settings import TrainingSettings

TREE = build_taxonomy(
    pl.DataFrame(
        {
            "family": ["Amanitaceae", "Boletaceae", "Boletaceae", "Boletaceae"],
            "genus": ["Amanita", "Boletus", "Boletus", "Imleria"],
            "species": ["A. muscaria", "B. aereus", "B. edulis", "I. badia"],
        }
    ),
    ("family", "genus", "species"),
)


def test_trap_11_heads_of_ranks_contradict_each_other_and_the_answers_do_not(
    tmp_path: Path,
) -> None:
    """Pictures of noise: each head guesses by itself."""
    rng, paths = np.random.default_rng(0), {}
    for number in range(40):
        paths[str(number)] = tmp_path / f"{number}.png"
        Image.fromarray(rng.integers(0, 255, (32, 32, 3)).astype(np.uint8)).save(paths[str(number)])
    labels = rng.integers(4, size=40)
    images = TrainingImages(paths, labels, TREE.leaves, taxonomy=TREE)
    spec = BackboneSpec("test_resnet", preprocessing={"resize_size": 32, "crop_size": 32})
    for structure in ("ranks", "fine-to-coarse"):
        tree = HierarchySettings(structure=structure)
        settings = TrainingSettings(epochs=1, batch_size=8, learning_rate=0.01, hierarchy=tree)
        folder = tmp_path / structure
        model = fine_tune(spec, images, settings=settings, seed=1, folder=folder)
        outputs = model.predict_outputs(list(paths.values()))
        raw = model.rank_scores(outputs)
        assert raw is not None
        alone = [table.argmax(axis=1) for table in raw.values()]
        assert contradictions(TREE, alone).any(), "the heads agreed by chance: no trap was set"
        stored = Predictions(
            PredictionsHeader(score_kind=model.score_kind, contender="tuned"),
            pl.DataFrame({"id": images.ids, "label": [TREE.leaves.classes[k] for k in labels]}),
            model.label_space,
            model.class_scores(outputs),
            taxonomy=TREE,
        )
        leaf, family, genus = judge(stored).levels
        decoded = [family.predicted, genus.predicted, leaf.predicted]
        assert not contradictions(TREE, decoded).any()
