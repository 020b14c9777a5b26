import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.metadata_prior import fit_metadata_prior
from fieldmark.decision.metadata_record import MetadataSettings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": ()}, r"at least one column of metadata, each once; got \[\]"),
        ({"columns": ("m", "m")}, "each once"),
        ({"columns": ("m",), "bins": (("lat", 3),)}, "columns among 'm'; got 'lat'"),
        ({"columns": ("m",), "accept": ("lat",)}, "columns among 'm'; got 'lat'"),
        ({"columns": ("m",), "bins": (("m", 1),)}, "at least 2 bins of 'm'; got 1"),
        ({"columns": ("m",), "level": 0.4}, "level between 0.5 and 1; got 0.4"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        MetadataSettings(**settings)


def test_it_says_what_it_learnt(photos, gathered) -> None:
    training = gathered("train", 900).filter(gathered("train", 900)["label"] != "s5")
    prior = fit_metadata_prior(
        photos("validation", 500),
        training,
        MetadataSettings(columns=("habitat",)),
        trained_on="before 2021",
    )
    counted, weighed, gained, kept = prior.sentences()
    assert counted == (
        f"Counted on {training.height} training items (before 2021); 1 class without a training"
        " item count as 0.5 of one each."
    )
    assert "habitat (4 categories)" in weighed
    assert "cross-fitted on 500 items of 'validation'" in gained
    assert kept == "The prior is kept."
