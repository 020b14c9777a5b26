import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix
from fieldmark.predictions.rankings_store import load_rankings, save_rankings
from fieldmark.synthetic.rankings import RankingShape, draw_rankings

SHAPE = RankingShape(
    d_prime=1.35,
    candidates=(1, 2, 2, 3, 3, 5, 5, 8, 8, 12),
    queries_per_identity=4,
    new_share=0.1,
)


def store(folder: Path, seed: int, **fields: object) -> Path:
    drawn = draw_rankings(np.random.default_rng(seed), SHAPE)
    queries = drawn.queries.with_columns((drawn.queries["id"] + f" of {seed}").alias("id"))
    header = RankingsHeader(similarity="other", contender="trees", split=f"part {seed}")
    values = SimilarityMatrix(drawn.similarities)
    save_rankings(
        Rankings(header, queries, drawn.gallery, values, training_ids=(), **fields), folder
    )
    return folder


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store(tmp_path_factory.mktemp("rankings") / "trees", 0)


def test_evaluate_tells_rankings_from_predictions(call: Callable, stored: Path) -> None:
    said = call("evaluate", stored, "--radius", "60", "--new-below", "1", "--resamples", "100")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("trees on 'part 0': 196 queries (")
    columns = [word.strip() for word in lines[3].split("  ") if word.strip()]
    assert columns == ["metric", "whole gallery", "within the group", "within 60 m"]
    for text in ("rank_1", "d_prime", "baks_baus", "rank_1_skill", "nearest location"):
        assert text in said.out
    assert "By the number of candidates, within the group" in said.out
    words = " ".join(said.out.split())
    assert "Groups with most errors, within the group: 100.0 % of all errors" in words
    assert "Rejected as new below 1 (stated), within 60 m." in said.out


def test_evaluate_prints_one_document(call: Callable, stored: Path) -> None:
    said = call("evaluate", stored, "--json", "--resamples", "50", "--cluster", "identity")
    found = json.loads(said.out)
    assert [scope["scope"] for scope in found["scopes"]] == ["gallery", "group"]
    assert found["cluster"] == "49 identities"
    assert found["scopes"][1]["by_candidates"][1]["d_prime"]["metric"] == "d_prime_in_group"


def test_evaluate_fits_the_threshold_elsewhere(
    call: Callable, stored: Path, tmp_path: Path
) -> None:
    other = store(tmp_path / "calibration", 1)
    said = call("evaluate", stored, "--threshold-from", other, "--resamples", "50")
    assert said.code == 0
    assert "(fitted on 'part 1'), within the group." in said.out
    said = call("evaluate", stored, "--threshold-from", stored, "--resamples", "50")
    assert said.code == 2
    assert "196 queries are in both" in said.err


@pytest.mark.parametrize("option", [("--universe", 3), ("--back-off",), ("--slice-by", "group")])
def test_options_for_predictions_are_refused(call: Callable, stored: Path, option) -> None:
    said = call("evaluate", stored, *option)
    assert said.code == 2
    assert f"holds rankings; {option[0]} is for predictions. Leave it out." in said.err


def test_options_for_rankings_are_refused(call: Callable, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,label,score:a,score:b\nx,a,0.9,0.1\ny,b,0.2,0.8\n")
    call("import", tmp_path / "p.csv", "--kind", "probabilities", "--out", tmp_path / "p")
    said = call("evaluate", tmp_path / "p", "--radius", 50, "--other-sessions")
    assert said.code == 2
    assert "holds predictions; --radius, --other-sessions is for rankings" in said.err


def test_a_radius_without_locations_says_what_to_add(call: Callable, tmp_path: Path) -> None:
    header = RankingsHeader(similarity="other", contender="trees")
    drawn = draw_rankings(np.random.default_rng(0), SHAPE)
    bare = [side.select("id", "identity") for side in (drawn.queries, drawn.gallery)]
    save_rankings(Rankings(header, *bare, SimilarityMatrix(drawn.similarities)), tmp_path / "r")
    said = call("evaluate", tmp_path / "r", "--radius", 50)
    assert said.code == 2
    assert "latitude and longitude in queries and gallery" in said.err
    said = call("evaluate", tmp_path / "r", "--other-sessions")
    assert "Expected a column 'session' in queries and gallery" in said.err


def test_import_rankings_says_what_came_in(call: Callable, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("query,gallery,similarity\nq,a,0.5\nq,b,0.25\n")
    (tmp_path / "queries.csv").write_text("id,tree\nq,oak\n")
    (tmp_path / "gallery.csv").write_text("id,tree\na,oak\nb,ash\n")
    (tmp_path / "ids.txt").write_text("t\n")
    words = [
        "import-rankings",
        tmp_path / "pairs.csv",
        "--similarity",
        "cosine",
        "--out",
        tmp_path / "in",
        "--queries",
        tmp_path / "queries.csv",
        "--gallery",
        tmp_path / "gallery.csv",
        "--identity",
        "tree",
        "--contender",
        "ours",
        "--split",
        "test",
        "--training-ids",
        tmp_path / "ids.txt",
        "--filtered-by",
        "distance_m",
        "view",
        "--filter-radius",
        50,
    ]
    said = call(*words)
    assert said.out == (
        f"Imported 1 query and 2 photos of 2 identities into {tmp_path / 'in'}, as a matrix.\n"
    )
    header = load_rankings(tmp_path / "in").header
    assert (header.contender, header.split) == ("ours", "test")
    assert header.filtered_by == ("distance_m", "view")
    assert header.filter_radius_metres == 50


def test_import_rankings_refuses_in_one_sentence(call: Callable, tmp_path: Path) -> None:
    said = call(
        "import-rankings", tmp_path / "none.csv", "--similarity", "cosine", "--out", tmp_path / "in"
    )
    assert said.code == 2
    assert said.err.startswith("fieldmark: Expected a file of similarities at ")
    assert "Traceback" not in said.err


def test_rankings_are_no_predictions(call: Callable, stored: Path) -> None:
    said = call("compare", stored, stored.parent)
    assert said.code == 2
    assert "there is something else (rankings, or" in said.err


def test_a_radius_below_zero_is_refused(call: Callable, tmp_path: Path) -> None:
    source = tmp_path / "similarities.npz"
    source.write_bytes(b"")
    said = call(
        "import-rankings", source, "--similarity", "cosine", "--filter-radius", -5, "--out", "in"
    )
    assert said.code == 2
    assert "Expected a filter radius above 0 metres; got -5." in said.err
