import json

import pytest

from fieldmark.workflows import doctor
from fieldmark.workflows.doctor import Check

GOOD = Check("locks", "", is_ok=True, message="files can be locked")
BAD = Check("weights", "probe", is_ok=False, message="download it")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """What the doctor sees, to be filled by a test."""
    found: list[Check] = []
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: iter(found))
    return found


def test_each_line_is_ok_or_what_to_do(call, judged_only, seen: list[Check]) -> None:
    seen += [GOOD, BAD]
    said = call("doctor", judged_only)
    assert said.code == 1
    assert said.out.splitlines() == [
        "ok   locks: files can be locked",
        "MEND weights of probe: download it",
        "1 thing to mend before running.",
    ]


def test_nothing_in_the_way(call, judged_only, seen: list[Check]) -> None:
    seen.append(GOOD)
    said = call("doctor", judged_only)
    assert said.code == 0
    assert said.out.endswith(f"Nothing is in the way. Next: fieldmark run {judged_only}\n")


def test_in_json(call, judged_only, seen: list[Check]) -> None:
    seen += [GOOD, BAD]
    said = call("doctor", judged_only, "--json")
    assert said.code == 1
    assert json.loads(said.out)[1] == {
        "name": "weights",
        "contender": "probe",
        "is_ok": False,
        "message": "download it",
    }


def test_no_study_is_bad_input(call, tmp_path) -> None:
    said = call("doctor", tmp_path)
    assert said.code == 2
    assert said.err.startswith("fieldmark: The folder ")
