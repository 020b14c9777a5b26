import csv
import io

import polars as pl

from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.content import ContenderRow, Refusal
from fieldmark.report.csv_tables import (
    CSV_TABLES,
    back_off_csv,
    claims_csv,
    comparisons_csv,
    confidence_csv,
    critical_csv,
    estimates_csv,
    examples_csv,
    mix_ups_by_rank_csv,
    mix_ups_csv,
    refusals_csv,
    reliability_csv,
    risk_coverage_csv,
)
from fieldmark.report.rank_confusions import rank_confusions


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_estimate_is_one_line_with_the_stored_number_in_full(make) -> None:
    content = make.full()
    lines = read(estimates_csv(content))
    stored = [(row.name, estimate) for row in content.rows for estimate in row.estimates]
    assert len(lines) == len(stored)
    for line, (name, estimate) in zip(lines, stored, strict=True):
        assert line["contender"] == name
        assert float(line["value"]) == estimate.value
        assert float(line["low"]) == estimate.low
        assert (line["metric"], line["rank"]) == (estimate.metric, estimate.rank or "")


def test_what_is_missing_is_an_empty_field(make) -> None:
    row = ContenderRow("probe", (make.estimate(None),), 1, 1)
    (line,) = read(estimates_csv(make.content([row])))
    assert line["value"] == line["low"] == line["seed_values"] == ""


def test_comparisons_and_claims_are_lines_with_their_sentences(make) -> None:
    content = make.full()
    (comparison,) = read(comparisons_csv(content.comparisons))
    assert comparison["verdict"] == "better"
    assert comparison["discordant"] == "[211, 83]"
    assert float(comparison["difference"]) == content.comparisons[0].difference
    met, not_met = read(claims_csv(content.claims))
    assert (met["status"], not_met["status"]) == ("met", "NOT met")
    assert (met["metric"], met["contender"], met["at_least"]) == ("accuracy", "probe", "0.8")
    assert (met["rank"], met["at_most"], met["certain"]) == ("", "", "True")
    assert float(met["value"]) == 0.8421
    assert comparison["sentence"] == content.comparisons[0].sentence()


def test_a_claim_about_nothing_measured_has_empty_fields(make) -> None:
    (line,) = read(claims_csv([make.claim("stock", 0.5, [])]))
    assert (line["status"], line["value"], line["n"]) == ("?", "", "")


def test_nothing_gives_a_head_without_lines(make) -> None:
    assert estimates_csv(make.content([])).startswith("contender,metric,value,low,high")
    assert comparisons_csv([]).count("\n") == claims_csv([]).count("\n") == 1


def test_names_with_commas_quotes_and_line_breaks_survive(make) -> None:
    name = 'a, "b"\nc'
    (line, *_) = read(estimates_csv(make.content([make.row(name)])))
    assert line["contender"] == name


def test_bins_curves_and_bars_are_written_in_full(make) -> None:
    content = make.full()
    leaf, genus = content.confidences
    bins = read(reliability_csv(content.confidences))
    assert len(bins) == len(leaf.bins) + len(genus.bins)
    assert float(bins[0]["accuracy"]) == leaf.bins[0].accuracy
    points = read(risk_coverage_csv(content.confidences))
    assert {(point["contender"], point["rank"]) for point in points} == {
        ("probe", "species"),
        ("probe", "genus"),
    }
    assert [float(p["risk"]) for p in points if p["rank"] == "genus"] == genus.curve.risk.tolist()
    bars = read(confidence_csv(content.confidences))
    assert sum(int(bar["right"]) + int(bar["wrong"]) for bar in bars) == leaf.n + genus.n


def test_backing_off_is_written_point_by_point(make) -> None:
    points = read(back_off_csv([make.back_off()]))
    assert [float(point["mean_depth"]) for point in points] == [2.0, 1.5, 1.1]


def test_mix_ups_are_written_whole_and_the_listed_ones_where_that_is_all(make) -> None:
    whole = make.confusion(cells=make.cells("oak", "elm"))
    rows = read(mix_ups_csv([whole]))
    assert sum(int(row["count"]) for row in rows) == 6
    assert rows[1] == {
        "contender": "probe",
        "split": "test",
        "label": "oak",
        "answer": "elm",
        "count": "1",
    }
    assert [row["answer"] for row in read(mix_ups_csv([make.confusion()]))] == ["A. pantherina"]


def test_a_dossier_is_written_rank_by_rank(make) -> None:
    rows = read(critical_csv([make.dossier()]))
    named = [(row["rank"], row["name"], row["metric"]) for row in rows]
    assert named[:2] == [
        ("species", "A. phalloides", "class_recall"),
        ("species", "A. phalloides", "class_precision"),
    ]
    assert (rows[0]["value"], rows[0]["n"]) == ("0.8321", "61")
    assert rows[0]["confidence_wrong"] == ""


def test_images_are_listed_without_their_bytes(make) -> None:
    (row,) = read(examples_csv([make.example("oak", "elm")]))
    assert row["identifier"] == "img-7"
    assert "thumbnail" not in row
    both = make.example("oak", "elm", others=(make.example("oak", "oak", identifier="img-8"),))
    assert [row["identifier"] for row in read(examples_csv([both]))] == ["img-7", "img-8"]


def test_mix_ups_above_the_leaf_are_written_with_their_rank(make) -> None:
    names = ("A. x", "A. y", "B. z")
    tree = build_taxonomy(
        pl.DataFrame({"genus": ["A", "A", "B"], "species": names}), ("genus", "species")
    )
    cells = make.cells(*names)
    found = read(mix_ups_by_rank_csv([make.confusion(ranks=rank_confusions(cells, tree))]))
    assert [tuple(row.values())[2:] for row in found] == [
        ("genus", "A", "A", "5"),
        ("genus", "A", "B", "1"),
        ("genus", "B", "A", "1"),
        ("genus", "B", "B", "2"),
    ]


def test_refusals_are_written_with_their_reason() -> None:
    (row,) = read(refusals_csv([Refusal("a against b", "80 of 170 classes differ.")]))
    assert row == {"what": "a against b", "why": "80 of 170 classes differ."}


def test_every_file_has_its_head_when_there_is_nothing(make) -> None:
    for name, table in CSV_TABLES.items():
        head = table(make.content([])).splitlines()
        assert len(head) == 1, name
        assert len(head[0].split(",")) >= 2, name
