import numpy as np

from fieldmark.evaluation.onset_decoding import decode_onsets, evidence_of
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.predictions.trajectories import seen_until

GAPS = [0.1, 0.8, None, 0.3, 0.9, None, 0.7]


def decoded(seen, row, rule, prevalence=0.5):
    found = decode_onsets(seen([row], [None]), rule, prevalence)
    return found.onset.item(), found.known.item()


def test_first_crossing_reaches_the_threshold_exactly(seen):
    assert decoded(seen, GAPS, OnsetRule(threshold=0.8)) == (2, 2)
    assert decoded(seen, GAPS, OnsetRule(threshold=0.81)) == (5, 5)
    assert decoded(seen, GAPS, OnsetRule(threshold=0.95)) == (np.inf, np.inf)


def test_days_in_a_row_are_imaged_days_and_known_at_the_last(seen):
    assert decoded(seen, GAPS, OnsetRule("consecutive", run=2)) == (5, 7)
    assert decoded(seen, GAPS, OnsetRule("consecutive", run=3)) == (np.inf, np.inf)
    assert decoded(seen, GAPS, OnsetRule("consecutive", run=1)) == (2, 2)
    assert decoded(seen, [0.9, None, 0.9], OnsetRule("consecutive", run=2)) == (1, 3)


def test_a_sum_starts_again_at_zero_and_is_known_when_it_reaches(seen):
    p = 1 / (1 + np.exp(-np.array([1.0, -2.0, 1.0, 2.0, 3.0])))
    assert decoded(seen, p.tolist(), OnsetRule("cusum", 5.9)) == (3, 5)
    assert decoded(seen, p.tolist(), OnsetRule("cusum", 2.9)) == (3, 4)
    assert decoded(seen, p.tolist(), OnsetRule("cusum", 6.1)) == (np.inf, np.inf)
    evidence = evidence_of(seen([p.tolist()], [None]), OnsetRule("cusum"), 0.5)
    np.testing.assert_allclose(evidence, [[1, 0, 1, 3, 6]], atol=1e-12)


def test_a_change_point_is_known_from_the_days_up_to_then(seen):
    row = [0.2, 0.2, 0.9, 0.9, 0.2, 0.05]
    rule = OnsetRule("change-point")
    found = decode_onsets(seen([row], [None]), rule, 0.5)
    assert found.known.item() == 3
    assert found.begun[0].tolist() == [
        bool(np.isfinite(decode_onsets(seen([row[:day]], [None]), rule, 0.5).onset[0]))
        for day in range(1, 7)
    ]


def test_a_day_without_image_changes_nothing(seen):
    trajectories = seen([[0.9, None, None, 0.1]], [None])
    for rule in (OnsetRule(), OnsetRule("change-point"), OnsetRule("cusum", 1.0)):
        begun = decode_onsets(trajectories, rule, 0.5).begun[0]
        assert begun[0] == begun[1] == begun[2]
    before_any = decode_onsets(seen([[None, 0.9]], [None]), OnsetRule("change-point"), 0.5)
    assert before_any.begun[0].tolist() == [False, True]
    assert np.isnan(evidence_of(trajectories, OnsetRule("change-point"), 0.5)[0, 1:3]).all()


def test_the_argmax_needs_evidence_above_nothing(seen):
    rule = OnsetRule("change-point", reading="argmax")
    assert decoded(seen, [0.5, 0.5, 0.5], rule) == (np.inf, np.inf)
    assert decoded(seen, [0.2, 0.7, 0.6], rule) == (2, 2)


def test_cutting_equals_decoding_what_is_left(seen):
    rows = [[0.2, 0.7, None, 0.9], [None, 0.6, 0.2, 0.1]]
    whole = seen(rows, [None, None])
    for kind in ("first-crossing", "consecutive", "change-point", "cusum"):
        rule = OnsetRule(kind, threshold=1.0 if kind == "cusum" else None)
        begun = decode_onsets(whole, rule, 0.3).begun
        for column, day in enumerate(whole.times[1:], start=1):
            cut = decode_onsets(seen_until(whole, day), rule, 0.3)
            assert np.isfinite(cut.onset).tolist() == begun[:, column].tolist()
