import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.comparison.claims import Claim, ClaimResult, check_claim
from fieldmark.comparison.outcome import Comparison, verdict_of
from fieldmark.comparison.selection import Choice
from fieldmark.core.errors import DecisionError
from fieldmark.decision.decide import decide
from fieldmark.decision.policy import Policy
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.backoff_curve import BackoffCurve, BackoffPoint
from fieldmark.evaluation.confusion_counts import ConfusionCounts
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.gates import Flag
from fieldmark.evaluation.hierarchical import PathAnswers
from fieldmark.evaluation.measuring import Judged
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.choices import SelectionFacts, ShownChoice
from fieldmark.report.confidences import ConfidenceAtRank, confidences_of
from fieldmark.report.content import (
    ContenderRow,
    DataCard,
    Refusal,
    ReportContent,
)
from fieldmark.report.decided import Decided
from fieldmark.report.dossiers import CertaintyAtRank, Dossier
from fieldmark.report.exhibits import Confusion, ExampleImage, LearningCurve, TakenFor
from fieldmark.report.verdicts import verdict_sentences

DEAD = Flag(code="constant-prediction", sentence="All items were answered 'oak'.", dead=True)


class Maker:
    """Makes small records that look like those of a study."""

    dead = DEAD

    def estimate(self, value: float | None = 0.8421, **fields: Any) -> Estimate:
        ends = (None, None) if value is None else (value - 0.0131, value + 0.0127)
        facts: dict[str, Any] = {
            "metric": "accuracy",
            "value": value,
            "low": ends[0],
            "high": ends[1],
            "n": 3061,
            "method": "Wilson",
            "split": "test",
            "classes": 620,
            "denominator": "all 3,061 items",
        }
        return Estimate(**(facts | fields))

    def row(self, name: str, value: float | None = 0.8421, **fields: Any) -> ContenderRow:
        facts: dict[str, Any] = {"cells_ran": 1, "cells_planned": 1}
        if value is not None:
            facts["estimates"] = (
                self.estimate(value, contender=name),
                self.estimate(value - 0.0312, contender=name, metric="macro_f1"),
                self.estimate(value + 0.0517, contender=name, rank="genus", classes=113),
            )
        return ContenderRow(name, **(facts | fields))

    def choice(self, contender: str, optimism: str | None = "too good", **fields: Any) -> Any:
        facts: dict[str, Any] = {"what": "epoch", "chosen": "epoch 17", "candidates": 30}
        facts |= {"metric": "accuracy", "part": "test", "contender": contender}
        return ShownChoice(Choice(**(facts | fields)), optimism)

    def baseline(self, name: str = "majority", value: float = 0.0214) -> ContenderRow:
        exact = self.estimate(value, low=value, high=value, method="exact", contender=name)
        return ContenderRow(name, (exact,), is_baseline=True)

    def comparison(self, a: str, b: str, difference: float = 0.0417, **fields: Any) -> Comparison:
        facts: dict[str, Any] = {
            "metric": "accuracy",
            "difference": difference,
            "low": difference - 0.0128,
            "high": difference + 0.0129,
            "p_value": 0.0003 if abs(difference) > 0.0129 else 0.4321,
            "test": "exact McNemar",
            "n": 3061,
            "classes": 620,
            "split": "test",
            "a_value": 0.8421,
            "b_value": 0.8421 - difference,
        }
        facts |= fields
        ends = facts["low"], facts["high"]
        level, margin = facts.get("level", 0.95), facts.get("margin")
        facts["verdict"] = verdict_of(ends, facts["p_value"], level=level, margin=margin)
        return Comparison(a=a, b=b, **facts)

    def claim(self, contender: str, at_least: float, rows: Sequence[ContenderRow]) -> ClaimResult:
        claim = Claim(metric="accuracy", contender=contender, at_least=at_least)
        return check_claim(claim, [estimate for row in rows for estimate in row.estimates])

    def thumbnail(self, kind: str = "JPEG") -> bytes:
        stream = io.BytesIO()
        Image.new("RGB", (4, 4), (200, 60, 40)).save(stream, format=kind)
        return stream.getvalue()

    def example(self, truth: str, predicted: str, **fields: Any) -> ExampleImage:
        facts: dict[str, Any] = {"identifier": "img-7", "contender": "probe", "probability": 0.7139}
        return ExampleImage(self.thumbnail(), truth=truth, predicted=predicted, **(facts | fields))

    def confusion(self, **fields: Any) -> Confusion:
        facts: dict[str, Any] = {
            "contender": "probe",
            "split": "test",
            "rank": "genus",
            "names": ("Amanita", "Boletus", "Russula"),
            "counts": np.array([[50, 3, 0], [1, 40, 2], [0, 0, 0]]),
            "blocks": (("Agaricales", 1), ("Boletales", 2)),
            "pairs": (TakenFor("A. rubescens", "A. pantherina", 13, 61, "genus Amanita"),),
            "classes": 620,
            "images": 96,
        }
        return Confusion(**(facts | fields))

    def cells(self, *names: str) -> ConfusionCounts:
        """Return the counts of 3 items of each class, one of them taken for the next class."""
        width = len(names)
        truth = np.repeat(np.arange(width), 2)
        answer = truth.copy()
        answer[1::2] = (truth[1::2] + 1) % width
        count = np.tile([2, 1], width)
        return ConfusionCounts(
            classes=names, truth=truth, predicted=answer, count=count, n=3 * width
        )

    def answers(self, n: int = 40, rank: str | None = None, classes: int = 4) -> Answers:
        """Return answers of which three in four are right, the surer the more often."""
        truth = np.arange(n) % classes
        predicted = np.where(np.arange(n) % 4 == 0, (truth + 1) % classes, truth)
        names = tuple(f"c{number}" for number in range(classes))
        confidence = np.where(truth == predicted, 0.55, 0.35) + np.arange(n) / (4 * n)
        return Answers(
            rank=rank,
            classes=names,
            candidates=classes,
            truth=truth,
            predicted=predicted,
            confidence=confidence,
        )

    def confidences(self, contender: str = "probe") -> tuple[ConfidenceAtRank, ...]:
        genus = self.answers(rank="genus", classes=2)
        judged = Judged(self.answers(), PathAnswers((genus,), None))
        return confidences_of(judged, contender=contender, split="test", leaf_rank="species")

    def back_off(self, contender: str = "probe") -> BackoffCurve:
        points = tuple(
            BackoffPoint(
                threshold=threshold,
                coverage=1 - threshold / 2,
                answered=100,
                accuracy=0.6 + threshold / 3,
                low=0.5,
                high=1.0,
                mean_depth=2 - threshold,
                shares=(0.5, 0.25),
                precision=0.9,
                recall=0.7,
            )
            for threshold in (0.0, 0.5, 0.9)
        )
        return BackoffCurve(
            contender=contender,
            split="test",
            ranks=("genus", "species"),
            n=3061,
            level=0.95,
            method="Wilson",
            points=points,
        )

    def dossier(self, name: str = "A. phalloides", **fields: Any) -> Dossier:
        def share(metric: str, value: float) -> Estimate:
            return self.estimate(value, metric=metric, n=61, denominator="all 61 images")

        def at(rank: str, ancestor: str, recall: float) -> CertaintyAtRank:
            return CertaintyAtRank(
                rank=rank,
                name=ancestor,
                recall=share("class_recall", recall),
                precision=share("class_precision", 0.9012),
                confidence_right=0.8123,
                confidence_wrong=None,
            )

        facts: dict[str, Any] = {
            "contender": "probe",
            "split": "test",
            "images": 61,
            "answered": 58,
            "ranks": (at("species", name, 0.8321), at("genus", "Amanita", 0.9345)),
            "taken_for": (TakenFor(name, "A. citrina", 9, 61, "genus Amanita"),),
            "taken_for_it": (TakenFor("A. virosa", name, 4, 44, "genus Amanita"),),
        }
        return Dossier(name=name, **(facts | fields))

    def content(self, rows: Sequence[ContenderRow], **fields: Any) -> ReportContent:
        comparisons = fields.get("comparisons", ())
        facts: dict[str, Any] = {
            "title": "fungi",
            "question": "Which backbone names fungi best?",
            "headline_metric": "accuracy",
            "verdict": verdict_sentences(rows, comparisons, "accuracy"),
            "rows": tuple(rows),
            "data": DataCard(
                12_410, (("genus", 113), ("species", 620)), 6_020, (("test", 3_061),), excluded=0
            ),
        }
        return ReportContent(**(facts | fields))

    def full(self) -> ReportContent:
        """Return content in which every section has something to show."""
        rows = (
            self.row("probe", description="linear head"),
            self.row("knn", 0.8004, cells_ran=3, cells_planned=3),
            self.baseline(),
        )
        return self.content(
            rows,
            comparisons=(self.comparison("probe", "knn", discordant=(211, 83)),),
            selection=SelectionFacts("macro_f1", chosen_on="validation", reported_on="test"),
            refusals=(Refusal("probe and stock", "43 of 2,829 classes differ."),),
            claims=(self.claim("probe", 0.8, rows), self.claim("knn", 0.9, rows)),
            findings=(Finding("same_bytes", "note", "3 images occur twice.", 3, ("img-1",)),),
            confusions=(self.confusion(cells=self.cells("oak", "elm")),),
            confidences=self.confidences(),
            backoffs=(self.back_off(),),
            dossiers=(self.dossier(),),
            examples=(self.example("oak", "elm"), self.example("elm", "elm")),
            curves=(LearningCurve("probe/seed-0", "macro F1 on validation", (0.5, 0.7, 0.6), 2),),
            provenance=(("digest of the split", "9f2c"), ("fieldmark", "0.1.0")),
            study_yaml="study: fungi\nseeds: [0]\n",
        )


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def fungi() -> Callable[..., Predictions]:
    """Return a maker of tables over six species in three genera, from logits that are too sure."""

    def made(part: str, n: int, *, contender: str = "probe", sharpness: float = 2.0) -> Predictions:
        rng = np.random.default_rng([n, len(part)])
        names = tuple(f"s{number}" for number in range(6))
        genus = np.arange(6) // 2
        shown = rng.integers(6, size=n)
        clarity = rng.gamma(2.0, 2.0, size=(n, 1))
        logits = rng.normal(size=(n, 6)) + clarity * (genus == genus[shown][:, None])
        logits[np.arange(n), shown] += 0.5 * clarity[:, 0]
        tree = {"genus": [f"G{one}" for one in genus], "species": list(names)}
        return Predictions(
            PredictionsHeader(score_kind="logits", contender=contender, split=part),
            pl.DataFrame(
                {"id": [f"{part}-{row}" for row in range(n)], "label": [names[k] for k in shown]}
            ),
            LabelSpace(names),
            sharpness * logits,
            build_taxonomy(pl.DataFrame(tree), ("genus", "species")),
        )

    return made


@pytest.fixture
def take(fungi: Callable[..., Predictions]) -> Callable[..., Decided]:
    """Return a function that takes a decision on 1,500 items, fitted on 1,500 others."""

    def taken(policy: Policy, *, name: str = "careful", contender: str = "probe") -> Decided:
        parts = (fungi(part, 1500, contender=contender) for part in ("calibration", "test"))
        fit, report = parts
        try:
            found = decide(fit, report, policy, resamples=200)
        except DecisionError as error:
            return Decided(name=name, contender=contender, why_not=str(error))
        return Decided(name=name, contender=contender, found=found)

    return taken
