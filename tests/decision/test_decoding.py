import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.decoding import DECODERS, decode_all, decode_paths, decoder_of


def test_several_decoders_read_the_scores_once(fungi, monkeypatch):
    many = fungi("c", 200)
    decoders = [decoder_of(name) for name in DECODERS]
    together = decode_all(many, decoders)
    for decoder, paths in zip(decoders, together, strict=True):
        alone = decode_paths(many, decoder)
        assert (alone.nodes == paths.nodes).all()
        assert paths.decoder == decoder.name
        assert (paths.contender, paths.split, paths.candidates) == ("probe", "c", 12)
    monkeypatch.setattr("fieldmark.decision.decoding._BLOCK_BYTES", 1)
    for whole, piece in zip(together, decode_all(many, decoders), strict=True):
        assert (whole.nodes == piece.nodes).all()


def test_decoders_have_names_and_settings():
    assert decoder_of("threshold", threshold=0.7).settings == {"threshold": 0.7}
    assert decoder_of("minimum-cost").settings == {"cost": "tree-distance"}
    assert decoder_of("minimum-cost", poisonous=["a"], poison_cost=5).settings["poison_cost"] == 5
    with pytest.raises(DecisionError, match="Unknown decoder 'gready'; did you mean 'greedy'"):
        decoder_of("gready")


def test_probabilities_need_not_sum_to_one_in_the_last_digit(table, tree):
    names = tuple(f"s{i:02}" for i in range(12))
    shares = np.zeros((1, 12))
    shares[0, [0, 6]] = [0.5004, 0.5004]
    one = table(shares, ["s00"], classes=names, taxonomy=tree)
    assert decode_paths(one, decoder_of("threshold")).nodes[0].tolist() == [-1, -1, -1]


def test_similarities_have_no_sum(table, tree):
    names = tuple(f"s{i:02}" for i in range(12))
    similar = table(np.eye(12)[:1], ["s00"], classes=names, kind="similarities", taxonomy=tree)
    assert decode_paths(similar, decoder_of("leaf")).nodes[0].tolist() == [0, 0, 0]
    with pytest.raises(DecisionError, match="to decode by 'greedy'; the scores of 'probe' are sim"):
        decode_paths(similar, decoder_of("greedy"))
