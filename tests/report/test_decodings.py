import dataclasses

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.decision.path_estimates import Intervals, path_estimates
from fieldmark.decision.path_quantities import Poison
from fieldmark.decision.paths import Paths
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.csv_tables import decoders_csv
from fieldmark.report.decoding_sections import decoder_table, decoding_section
from fieldmark.report.decodings import DecoderRow, Decoding
from fieldmark.report.sections import sections_of

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "B", "B"], "species": ["a", "b", "c"]}), ("genus", "species")
)
ITEMS = pl.DataFrame({"id": [f"i{row}" for row in range(10)], "label": ["a"] * 6 + ["b"] * 4})


def row(decoder: str, nodes, *, is_diagnosis: bool = False, poison=None) -> DecoderRow:
    paths = Paths(
        decoder=decoder,
        taxonomy=TREE,
        nodes=np.array(nodes),
        items=ITEMS,
        contender="probe",
        candidates=3,
        is_diagnosis=is_diagnosis,
    )
    return DecoderRow(
        decoder=decoder,
        title="in words",
        estimates=path_estimates(paths, poison=poison, how=Intervals(resamples=200)),
        is_diagnosis=is_diagnosis,
    )


@pytest.fixture
def decoding(make) -> Decoding:
    return made(make)


def made(make, poison=None, contender: str = "probe") -> Decoding:
    whole = [[0, 0]] * 5 + [[1, 1]] * 5
    stops = [[0, 0]] * 5 + [[1, -1]] * 4 + [[-1, -1]]
    torn = [[0, 1]] * 2 + [[0, 0]] * 3 + [[1, 1]] * 5
    return Decoding(
        contender=contender,
        split="test",
        ranks=("genus", "species"),
        n=10,
        candidates=3,
        rows=(
            row("leaf", whole, poison=poison),
            row("threshold", stops, poison=poison),
            row("rank-wise", torn, is_diagnosis=True),
        ),
        comparisons=(
            make.comparison(
                f"{contender}, leaf", f"{contender}, rank-wise", metric="all_ranks_right"
            ),
            make.comparison(
                f"{contender}, threshold", f"{contender}, leaf", metric="all_ranks_right"
            ),
        ),
    )


def test_the_table_shows_what_is_right_answered_and_torn(decoding) -> None:
    table = decoder_table(decoding, name="decoding-1")
    heads = ["Decoder", "All ranks right", "genus", "species", "F1", "Severity", "Contradict"]
    assert [column.title for column in table.columns] == heads
    leaf, threshold, alone = ([cell.text for cell in cells] for cells in table.rows)
    assert leaf == ["leaf", "90.0 %", "90.0 %", "90.0 %", "90.0 %", "2.00", "0.0 %"]
    assert threshold == ["threshold", "50.0 %", "88.9 %", "100.0 %", "76.5 %", "2.00", "0.0 %"]
    assert table.rows[1][2].detail == "of 90.0 %"
    assert table.rows[0][2].detail == ""
    assert table.rows[0][5].detail == "0.20 of all"
    assert alone[0] == "rank-wise"
    assert alone[-2:] == ["–", "20.0 %"]


def test_the_diagnosis_is_greyed(decoding) -> None:
    table = decoder_table(decoding, name="decoding-1")
    assert {cell.tone for cell in table.rows[2]} == {"muted"}
    assert {cell.tone for cells in table.rows[:2] for cell in cells} == {"plain"}


def test_the_cost_of_poison_has_a_column_where_it_was_measured(make) -> None:
    table = decoder_table(made(make, Poison(frozenset({"a"}))), name="decoding-1")
    assert table.columns[-2].title == "Cost"
    assert [cells[-2].text for cells in table.rows] == ["10.00", "10.00", "–"]


def test_sentences_speak_of_what_answers_every_rank(decoding) -> None:
    diagnosis, verdict = decoding.sentences
    assert diagnosis.startswith("Read rank by rank, 20.00 % of 10 items contradict themselves")
    assert "such as an answer at rank species outside the one at rank genus" in diagnosis
    assert verdict.startswith("probe, leaf is ")


def test_the_first_contender_stands_in_the_open(make) -> None:
    content = make.content([], decodings=(made(make), made(make, contender="knn")))
    section = decoding_section(content)
    assert [table.name for table in section.tables] == ["decoding-1"]
    titles = ["Verdicts between the decoders of probe", "Decoders of knn"]
    assert [fold.title for fold in section.folded] == titles
    names = [table.name for fold in section.folded for table in fold.tables]
    assert names == ["decoding-verdicts-1", "decoding-2", "decoding-verdicts-2"]
    assert "decoding" in [found.name for found in sections_of(content)]
    assert decoding_section(make.content([])).is_empty


def test_every_estimate_of_every_decoder_is_one_line(make, decoding) -> None:
    lines = decoders_csv([decoding]).splitlines()
    assert len(lines) == 1 + sum(len(row.estimates) for row in decoding.rows)
    assert lines[0].startswith("contender,decoder,is_diagnosis,metric,value")
    assert lines[-1].startswith("probe,rank-wise,True,")


def test_a_decoding_without_decoders_is_refused() -> None:
    with pytest.raises(FieldmarkError, match="at least one decoder to show; got none"):
        Decoding(contender="a", split="test", ranks=("species",), n=1, candidates=1, rows=())


def test_what_consistent_paths_gain_is_said_first(make) -> None:
    gain = make.comparison(
        "heads, joint", "heads, rank-wise", 0.0872, metric="all_ranks_right", a_seeds=5, b_seeds=5
    )
    intro, first, *others = decoding_section(
        make.content([], decodings=(made(make),), gains=(gain,))
    ).remarks
    assert intro.startswith("Where each rank has a head of its own, the best path over all heads")
    assert intro.endswith("what each head says by itself, 5 seeds together:")
    assert first == gain.sentence()
    assert tuple(others) == made(make).sentences


def test_it_is_said_which_of_several_seeds_is_shown(make) -> None:
    one = dataclasses.replace(made(make), seed=0, seeds=5)
    assert one.sentences[0].startswith("Read rank by rank (probe, seed 0, one of 5), 20.00 % of")
    caption = decoder_table(one, name="decoding-1").caption
    assert caption.startswith("probe (seed 0, one of 5), decoded in 3 ways on the split “test”")
    assert (one.to_dict()["seed"], one.to_dict()["seeds"]) == (0, 5)
    assert made(make).seed_in_words == ""


def test_many_contenders_share_two_folds(make) -> None:
    found = tuple(made(make, contender=name) for name in "abcde")
    section = decoding_section(make.content([], decodings=found))
    assert [fold.title for fold in section.folded] == [
        "Verdicts between the decoders of a",
        "Decoders of the 4 other contenders",
        "Verdicts between them",
    ]
    assert [len(fold.tables) for fold in section.folded] == [1, 4, 4]
