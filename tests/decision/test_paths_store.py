import polars as pl
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.decision.decoding import decode_paths, decoder_of
from fieldmark.decision.paths_store import load_paths, save_paths
from fieldmark.decision.rank_head_paths import rank_wise_sums


@pytest.mark.parametrize("is_diagnosis", [False, True])
def test_stored_paths_come_back(fungi, tmp_path, is_diagnosis):
    many = fungi("c", 40)
    paths = rank_wise_sums(many) if is_diagnosis else decode_paths(many, decoder_of("threshold"))
    save_paths(paths, tmp_path / "paths")
    save_paths(paths, tmp_path / "paths")
    back = load_paths(tmp_path / "paths")
    assert (back.nodes == paths.nodes).all()
    assert back.items.equals(paths.items)
    for name in ("decoder", "settings", "contender", "split", "candidates", "is_diagnosis"):
        assert getattr(back, name) == getattr(paths, name)
    assert back.taxonomy == paths.taxonomy
    table = pl.read_csv(tmp_path / "paths" / "paths.csv")
    assert table["id"].to_list() == paths.items["id"].to_list()


def test_other_folders_are_not_overwritten_or_read(fungi, tmp_path):
    paths = decode_paths(fungi("c", 4), decoder_of("leaf"))
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(StoreError, match="there is something else, which is not overwritten"):
        save_paths(paths, tmp_path)
    with pytest.raises(StoreError, match=r"Expected stored paths in .*; there are none"):
        load_paths(tmp_path)


def test_changed_paths_are_refused(fungi, tmp_path):
    paths = decode_paths(fungi("c", 4), decoder_of("leaf"))
    save_paths(paths, tmp_path / "paths")
    paths.items[:2].write_parquet(tmp_path / "paths" / "items.parquet")
    with pytest.raises(StoreError, match=r"damaged \(items.parquet was changed after it was"):
        load_paths(tmp_path / "paths")
