import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.onset_rules import OnsetRule


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "first"}, "Unknown rule 'first'; did you mean 'first-crossing'"),
        ({"reading": "mean"}, "Unknown reading 'mean'"),
        ({"run": 0}, "a run of at least 1 imaged day; got 0"),
        ({"kappa": 1.5}, r"a kappa above 0 and at most 1; got 1\.5"),
        ({"never": 1.0}, r"a probability of 'never' between 0 and 1; got 1\.0"),
        ({"threshold": 1.5}, r"above 0 and at most 1 for first-crossing; got 1\.5"),
        ({"kind": "cusum", "threshold": 0.0}, r"a threshold above 0 for cusum; got 0\.0"),
    ],
)
def test_settings_out_of_range_are_refused(fields, message):
    with pytest.raises(PredictionsError, match=message):
        OnsetRule(**fields)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (OnsetRule(), "first imaged day at 0.5 or above"),
        (OnsetRule("cusum", kappa=0.5), "CUSUM of logits reaching 3, kappa 0.5"),
        (OnsetRule("change-point"), "change point, posterior median from all days seen"),
        (
            OnsetRule("change-point", threshold=0.9),
            "change point, posterior quantile 0.9 from all days seen",
        ),
        (
            OnsetRule("change-point", reading="argmax"),
            "most likely change point, from all days seen",
        ),
    ],
)
def test_rules_are_said_in_words(rule, words):
    assert rule.in_words == words
