import csv
import io

from fieldmark.report.content import ContenderRow
from fieldmark.report.csv_tables import claims_csv, comparisons_csv, estimates_csv


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
