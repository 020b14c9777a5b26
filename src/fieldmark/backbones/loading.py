"""Weights put into a network, with a report of what fitted; what does not fit is an error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of_array, digest_of_strings
from fieldmark.core.errors import WeightsError

if TYPE_CHECKING:
    import torch

_NEVER_READ: Final = "num_batches_tracked"
_WAY_OUT: Final = (
    "check that `name` and `options` are those the weights were made for, or take other weights"
)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of the tensors of a weight file.

    Counters of batches, which inference never reads, are left out of every field.

    Attributes:
        matched: names that were loaded.
        missing: names of the network that the file lacks.
        unexpected: names of the file that the network lacks.
        dropped_classifier: names of the file's classifier, which a backbone does not have.
        coverage: share of the network's values that were loaded, 0 to 1.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    dropped_classifier: tuple[str, ...]
    coverage: float

    def __str__(self) -> str:
        dropped = self.dropped_classifier
        left_out = f"; the classifier ({first_few(dropped)}) was left out" if dropped else ""
        return (
            f"{count_of(len(self.matched), 'tensor')} loaded, {self.coverage:.1%} of the network, "
            f"{len(self.missing)} missing, {len(self.unexpected)} unexpected{left_out}"
        )


def load_into(
    model: "torch.nn.Module",
    state: Mapping[str, "torch.Tensor"],
    *,
    classifier: Sequence[str] = (),
    minimum_coverage: float = 1.0,
) -> LoadReport:
    """Load tensors into a network and report what fitted; refuse before anything is changed.

    Args:
        model: the network; its values are replaced.
        state: tensors by name, as `load_state` returns them.
        classifier: names of the modules that hold the classifier, such as "head": tensors of the
            file under them that the network lacks are dropped, and said to be.
        minimum_coverage: the least share of the network's values that must be loaded, 0 to 1.

    Raises:
        WeightsError: no tensor matches; a shape differs; the file holds tensors that the network
            does not have; or fewer values than ``minimum_coverage`` would be loaded.
    """
    wanted = {name: value for name, value in model.state_dict().items() if _is_read(name)}
    given = {name: value for name, value in state.items() if _is_read(name)}
    matched = tuple(sorted(wanted.keys() & given.keys()))
    extra = sorted(given.keys() - wanted.keys())
    dropped = tuple(name for name in extra if _belongs_to(name, classifier))
    loaded = sum(wanted[name].numel() for name in matched)
    report = LoadReport(
        matched=matched,
        missing=tuple(sorted(wanted.keys() - given.keys())),
        unexpected=tuple(name for name in extra if name not in dropped),
        dropped_classifier=dropped,
        coverage=loaded / max(1, sum(value.numel() for value in wanted.values())),
    )
    _check_names(report, minimum_coverage)
    _check_shapes(wanted, given, matched)
    model.load_state_dict({name: given[name] for name in matched}, strict=False)
    return report


def weights_digest(model: "torch.nn.Module") -> str:
    """Return the digest of everything in a network that inference reads: names, shapes, values.

    Args:
        model: a network on the CPU.
    """
    state = model.state_dict()
    parts: list[str] = []
    for name in sorted(name for name in state if _is_read(name)):
        parts += [name, digest_of_array(state[name].detach().contiguous().numpy())]
    return digest_of_strings(parts)


def _is_read(name: str) -> bool:
    return not name.endswith(_NEVER_READ)


def _belongs_to(name: str, modules: Sequence[str]) -> bool:
    return any(name.startswith(f"{module}.") for module in modules)


def _check_names(report: LoadReport, minimum_coverage: float) -> None:
    if not report.matched:
        raise WeightsError(
            f"None of the network's {count_of(len(report.missing), 'tensor')} is in the weights: "
            f"expected {first_few(report.missing)}, found "
            f"{first_few(report.unexpected + report.dropped_classifier)}; {_WAY_OUT}."
        )
    if report.coverage < minimum_coverage:
        raise WeightsError(
            f"The weights cover {report.coverage:.1%} of the network, at least "
            f"{minimum_coverage:.1%} expected; missing: {first_few(report.missing)}; {_WAY_OUT}."
        )
    if report.unexpected:
        raise WeightsError(
            f"The weights hold {count_of(len(report.unexpected), 'tensor')} that the network does "
            f"not have: {first_few(report.unexpected)}; {_WAY_OUT}."
        )


def _check_shapes(
    wanted: Mapping[str, "torch.Tensor"],
    given: Mapping[str, "torch.Tensor"],
    matched: Sequence[str],
) -> None:
    differing = [name for name in matched if wanted[name].shape != given[name].shape]
    if differing:
        first = differing[0]
        raise WeightsError(
            f"{count_of(len(differing), 'tensor')} of the weights have another shape than the "
            f"network's, first '{first}': expected {list(wanted[first].shape)}, found "
            f"{list(given[first].shape)}; {_WAY_OUT}."
        )
