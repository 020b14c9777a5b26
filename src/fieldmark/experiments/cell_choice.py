"""Which cells of a plan are meant by ``--cells``: ids, or a file with one id a line."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.errors import StudyError
from fieldmark.experiments.plan import RunSpec

_FILE_SIGN = "@"


def choose_cells(plan: Sequence[RunSpec], words: str) -> tuple[RunSpec, ...]:
    """Return the cells that a person or a program names, in the order of the plan.

    Args:
        plan: every cell of the study.
        words: ids with commas between, or "@" and the path of a file with one id a line; empty
            lines and lines that begin with "#" are passed over.

    Raises:
        StudyError: an id is not in the plan, none is named, or the file cannot be read.

    Example:
        >>> plan = [RunSpec("probe", seed, settings_digest="s") for seed in (0, 1, 2)]
        >>> [cell.id for cell in choose_cells(plan, "probe/seed-2,probe/seed-0")]
        ['probe/seed-0', 'probe/seed-2']
    """
    named = _read(words) if words.startswith(_FILE_SIGN) else words.split(",")
    return cells_named(plan, [name.strip() for name in named if name.strip()])


def cells_named(plan: Sequence[RunSpec], ids: Iterable[str]) -> tuple[RunSpec, ...]:
    """Return the cells with these ids, in the order of the plan.

    Raises:
        StudyError: an id is not in the plan, or none is named.
    """
    asked = dict.fromkeys(ids)
    known = {spec.id for spec in plan}
    unknown = [name for name in asked if name not in known]
    if unknown:
        guess = nearest(unknown[0], known)
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise StudyError(
            f"Expected ids of cells of this study; it has none named {first_few(unknown)}.{hint} "
            "'fieldmark status' lists all."
        )
    if not asked:
        raise StudyError("Expected at least one id of a cell; none is named.")
    return tuple(spec for spec in plan if spec.id in asked)


def _read(words: str) -> list[str]:
    path = Path(words.removeprefix(_FILE_SIGN))
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise StudyError(f"The list of cells {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise StudyError(f"The list of cells {path} is not UTF-8 text.") from None
    return [line for line in lines if not line.lstrip().startswith("#")]
