"""Photos and observations, with scores bare and treated."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.errors import DecisionError
from fieldmark.core.progress import SilentProgress
from fieldmark.decision.metadata_record import MetadataSettings
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.pooling import pool
from fieldmark.predictions.table import Predictions, PredictionsHeader
from fieldmark.workflows.levels import Pooling, levels_of
from fieldmark.workflows.treatments import METADATA, SHIFT, MetadataPlan, ShiftPlan, treated

RULES = ComparisonRules(resamples=300)
SPECIES = tuple(f"s{number}" for number in range(4))
TREE = build_taxonomy(
    pl.DataFrame({"genus": ["g0", "g0", "g1", "g1"], "species": SPECIES}), ("genus", "species")
)


def items(part: str, n: int) -> pl.DataFrame:
    """Return photos: two of each observation, but every fifth observation has one alone."""
    rng = np.random.default_rng([n, *part.encode()])
    seen = np.cumsum(np.arange(n) % 9 % 2 == 0)
    species = rng.integers(4, size=n)
    grows = np.where(rng.random(n) < 0.8, species, rng.integers(4, size=n))
    label, habitat = species[seen - 1], grows[seen - 1]
    return pl.DataFrame(
        {
            "id": [f"{part}-{i}" for i in range(n)],
            "label": [SPECIES[one] for one in label],
            "observation": [f"{part}-o{one}" for one in seen],
            "habitat": [f"h{one}" for one in habitat],
        }
    )


def predictions(part: str, n: int = 270, *, seed: int = 0, name: str = "probe") -> Predictions:
    frame = items(part, n)
    truth = frame["label"].str.slice(1).cast(pl.Int64).to_numpy()
    scores = np.random.default_rng([seed, n, *part.encode()]).normal(size=(n, 4))
    scores[np.arange(n), truth] += 1.0
    return Predictions(
        PredictionsHeader(
            score_kind="logits",
            contender=name,
            split=part,
            seed=seed,
            training_label_counts={"s0": 300, "s1": 30, "s2": 30, "s3": 30},
        ),
        frame,
        LabelSpace(SPECIES),
        scores,
        taxonomy=TREE,
    )


METADATA_PLAN = MetadataPlan(
    training=items("train", 600),
    settings=MetadataSettings(columns=("habitat",)),
    trained_on="the training part",
)


def both(seeds: int = 1, **plans):
    reported = [predictions("test", seed=seed) for seed in range(seeds)]
    fitting = [predictions("validation", seed=seed) for seed in range(seeds)]
    return treated(reported, fitting, **plans)


def levels(contenders, pooling: Pooling | None = None, metric: str = "accuracy"):
    return levels_of(contenders, pooling, metric=metric, rules=RULES, progress=SilentProgress())


def test_each_level_has_its_own_denominator_and_every_treatment() -> None:
    found = levels([both(metadata=METADATA_PLAN)], Pooling("observation"))
    table = predictions("test")
    observations = table.items["observation"].n_unique()
    assert {(row.level, row.treatment, row.n) for row in found.rows} == {
        ("image", "bare scores", 270),
        ("observation", "bare scores", observations),
        ("image", "metadata prior", 270),
        ("observation", "metadata prior", observations),
    }
    for row in found.rows:
        assert {(e.metric, e.rank) for e in row.estimates} >= {
            (metric, rank)
            for metric in ("accuracy", "top_5_accuracy", "macro_f1", "log_loss")
            for rank in (None, "genus")
            if metric != "top_5_accuracy"
        }
        assert {e.n for e in row.estimates if e.metric == "accuracy"} == {row.n}
    assert found.observations is not None
    sizes = table.items["observation"].value_counts()["count"]
    assert found.observations.several == int((sizes > 1).sum())
    assert found.observations.images_of_several == int(sizes.filter(sizes > 1).sum())


def test_the_observation_level_is_that_of_pooled_calibrated_scores() -> None:
    one = both()
    found = levels([one], Pooling("observation"))
    (row,) = [row for row in found.rows if row.level == "observation"]
    (bare,) = one.tables["bare scores"]
    expected = evaluate_predictions(pool(bare, "observation"), resamples=300)
    for metric in ("accuracy", "macro_f1", "log_loss"):
        assert row.estimate(metric, None) == expected.estimate(metric)


def test_pooling_is_judged_on_the_same_photos_with_whole_observations() -> None:
    found = levels([both()], Pooling("observation"))
    pooled = [one for one in found.verdicts if one.step == "photos pooled"]
    assert [one.counted for one in pooled] == [
        "of 270 images",
        f"of the {found.observations.images_of_several} images of"
        f" {found.observations.several} observations with at least two",
    ]
    whole, several = (one.comparison for one in pooled)
    assert whole.groups == found.observations.count
    assert several.groups == found.observations.several
    assert several.n == found.observations.images_of_several
    # A lone photo keeps its answer, so that the gain of the others is diluted by them.
    assert whole.difference == pytest.approx(several.difference * several.n / whole.n)
    assert whole.difference > 0


def test_all_verdicts_of_a_metric_are_corrected_together() -> None:
    found = levels(
        [both(metadata=METADATA_PLAN), both(seeds=2, metadata=METADATA_PLAN)],
        Pooling("observation"),
        metric="macro_f1",
    )
    adjustments = {one.comparison.adjustment for one in found.verdicts}
    assert adjustments == {"Holm over 8 comparisons"}
    assert {one.comparison.metric for one in found.verdicts} == {"macro_f1", "accuracy"}
    assert {one.comparison.a_seeds for one in found.verdicts} == {1, 2}


def test_a_step_that_the_fit_decided_against_needs_no_test() -> None:
    shuffled = dataclasses.replace(
        METADATA_PLAN,
        training=METADATA_PLAN.training.with_columns(pl.col("habitat").shuffle(4)),
    )
    found = levels([both(metadata=shuffled)], Pooling("observation"))
    idle = [one for one in found.verdicts if one.comparison is None]
    assert [(one.step, one.counted.split()[-1]) for one in idle] == [
        (METADATA, "images"),
        (METADATA, "observations"),
    ]
    bare, prior = (row for row in found.rows if row.level == "image")
    assert bare.estimate("accuracy", None).value == prior.estimate("accuracy", None).value


def test_photos_alone_are_judged_without_observations() -> None:
    found = levels([both(metadata=METADATA_PLAN, shift=ShiftPlan(tau=1.0))])
    assert found.observations is None
    assert {row.level for row in found.rows} == {"image"}
    assert [one.step for one in found.verdicts] == [METADATA, SHIFT]
    assert [shift.tau for shift in found.shifts] == [1.0]


def test_without_another_part_nothing_is_fitted_and_it_is_said() -> None:
    one = treated([predictions("test")], [], metadata=METADATA_PLAN, shift=ShiftPlan())
    assert one.tables["bare scores"][0].header.score_kind.value == "logits"
    found = levels([one], Pooling("observation"))
    assert [what for what, _ in found.refusals] == [f"probe: {METADATA}", f"probe: {SHIFT}"]
    assert "no predictions of another part to fit on" in found.refusals[0][1]
    assert found.remarks == ("the scores of probe are pooled as they came, not calibrated",)


def test_what_cannot_be_fitted_is_left_out_with_its_reason() -> None:
    plan = dataclasses.replace(METADATA_PLAN, settings=MetadataSettings(columns=("altitude",)))
    bare = [
        dataclasses.replace(
            predictions(part),
            header=predictions(part).header.model_copy(update={"training_label_counts": None}),
        )
        for part in ("test", "validation")
    ]
    one = treated(bare[:1], bare[1:], metadata=plan, shift=ShiftPlan())
    assert list(one.tables) == ["bare scores"]
    assert "Unknown column of metadata 'altitude'" in one.refusals[0][1]
    assert "number of training items of each class" in one.refusals[1][1]


def test_one_part_for_both_is_refused() -> None:
    table = predictions("test")
    with pytest.raises(DecisionError, match="270 of the 270 items to report on were used to fit"):
        treated([table], [table])


def test_a_dead_run_is_refused_and_the_others_are_compared() -> None:
    dead = dataclasses.replace(predictions("test", name="dead"), scores=np.zeros((270, 4)))
    found = levels([both(), treated([dead], [])], Pooling("observation"))
    assert [what for what, _ in found.refusals] == [
        "dead: photos pooled, of 270 images",
        "dead: photos pooled, of the 240 images of 120 observations with at least two",
    ]
    assert "is no evidence" in found.refusals[0][1]
    assert {one.contender for one in found.verdicts} == {"probe"}
