import importlib
import subprocess
import sys

import pytest

from fieldmark.cli import main as entry
from fieldmark.cli.main import COMMANDS, main
from fieldmark.core.errors import RunFailedError, StudyError
from fieldmark.core.provenance import version_of

PROGRAM = [sys.executable, "-m", "fieldmark.cli.main"]


def raising(error: BaseException):
    def call(words: list[str]) -> int:
        raise error

    return call


def test_every_command_has_its_module_and_help(call) -> None:
    for name, (group, purpose) in COMMANDS.items():
        assert name in importlib.import_module(f"fieldmark.cli.{group}").COMMANDS
        said = call(name, "--help")
        assert said.code == 0
        assert f"usage: fieldmark {name}" in said.out
        assert purpose[:16].lower() in said.out.lower()


def test_help_lists_every_command(call) -> None:
    said = call("--help")
    assert said.code == 0
    assert all(f"  {name} " in said.out for name in COMMANDS)


def test_the_version(call) -> None:
    assert call("--version").out == f"fieldmark {version_of('fieldmark')}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected a command first; 'fieldmark --help' lists them"),
        (["rnu"], "unknown command 'rnu'; did you mean 'run'? There are: new, check, plan"),
        (["xyzzy"], "unknown command 'xyzzy'. There are: new, check, plan"),
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["run"], "the following arguments are required: STUDY"),
        (["run", "a", "b"], "unrecognized arguments: b"),
    ],
)
def test_words_that_are_no_command(call, words: list[str], message: str) -> None:
    said = call(*words)
    assert said.code == 2
    assert said.out == ""
    assert message in said.err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (StudyError("No such thing."), 2, "No such thing."),
        (RunFailedError("1 of 2 cells is done."), 1, "1 of 2 cells is done."),
        (
            KeyboardInterrupt(),
            130,
            "Interrupted; what was finished is kept, and the same command goes on.",
        ),
        (PermissionError(13, "Permission denied", "/x"), 2, "Permission denied: /x."),
        (OSError("the disk is gone"), 2, "the disk is gone."),
        (
            ModuleNotFoundError("No module named 'timm'", name="timm.layers"),
            2,
            "'run' needs the package 'timm.layers', which the base install leaves out; install it "
            "with: pip install 'fieldmark[learn]'.",
        ),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(
    monkeypatch, call, error: BaseException, code: int, message: str
) -> None:
    monkeypatch.setattr(entry, "_call", raising(error))
    assert (call("run").code, call("run").err) == (code, f"fieldmark: {message}\n")


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("No module named 'ours'", name="ours"), ValueError("a bug")]
)
def test_a_bug_is_not_hidden(monkeypatch, error: Exception) -> None:
    monkeypatch.setattr(entry, "_call", raising(error))
    with pytest.raises(type(error)):
        main(["run"])


def test_a_reader_that_stops_early_is_no_error() -> None:
    listing = f"{sys.executable} -m fieldmark.cli.main metrics | head -n 1"
    done = subprocess.run(["bash", "-c", listing], capture_output=True, text=True)
    assert done.stdout.startswith("accuracy (Accuracy; higher is better)")
    assert done.stderr == ""


def test_the_program_runs_as_a_process(tmp_path) -> None:
    done = subprocess.run([*PROGRAM, "status", tmp_path], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"fieldmark: The folder {tmp_path} holds no file study.yaml; name the study file itself.\n"
    )
    assert done.stdout == ""
