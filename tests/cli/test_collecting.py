import shutil
from pathlib import Path


def test_results_of_a_copy_are_taken_in(call, fresh: Path, finished: Path) -> None:
    said = call("collect", fresh, finished / "results")
    assert (said.code, said.out) == (0, "3 of 3 cells taken in.\n")
    assert call("run", fresh).out == "All 3 cells are done: 3 were done before.\n"


def test_a_refusal_is_named_and_ends_with_1(call, fresh: Path, finished: Path, tmp_path) -> None:
    there = tmp_path / "there"
    shutil.copytree(finished / "results", there)
    (there / "tiny/cells/knn/seed-free/result/predictions/test/scores.npy").write_bytes(b"0")
    said = call("collect", fresh, there)
    assert said.code == 1
    assert said.err == (
        "fieldmark: 2 of 3 cells taken in.\nRefused: 'knn/seed-free', because "
        "predictions/test/scores.npy is not what its record says.\n"
    )


def test_what_is_no_archive_is_bad_input(call, judged_only: Path) -> None:
    said = call("collect", judged_only, "none.tar.gz")
    assert said.code == 2
    assert said.err == (
        "fieldmark: Expected an archive of results, or a folder: none.tar.gz; there is none.\n"
    )
