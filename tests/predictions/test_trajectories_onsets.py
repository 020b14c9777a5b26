import polars as pl
import pytest

from fieldmark.core.errors import ManifestError, PredictionsError
from fieldmark.predictions.trajectories_onsets import onset_table, read_onset_table


def test_empty_and_never_are_never_and_numbers_stay_numbers(tmp_path):
    file = tmp_path / "plants.csv"
    file.write_text("plant,dag,accession\n1,28.0,A\n2,,A\n3, never ,B\n")
    table = read_onset_table(file, specimen="plant", onset="dag", group="accession")
    assert table["onset"].to_list() == [28.0, None, None]
    assert table["group"].to_list() == ["A", "A", "B"]
    assert table["dag"].to_list() == ["28.0", None, " never "]


def test_numbers_are_taken_as_they_are():
    table = pl.DataFrame({"plant": [1, 2], "onset": [3.5, None]})
    assert onset_table(table, specimen="plant")["onset"].to_list() == [3.5, None]
    assert onset_table(table, specimen="plant")["plant"].to_list() == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("plant,day\n1,3\n", {}, "column 'onset' in the table of onsets; there is none"),
        ("plnt,onset\n1,3\n", {}, "column 'plant' .* did you mean 'plnt'"),
        ("plant,onset\n1,soon\n", {}, r"1 of 1 are none \(first: 'soon'\).*'never' or nothing"),
        ("plant,onset\n1,inf\n", {}, "numbers in 'onset'; 1 of 1 are none"),
        ("plant,onset\n1,3\n1,4\n", {}, r"1 name stands more than once \(first: '1'\)"),
        ("plant,onset,dag\n1,3,4\n", {"onset": "dag"}, "'dag' is to be the onset, but there is a"),
        ("plant,onset\n1,3\n", {"group": "line"}, "column 'line' in the table of onsets"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, content, options, message):
    file = tmp_path / "plants.csv"
    file.write_text(content)
    with pytest.raises(PredictionsError, match=message):
        read_onset_table(file, specimen="plant", **options)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ManifestError, match="there is no such file"):
        read_onset_table(tmp_path / "none.csv", specimen="plant")
