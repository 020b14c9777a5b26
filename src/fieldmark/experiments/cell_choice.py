"""Which cells of a plan are meant by ``--cells``: ids, or a file with one id a line."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.errors import StudyError
from fieldmark.experiments.plan import RunSpec

_FILE_SIGN = "@"


def choose_cells(plan: Sequence[RunSpec], words: str) -> tuple[RunSpec, ...]:
    """Return the cells that a person or a program names, in the order of the plan.

    Args:
        plan: every cell of the study.
        words: ids with commas between, or "@" and the path of a file with one id a line, as
            ``pack_text`` writes it; empty lines and lines that begin with "#" are passed over.

    Raises:
        StudyError: an id is not in the plan, none is named, the file cannot be read, or a cell has
            other inputs than the file says.

    Example:
        >>> plan = [RunSpec("probe", seed, settings_digest="s") for seed in (0, 1, 2)]
        >>> [cell.id for cell in choose_cells(plan, "probe/seed-2,probe/seed-0")]
        ['probe/seed-0', 'probe/seed-2']
    """
    if not words.startswith(_FILE_SIGN):
        return cells_named(plan, [name.strip() for name in words.split(",") if name.strip()])
    lines = [line.split(maxsplit=1) for line in _read(words)]
    chosen = cells_named(plan, [name for name, *_ in lines])
    _check_inputs(chosen, {name: digest[0].strip() for name, *digest in lines if digest})
    return chosen


def pack_text(cells: Iterable[RunSpec]) -> str:
    """Return the file that names some cells, each with the digest of the inputs it is planned from.

    Example:
        >>> cells = [RunSpec("probe", 0, settings_digest="s")]
        >>> pack_text(cells).split()[0]
        'probe/seed-0'
    """
    return "".join(f"{spec.id} {spec.inputs_digest}\n" for spec in cells)


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
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _check_inputs(cells: Iterable[RunSpec], planned: Mapping[str, str]) -> None:
    for spec in cells:
        there, here = planned.get(spec.id, spec.inputs_digest), spec.inputs_digest
        if there != here:
            raise StudyError(
                f"The cell '{spec.id}' was planned from other inputs than it has here (digest "
                f"{there[:12]} against {here[:12]}): the study, its table, its images or a file "
                "that it names is another. Plan anew, or put back what was planned with."
            )
