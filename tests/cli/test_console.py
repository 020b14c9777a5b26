import io
import sys

import pytest

from fieldmark.cli import console
from fieldmark.cli.console import LineProgress, open_progress, print_json, print_line, print_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Return a clock that a test moves by hand."""

    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    found = Clock()
    monkeypatch.setattr(console, "time", found)
    return found


def test_a_short_step_says_nothing(capsys, clock) -> None:
    with LineProgress().step("embed", total=3) as step:
        for _ in range(3):
            clock.now += 3
            step.advance()
    assert capsys.readouterr() == ("", "")


def test_a_long_step_says_how_far_it_is_and_how_long_it_takes(capsys, clock) -> None:
    with LineProgress().step("embed", total=2000) as step:
        clock.now += 10
        step.advance(500)
    assert capsys.readouterr().err == "embed: 500 of 2,000 (25%), about 30 s left\n"


def test_a_very_long_step_says_less_and_less(capsys, clock) -> None:
    with LineProgress().step("embed", total=8 * 3600) as step:
        for _ in range(8 * 3600):
            clock.now += 1
            step.advance()
    lines = capsys.readouterr().err.splitlines()
    assert 90 < len(lines) < 110
    assert lines[0].startswith("embed: 10 of 28,800")
    assert lines[1].startswith("embed: 30 of 28,800")


def test_nothing_done_and_nothing_to_do_say_nothing(capsys, clock) -> None:
    with LineProgress().step("cells", total=0) as step:
        clock.now += 60
        step.advance(0)
    assert capsys.readouterr().err == ""


def test_lines_go_to_standard_error(capsys) -> None:
    with open_progress() as progress:
        progress.say("probe: done")
    assert capsys.readouterr() == ("", "probe: done\n")


def test_a_terminal_gets_bars_and_results_stay_on_standard_output(monkeypatch, capsys) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with open_progress() as progress, progress.step("embed", total=2) as step:
        step.advance()
        progress.say("[probe] 1 of 2: done")
        print_line("a result")
        step.advance()
    assert capsys.readouterr().out == "a result\n"
    assert "[probe] 1 of 2: done" in terminal.getvalue()
    assert "embed" in terminal.getvalue()


def test_json_is_readable_and_finite(capsys) -> None:
    print_json({"name": "Fliegenpilz ü"})
    assert capsys.readouterr().out == '{\n  "name": "Fliegenpilz ü"\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"value": float("nan")})


def test_a_table_keeps_brackets_and_long_cells(capsys) -> None:
    print_table("", ("cell", "remark"), [("a/seed-0", "[bold] is no markup"), ("b", "x" * 150)])
    out = capsys.readouterr().out
    assert "[bold] is no markup" in out
    assert "x" * 150 in out


def test_a_narrow_terminal_folds_and_loses_nothing(monkeypatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    print_table("", ("cell", "remark"), [("some-contender/seed-0", "y" * 100)])
    lines = terminal.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    assert max(len(line) for line in lines) <= 60
    assert terminal.getvalue().count("y") == 100
    assert "some-contender/seed-0" in terminal.getvalue()
