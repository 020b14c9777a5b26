import csv
import io

from fieldmark.decision.policy import Backoff
from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.hazards import Hazards
from fieldmark.report.backoff_settings import always_finest, from_decision, from_fixed_threshold
from fieldmark.report.behaviour_sections import critical_sections
from fieldmark.report.confidence_tables import dossier_table, taken_for_tables
from fieldmark.report.csv_tables import CSV_TABLES
from fieldmark.report.dossier_tables import at_least_table, backed_off_table
from fieldmark.report.dossiers import dossier_of

HAZARDS = Hazards(poisonous=frozenset({"s0"}), harmless=frozenset({"s1", "s2"}), source="us")


def dossier(fungi, name: str = "s0", hazards=HAZARDS, n: int = 900, **fields):
    table = fungi("test", n, **fields)
    return dossier_of(table, judge(table), name, hazards=hazards)


def test_each_rank_says_what_may_be_claimed_and_what_more_takes(fungi) -> None:
    found = dossier(fungi)
    table = at_least_table(found, name="at-least")
    assert [row[0].text for row in table.rows] == ["species", "genus"]
    for row, one in zip(table.rows, found.claims, strict=True):
        assert row[1].text == f"{one.named} of {one.of}"
        assert row[2].text == f"{100 * one.bound:.2f} %"
    assert "with none missed, 59 for 95 % and 299 for 99 %." in table.note
    assert table.rows[0][3].text.startswith("takes ")
    assert found.claim_in_words == found.claims[1].in_words


def test_a_class_without_an_image_claims_nothing(fungi) -> None:
    table = fungi("test", 3)
    absent = sorted({"s0", "s1", "s2", "s3", "s4", "s5"} - set(table.labels))[0]
    found = dossier_of(table, judge(table), absent)
    assert (found.claims, found.claim_in_words, found.danger_in_words) == ((), "", "")
    assert at_least_table(found, name="t").rows == ()
    assert backed_off_table(found, [always_finest(table)], name="t") is None


def test_its_images_are_counted_at_each_rank_by_each_way_to_back_off(fungi, take) -> None:
    table = fungi("test", 1500)
    found = dossier_of(table, judge(table), "s0")
    settings = [
        always_finest(table),
        from_fixed_threshold(table),
        from_decision(take(Backoff(error_limit=0.2))),
    ]
    shown = backed_off_table(found, settings, name="back-off")
    always, *others = shown.rows
    assert (always[1].text, always[2].text, always[3].text) == (f"{found.images}", "0", "0")
    for row in others:
        assert sum(int(cell.text) for cell in row[1:4]) == found.images
    foreign = from_fixed_threshold(fungi("test", 1500, contender="knn"))
    assert backed_off_table(found, [foreign], name="back-off") is None


def test_mix_ups_say_which_are_poisonous(fungi) -> None:
    found = dossier(fungi)
    for table in taken_for_tables(found, name="t"):
        assert table.columns[1].title == "Which is"
        assert all(row[1].text == HAZARDS.of(row[0].text) for row in table.rows)
    bare = dossier(fungi, hazards=None)
    assert "Which is" not in [one.title for one in taken_for_tables(bare, name="t")[0].columns]


def test_dangerous_mix_ups_of_a_class_are_counted(fungi) -> None:
    table = fungi("test", 900)
    answers = [f"s{code}" for code in table.scores.argmax(axis=1)]
    pairs = list(zip(table.labels.to_list(), answers, strict=True))
    poisonous, harmless, unknown = (dossier(fungi, name) for name in ("s0", "s1", "s5"))
    as_harmless = sum(label == "s0" and answer in ("s1", "s2") for label, answer in pairs)
    assert poisonous.dangerous == as_harmless > 0
    assert poisonous.danger_in_words == (
        f"s0 is poisonous: {as_harmless} of its {poisonous.images} images answered as harmless."
    )
    as_it = sum(label == "s0" and answer == "s1" for label, answer in pairs)
    assert harmless.dangerous == as_it
    assert harmless.danger_in_words.startswith(f"s1 is harmless: {as_it} image")
    assert unknown.danger_in_words == ""


def test_confidence_of_its_answers_is_held_against_their_precision(fungi) -> None:
    found = dossier(fungi, sharpness=8.0)
    for one in found.ranks:
        low, sure, high = one.precision.low, one.confidence_answered, one.precision.high
        expected = "fits" if low <= sure <= high else "too sure" if sure > high else "too unsure"
        assert one.calibration == expected
    assert found.ranks[0].calibration == "too sure"
    assert dossier_table(found, name="t").rows[0][-1].detail == "too sure"
    assert all(one.calibration == "" for one in dossier(fungi, n=40).ranks)


def test_the_section_of_a_critical_class_has_all_of_it(make, fungi) -> None:
    table = fungi("test", 900)
    found = dossier(fungi)
    content = make.content([], dossiers=(found,), backoff_settings=(from_fixed_threshold(table),))
    (section,) = critical_sections(content)
    assert len(section.tables) == 5
    assert found.claim_in_words in section.remarks[0]
    assert found.danger_in_words in section.remarks[0]
    rows = list(csv.DictReader(io.StringIO(CSV_TABLES["critical_claims.csv"](content))))
    assert [row["rank"] for row in rows] == ["species", "genus"]
    assert float(rows[0]["bound"]) == found.claims[0].bound
    rows = list(csv.DictReader(io.StringIO(CSV_TABLES["back_off_settings.csv"](content))))
    assert [int(row["n"]) for row in rows] == [900, 900]
    assert CSV_TABLES["danger.csv"](content).startswith("metric,value,low,high,")
