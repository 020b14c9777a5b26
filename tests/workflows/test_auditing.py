import json
from pathlib import Path

import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.auditing import audit_study, findings_of, require_sound
from fieldmark.workflows.ground import Ground


def audited(ground: Ground, *, read_images: bool = True):
    return audit_study(ground, read_images=read_images, progress=SilentProgress())


def spoil(ground: Ground, place: int, content: bytes = b"no picture") -> Path:
    path = ground.manifest.image_paths()[place]
    path.write_bytes(content)
    return path


def test_sound_data_has_no_finding_and_may_run(judged_only: Path, opened) -> None:
    findings = audited(opened(judged_only))
    assert findings == ()
    require_sound(findings)


def test_the_audit_is_stored_and_read_again(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    spoil(ground, 0)
    ground = opened(judged_only)
    found = audited(ground)
    assert [finding.code for finding in found] == ["unreadable_image"]
    assert findings_of(ground, progress=SilentProgress()) == found


def test_without_a_stored_audit_the_pixels_are_left_unread(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    spoil(ground, 0)
    assert findings_of(opened(judged_only), progress=SilentProgress()) == ()
    stored = json.loads((ground.results / "audit.json").read_text())
    assert stored["read_images"] is False


def test_an_audit_of_other_data_does_not_count(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    audited(ground)
    spoil(ground, 0, b"")
    changed = findings_of(opened(judged_only), progress=SilentProgress())
    assert [finding.code for finding in changed] == ["empty_file"]


@pytest.mark.parametrize("content", ["{", "{}", '{"of": 1}', "[]"])
def test_a_damaged_audit_is_made_anew(judged_only: Path, opened, content: str) -> None:
    ground = opened(judged_only)
    audited(ground)
    (ground.results / "audit.json").write_text(content)
    assert findings_of(ground, progress=SilentProgress()) == ()


def test_an_audit_with_damaged_findings_is_made_anew(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    audited(ground)
    path = ground.results / "audit.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps(stored | {"findings": [{"code": "x", "examples": []}]}))
    assert findings_of(ground, progress=SilentProgress()) == ()


def test_errors_stop_and_name_the_way_out(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    missing = ground.manifest.image_paths()[0]
    missing.unlink()
    spoil(ground, 1, b"")
    findings = audited(opened(judged_only))
    with pytest.raises(ManifestError) as refused:
        require_sound(findings)
    said = str(refused.value)
    assert said.startswith("The audit found 2 errors, so nothing runs. Missing image files: 1")
    assert said.endswith(
        "'fieldmark check' lists all; unreadable images can be left out with data.unreadable: "
        "exclude."
    )


def test_what_may_be_meant_can_be_accepted(judged_only: Path, opened) -> None:
    paths = opened(judged_only).manifest.image_paths()
    paths[0].write_bytes(b"")
    paths[1].write_bytes(paths[-1].read_bytes())
    ground = opened(
        judged_only,
        "data.group=id",
        "data.split={kind: holdout, fractions: "
        "{train: 0.34, validation: 0.33, test: 0.33}, seed: 4}",
    )
    findings = audited(ground)
    assert [one.code for one in findings if one.severity == "error"] == [
        "empty_file",
        "same_bytes_in_two_parts",
    ]
    with pytest.raises(ManifestError) as refused:
        require_sound(findings)
    assert str(refused.value).endswith(
        "'fieldmark check' lists all; what is meant can be accepted with data.accept: "
        "[same_bytes_in_two_parts], and is then shown on the page; unreadable images can be left "
        "out with data.unreadable: exclude."
    )


def test_what_is_accepted_becomes_a_warning(judged_only: Path, opened) -> None:
    opened(judged_only).manifest.image_paths()[0].unlink()
    ground = opened(judged_only, "data.accept=[missing_file]")
    (finding,) = audited(ground)
    assert (finding.code, finding.severity) == ("missing_file", "warning")
    require_sound((finding,))
    assert audited(opened(judged_only))[0].severity == "error"


def test_excluded_images_are_warnings(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    ground.manifest.image_paths()[0].unlink()
    spoil(ground, 1, b"")
    spoil(ground, 2)
    findings = audited(opened(judged_only, "data.unreadable=exclude"))
    assert {finding.code for finding in findings} == {
        "missing_file",
        "empty_file",
        "unreadable_image",
    }
    assert {finding.severity for finding in findings} == {"warning"}


def test_other_rules_of_acceptance_are_another_audit(judged_only: Path, opened) -> None:
    opened(judged_only).manifest.image_paths()[0].unlink()
    silent = SilentProgress()
    strict = findings_of(opened(judged_only), progress=silent)
    lenient = findings_of(opened(judged_only, "data.accept=[missing_file]"), progress=silent)
    assert (strict[0].severity, lenient[0].severity) == ("error", "warning")
