import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.lineages import answered_rank, lineages
from fieldmark.decision.rolled_up import CUSTOMARY, fixed_threshold, rolled_up
from fieldmark.evaluation.resampling import units_of


def slow_roll_up(shares: np.ndarray, paths: list[list[str]], threshold: float) -> str | None:
    """Return the first node, from the leaf upwards, whose sum reaches the threshold."""
    for rank in reversed(range(len(paths[0]))):
        sums: dict[str, float] = {}
        for path, share in zip(paths, shares, strict=True):
            sums[path[rank]] = sums.get(path[rank], 0.0) + float(share)
        best = max(sums, key=sums.__getitem__)
        if sums[best] >= threshold:
            return best
    return None


@pytest.mark.parametrize("threshold", [0.5, CUSTOMARY, 0.9])
def test_it_is_the_roll_up_of_a_slow_loop(fungi, threshold) -> None:
    table = fungi("test", 400, sharpness=0.4)
    found = rolled_up(table, lots=units_of(None, n=400))
    rank = answered_rank(found.probability, np.full(3, threshold))
    paths = [list(table.taxonomy.path_of(name)) for name in table.label_space.classes]
    shares = np.exp(table.scores - table.scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    for row in range(400):
        expected = slow_roll_up(shares[row], paths, threshold)
        answer = None if rank[row] < 0 else found.nodes[row, rank[row]]
        assert answer == expected
        if answer is not None:
            truth = table.taxonomy.path_of(table.labels[row])
            assert found.right[row, rank[row]] == (answer in truth)


def test_the_surest_genus_need_not_be_that_of_the_best_species(table, tree) -> None:
    shares = [0.34, 0.0, 0.0, 0.22, 0.22, 0.22, *[0.0] * 6]
    names = [f"s{i:02}" for i in range(12)]
    one = table([shares], ["s03"], classes=names, taxonomy=tree)
    units = units_of(None, n=1)
    assert lineages(one, lots=units).nodes[0].tolist() == ["F0", "G0", "s00"]
    surest = rolled_up(one, lots=units)
    assert surest.nodes[0].tolist() == ["F0", "G1", "s00"]
    assert surest.probability[0].round(2).tolist() == [1.0, 0.66, 0.34]
    assert surest.right[0].tolist() == [True, True, False]


def test_only_the_ranks_asked_for_are_rolled_up(fungi) -> None:
    table = fungi("test", 30)
    found = rolled_up(table, lots=units_of(None, n=30), ranks=("family", "species"))
    assert found.ranks == ("family", "species")
    with pytest.raises(DecisionError, match="Unknown rank 'genes'"):
        rolled_up(table, lots=units_of(None, n=30), ranks=("genes",))


def test_a_fixed_threshold_promises_nothing(fungi) -> None:
    (point,) = fixed_threshold(rolled_up(fungi("test", 9), lots=units_of(None, n=9)), 0.65)
    assert (point.threshold, point.limit, point.confidence) == (0.65, None, None)
    assert point.promise.startswith("None: the threshold is fixed")
    assert point.sentence().endswith("= 0.65, stated beforehand")
