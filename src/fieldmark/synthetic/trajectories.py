"""Seasons of plants whose onsets are known: probabilities by day with a stated AUC.

A plant is seen on a day as a number that is normal with unit variance around 0 before the onset and
around d' after it; the AUC of one day is Phi(d' / sqrt 2). The noise of a plant may repeat itself
from day to day (AR(1)), and genotypes may look more or less stressed than they are. Without either,
the probability is the posterior of the state at the stated prevalence, exactly.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit, ndtri

from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.trajectories import Trajectories

CLASSES = ("well", "stressed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What a season is like.

    Attributes:
        genotypes: number of genotypes, at least 1.
        replicates: plants of each genotype and treatment, at least 1.
        days: number of days on which something is imaged, at least 3.
        auc: AUROC of one day's probability, above 0.5 and below 1.
        autocorrelation: of a plant's noise from one day to the next, from 0 to below 1.
        imaged_share: share of days on which each plant is imaged, above 0 and at most 1.
        never_share: share of droughted plants whose onset never comes, from 0 to below 1.
        genotype_spread: standard deviation of how much more stressed a genotype looks, in units of
            the noise, at least 0.

    Raises:
        ValueError: a number is out of range.
    """

    genotypes: int = 44
    replicates: int = 3
    days: int = 22
    auc: float = 0.949
    autocorrelation: float = 0.0
    imaged_share: float = 1.0
    never_share: float = 0.0
    genotype_spread: float = 0.0

    def __post_init__(self) -> None:
        if self.genotypes < 1 or self.replicates < 1 or self.days < 3:
            raise ValueError(
                "Expected at least 1 genotype, 1 replicate and 3 days; got "
                f"{self.genotypes}, {self.replicates} and {self.days}."
            )
        within = (
            0.5 < self.auc < 1
            and 0 <= self.autocorrelation < 1
            and 0 < self.imaged_share <= 1
            and 0 <= self.never_share < 1
            and self.genotype_spread >= 0
        )
        if not within:
            raise ValueError(f"Expected every number within its range; got {self}.")

    @property
    def separation(self) -> float:
        """Distance between the states in units of the noise (d')."""
        return float(np.sqrt(2) * ndtri(self.auc))

    @property
    def onset_days(self) -> npt.NDArray[np.float64]:
        """The days on which an onset may come, all equally likely."""
        return np.arange(1.0 + self.days // 4, self.days)

    @property
    def prevalence(self) -> float:
        """Expected share of specimen-days on which a plant is stressed."""
        while_stressed = (self.days + 1 - self.onset_days).mean() / self.days
        return float((1 - self.never_share) / 2 * while_stressed)


def draw_season(generator: np.random.Generator, season: Season) -> Trajectories:
    """Return a season: each genotype has one onset day for its droughted plants, and controls.

    Args:
        generator: where onsets and noise come from.
        season: what it is like.

    Example:
        >>> seen = draw_season(np.random.default_rng(0), Season(genotypes=4, days=10))
        >>> seen
        Trajectories('ideal observer', 24 specimens, 10 times, 240 of 240 imaged, split 'test')
    """
    times = np.arange(1.0, season.days + 1)
    genotype = np.repeat(np.arange(season.genotypes), 2 * season.replicates)
    control = np.tile(np.repeat([True, False], season.replicates), season.genotypes)
    of_genotype = generator.choice(season.onset_days, size=season.genotypes)
    never = control | (generator.random(len(control)) < season.never_share)
    onset = np.where(never, np.inf, of_genotype[genotype])
    imaged = _imaged(generator, len(onset), season)
    begun = times >= onset[:, None]
    shift = season.genotype_spread * generator.standard_normal(season.genotypes)[genotype]
    noise = _noise(generator, begun.shape, season.autocorrelation)
    observed = noise + season.separation * begun + shift[:, None]
    odds = season.separation * (observed - season.separation / 2) + logit(season.prevalence)
    names = tuple(f"plant {number:03d}" for number in range(1, len(onset) + 1))
    genotypes = tuple(f"genotype {number:02d}" for number in genotype + 1)
    return Trajectories(
        contender="ideal observer",
        split="test",
        specimens=names,
        times=times,
        probability=np.where(imaged, expit(odds), np.nan),
        imaged=imaged,
        positive=begun & imaged,
        onset=tuple(float(day) if np.isfinite(day) else None for day in onset),
        groups=genotypes,
        folds=genotypes,
        control=tuple(control.tolist()),
        training_prevalence=season.prevalence,
        items_digest="generated",
        header_digest="generated",
    )


def season_tables(seen: Trajectories) -> tuple[Predictions, pl.DataFrame]:
    """Return a season as predictions with the columns "plant" and "day", and its onset table.

    Args:
        seen: a season with groups and controls.

    Returns:
        predictions over "well" and "stressed", and a table with the columns plant, onset,
        genotype and treatment.
    """
    rows, columns = np.nonzero(seen.imaged)
    plants = np.array(seen.specimens)[rows]
    days = seen.times[columns]
    probability = seen.probability[rows, columns]
    items = pl.DataFrame(
        {
            "id": [f"{plant} day {day:g}" for plant, day in zip(plants, days, strict=True)],
            "label": np.array(CLASSES)[seen.positive[rows, columns].astype(np.int64)],
            "plant": plants,
            "day": [f"{day:g}" for day in days],
        }
    )
    if seen.groups is not None:
        of_items = np.array(seen.groups)[rows]
        items = items.with_columns(group=pl.Series(of_items), fold=pl.Series(of_items))
    table = pl.DataFrame(
        {
            "plant": seen.specimens,
            "onset": ["never" if day is None else f"{day:g}" for day in seen.onset],
            "genotype": seen.groups,
            "treatment": ["watered" if one else "dry" for one in seen.control or ()],
        }
    )
    predictions = Predictions(
        header=PredictionsHeader(
            score_kind="probabilities", contender=seen.contender, split=seen.split
        ),
        items=items,
        label_space=LabelSpace(CLASSES),
        scores=np.stack([1 - probability, probability], axis=1),
    )
    return predictions, table


def _imaged(generator: np.random.Generator, plants: int, season: Season) -> npt.NDArray[np.bool_]:
    """Each plant is imaged on its own days, at least on one."""
    kept = max(1, round(season.imaged_share * season.days))
    order = generator.random((plants, season.days)).argsort(axis=1)
    found: npt.NDArray[np.bool_] = order < kept
    return found


def _noise(
    generator: np.random.Generator, shape: tuple[int, ...], autocorrelation: float
) -> npt.NDArray[np.float64]:
    fresh = generator.standard_normal(shape)
    noise = np.empty(shape)
    noise[:, 0] = fresh[:, 0]
    for day in range(1, shape[1]):
        kept = autocorrelation * noise[:, day - 1]
        noise[:, day] = kept + np.sqrt(1 - autocorrelation**2) * fresh[:, day]
    return noise
