import numpy as np
import pytest

from fieldmark.predictions.trajectories_source import trajectories_of
from fieldmark.synthetic.trajectories import Season, draw_season, season_tables


def drawn(**fields):
    return draw_season(np.random.default_rng(0), Season(**fields))


def test_the_same_generator_gives_the_same_season():
    first, second = drawn(genotypes=3), drawn(genotypes=3)
    np.testing.assert_array_equal(first.probability, second.probability)
    assert first.onset == second.onset


def test_plants_of_a_genotype_share_their_onset_and_controls_have_none():
    seen = drawn(genotypes=5, replicates=2)
    onset, control = np.array(seen.onset_times), np.array(seen.control)
    groups = np.array(seen.groups)
    assert np.isinf(onset[control]).all()
    for name in set(seen.groups):
        assert len(set(onset[(groups == name) & ~control])) == 1
    assert seen.contradictions == 0


def test_each_plant_is_imaged_on_its_own_share_of_days():
    seen = drawn(imaged_share=0.5)
    assert (seen.imaged.sum(axis=1) == 11).all()
    assert len(np.unique(seen.imaged, axis=0)) > 100
    assert drawn(genotypes=2, imaged_share=0.01).imaged.sum(axis=1).tolist() == [1] * 12


def test_some_droughted_plants_never_begin():
    seen = drawn(never_share=0.5)
    droughted = ~np.array(seen.control)
    assert 0.3 < np.isinf(seen.onset_times[droughted]).mean() < 0.7
    assert not seen.unaffected[droughted].any()


def test_it_goes_through_predictions_and_back():
    seen = drawn(genotypes=3, imaged_share=0.4)
    predictions, table = season_tables(seen)
    back = trajectories_of(
        predictions,
        specimen="plant",
        time="day",
        positive="stressed",
        onset=table,
        control=("treatment", "watered"),
    )
    assert (back.onset, back.groups, back.folds) == (seen.onset, seen.groups, seen.folds)
    assert back.control == seen.control
    columns = np.isin(seen.times, back.times)
    np.testing.assert_allclose(back.probability, seen.probability[:, columns], rtol=1e-12)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"days": 2}, "at least 1 genotype, 1 replicate and 3 days; got 44, 3 and 2"),
        ({"auc": 0.5}, r"every number within its range; got Season\(.*auc=0\.5"),
        ({"autocorrelation": 1.0}, "every number within its range"),
        ({"imaged_share": 0.0}, "every number within its range"),
    ],
)
def test_seasons_that_cannot_be(fields, message):
    with pytest.raises(ValueError, match=message):
        Season(**fields)
