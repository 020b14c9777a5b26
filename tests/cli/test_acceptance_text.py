from fieldmark.cli.acceptance_text import acceptance_lines
from fieldmark.predictions.accepted_import import Acceptance
from fieldmark.predictions.header import ScoreKind


def test_each_kind_of_score_says_how_classes_became_one() -> None:
    changed = Acceptance({"old": "new"}, {"new": ("old", "new")}, 2, ())
    said = {kind: list(acceptance_lines(changed, kind, "s.csv")) for kind in ScoreKind}
    for lines in said.values():
        assert lines[0] == (
            "Names that gave way to their accepted name (s.csv): 1 (first: 'old' is 'new'), in the "
            "labels of 2 items."
        )
    endings = {kind: lines[1].partition("; ")[2] for kind, lines in said.items()}
    assert endings == {
        ScoreKind.PROBABILITIES: "their probabilities are summed.",
        ScoreKind.LOGITS: "their logits are combined as the softmax sums them (log-sum-exp).",
        ScoreKind.SIMILARITIES: "the largest similarity counts.",
    }


def test_where_nothing_gave_way_it_is_asked_why() -> None:
    lines = acceptance_lines(Acceptance({}, {}, 0, ("a", "b")), ScoreKind.LOGITS, "s.csv")
    assert list(lines) == [
        "No class and no label gave way (s.csv); are the names written as there?",
        "Synonyms that are neither a class nor a label: 2 ('a', 'b').",
    ]
