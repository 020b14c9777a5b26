import datetime
import subprocess
import sys

from fieldmark.core.progress import SilentProgress
from fieldmark.core.provenance import provenance, version_of


def test_versions_and_time_are_recorded() -> None:
    found = provenance()
    assert found["numpy"] == version_of("numpy")
    assert datetime.datetime.fromisoformat(found["created"]).tzinfo is datetime.UTC


def test_an_absent_package_has_no_version() -> None:
    assert version_of("no-such-package") is None


def test_recording_versions_imports_nothing_heavy() -> None:
    script = (
        "import sys; from fieldmark.core.provenance import provenance; provenance();"
        "sys.exit('torch' in sys.modules or 'polars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_silence_is_a_listener() -> None:
    progress = SilentProgress()
    with progress.step("embed", 3) as step:
        step.advance()
        step.advance(2)
    progress.say("done")
