"""The entry point: finds the command, imports its group, and turns errors into one sentence.

Exit codes: 0 done, 1 a run failed, 2 bad input, 130 interrupted.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from fieldmark.core.checks import nearest
from fieldmark.core.errors import FieldmarkError, RunFailedError
from fieldmark.core.provenance import version_of

# command: (module of its group, what it does)
COMMANDS = {
    "new": ("studying", "write a study with generated data, to start from"),
    "check": ("studying", "audit a study and its data before anything runs"),
    "plan": ("planning", "show the cells of a study, what they share, and what is left"),
    "doctor": ("doctoring", "try everything a study needs, and say what is in its way"),
    "run": ("running", "run what is missing of a study, here or by an engine"),
    "collect": ("collecting", "take in results of a study that ran elsewhere"),
    "status": ("studying", "show which cells of a study are done, failed or missing"),
    "handoff": ("handing", "write one page for whoever goes on with a study"),
    "report": ("studying", "write the report page of a study, or of stored predictions"),
    "preview": ("looking", "show a few training images as a contender sees them"),
    "duplicates": ("looking", "find images that are there twice, and what that does to a result"),
    "embed": ("embedding", "compute the vectors of images, once, and keep them"),
    "predict": ("predicting", "answer for new images with a bundle, or a contender of a study"),
    "inspect": ("inspecting", "show one observation, or new photos, and every answer to it"),
    "export": ("exporting", "write a trained contender as a bundle that answers without the study"),
    "verify": ("exporting", "check a bundle: every digest, and its test vectors"),
    "import": ("judging", "take in predictions made anywhere: CSV, Parquet or NPZ"),
    "evaluate": ("evaluating", "evaluate stored predictions: every number with its interval"),
    "compare": (
        "comparing",
        "compare two stored predictions: a verdict, or why there is none",
    ),
    "decide": ("deciding", "fit a decision rule on one part, and report what it does on another"),
    "decode": ("decoding", "answer a path of the tree for each item, by one decoder or by all"),
    "plan-recall": ("deciding", "say how many positives a promise on recall needs"),
    "fuse": ("fusing", "fuse two stored predictions, if that is better than the better of them"),
    "pool": ("fusing", "pool the predictions of several photos of one specimen"),
    "prior": ("priors", "weigh metadata, such as habitat and month, beside stored predictions"),
    "import-rankings": ("ranking", "take in similarities of queries to a gallery"),
    "onset": ("timing", "judge when something begins, from scores by day"),
    "metrics": ("judging", "list the metrics and their definitions"),
    "schema": ("studying", "print the JSON schema of study files, for editors"),
}
_LEARN_PACKAGES = {
    "h5py",
    "lightning",
    "open_clip",
    "openvino",
    "peft",
    "safetensors",
    "timm",
    "torch",
    "torchvision",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: the words after ``fieldmark``; by default those of the process.

    Example:
        >>> main(["evaluate", "no-such-folder"])
        2
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _call(words)
    except FieldmarkError as error:
        return _tell(str(error), code=2)
    except RunFailedError as error:
        return _tell(str(error), code=1)
    except KeyboardInterrupt:
        return _tell("Interrupted; what was finished is kept, and the same command goes on.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in _LEARN_PACKAGES:
            raise
        need = f"'{words[0]}' needs the package '{error.name}', which the base install leaves out"
        return _tell(f"{need}; install it with: pip install 'fieldmark[learn]'.", code=2)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        return _tell(f"{error.strerror or error}{place}.", code=2)


def _call(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="fieldmark",
        description="Tell apart things that look nearly the same, and say how far to trust it.",
        epilog="'fieldmark COMMAND --help' explains one command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="fieldmark COMMAND ...",
        add_help=True,
    )
    parser.add_argument("--version", action="version", version=f"fieldmark {_version()}")
    listing = parser.add_argument_group("commands")
    if not words or words[0].startswith("-") or words[0] not in COMMANDS:
        if words and not words[0].startswith("-"):
            _refuse_command(parser, words[0])
        for name, (_, purpose) in COMMANDS.items():
            listing.add_argument(name, nargs="?", help=purpose)
        parser.parse_args(words)
        parser.error("expected a command first; 'fieldmark --help' lists them")
    group, purpose = COMMANDS[words[0]]
    module = importlib.import_module(f"fieldmark.cli.{group}")
    command = argparse.ArgumentParser(prog=f"fieldmark {words[0]}", description=f"{purpose}.")
    configure, call = module.COMMANDS[words[0]]
    configure(command)
    return int(call(command.parse_args(words[1:])))


def _refuse_command(parser: argparse.ArgumentParser, word: str) -> NoReturn:
    guess = nearest(word, COMMANDS)
    hint = f"; did you mean '{guess}'?" if guess else "."
    parser.error(f"unknown command '{word}'{hint} There are: {', '.join(COMMANDS)}.")


def _version() -> str:
    return version_of("fieldmark") or "(not installed)"


def _tell(message: str, code: int) -> int:
    sys.stderr.write(f"fieldmark: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
