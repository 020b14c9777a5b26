"""Which of fifteen cats is it? Real photos, embedded, ranked, stored and judged."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
from fieldmark.predictions.rankings import EmbeddingPair, Rankings, RankingsHeader
from fieldmark.predictions.rankings_store import load_rankings, save_rankings

SHARED = Path(__file__).parents[3] / "shared"
CATS = SHARED / "data" / "cats_reid"
WEIGHTS = SHARED / "weights" / "mobilenetv2_100.safetensors"

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not CATS.is_dir(), reason="the real cats are not beside the checkout"),
]


@pytest.fixture(scope="module")
def cats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return stored rankings of every photo among all others, by ImageNet features.

    A cropped photo and the photo that it was cropped from are one session.
    """
    pytest.importorskip("torch")
    from fieldmark.backbones.encoders import open_encoder
    from fieldmark.backbones.specs import BackboneSpec
    from fieldmark.embeddings.encoder_stores import open_store
    from fieldmark.embeddings.extraction import extract

    folder = tmp_path_factory.mktemp("cats")
    table = pl.read_csv(CATS / "manifest.csv", infer_schema=False)
    photos = table.select(
        pl.col("path").alias("id"),
        "identity",
        pl.col("path").str.replace(r"(_cropped_aligned)?\.jpg$", "").alias("session"),
    )
    spec = BackboneSpec("mobilenetv2_100", str(WEIGHTS), options={"pad_type": "same"})
    encoder = open_encoder(spec)
    paths = {name: CATS / name for name in photos["id"].to_list()}
    found = extract(paths, encoder, open_store(folder / "embeddings", encoder))
    header = RankingsHeader(
        similarity="cosine", contender="ImageNet", contract=found.contract, tap=found.tap
    )
    pair = EmbeddingPair(found.vectors, found.vectors)
    save_rankings(Rankings(header, photos, photos, pair, training_ids=()), folder / "rankings")
    return folder / "rankings"


def test_no_cat_is_its_own_match_and_crops_flatter(cats: Path) -> None:
    rankings = load_rankings(cats, verify=True)
    flattered = evaluate_rankings(rankings, RetrievalSettings(resamples=300))
    honest = evaluate_rankings(rankings, RetrievalSettings(resamples=300, other_sessions_only=True))
    assert flattered.self_matches == flattered.queries == rankings.n
    easy, real = (one.estimate("rank_1") for one in (flattered, honest))
    assert easy.method.startswith("cluster bootstrap by identity (15 identities)")
    assert easy.value > real.value + 0.02
    assert 0.8 < real.value < 0.95
    assert real.low > honest.estimate("chance_by_identity").value > 0.06
    assert honest.estimate("coverage").value == 1.0
    assert not honest.is_dead
    assert "collapsed-similarities" not in {flag.code for flag in honest.warnings}


def test_evaluate_prints_the_cats(cats: Path, call: Callable[..., object]) -> None:
    said = call("evaluate", cats, "--other-sessions", "--resamples", "200")
    assert said.code == 0
    assert "15 identities" in said.out
    assert "rank_1" in said.out
