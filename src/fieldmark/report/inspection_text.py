"""An inspection as lines for a terminal: the answers from all photos of each contender."""

from collections.abc import Iterator

from fieldmark.core.checks import count_of
from fieldmark.report.inspection import Inspection, Voice, verdict_of
from fieldmark.report.numbers import MISSING, PLAIN, SHARE

_BAR_SIGNS = 20
_BEST = 3


def inspection_lines(inspection: Inspection) -> Iterator[str]:
    """Yield what the page says of the observation, without its photos.

    Args:
        inspection: of an observation, or of new photos.
    """
    parts = ", ".join(dict.fromkeys(f"“{one.part}”" for one in inspection.photos if one.part))
    where = f", part {parts}" if parts else ""
    photos = count_of(len(inspection.photos), "photo")
    yield f"{inspection.observation} ({inspection.study}): {photos}{where}"
    if inspection.truth:
        label = inspection.truth[-1][1]
        poison = " (poisonous)" if inspection.is_poisonous(label) else ""
        yield f"label: {' > '.join(name for _, name in inspection.truth)}{poison}"
    for stamp in inspection.stamps:
        yield f"beware: {stamp}"
    yield from inspection.remarks
    for voice in inspection.voices:
        yield ""
        yield from _voice_lines(voice, inspection)
    for kinship in inspection.kinships:
        yield ""
        near = ", ".join(f"{kin.label} {kin.similarity:.3f}" for kin in kinship.found)
        yield f"nearest to {kinship.photo} under {kinship.backbone}: {near}"


def _voice_lines(voice: Voice, inspection: Inspection) -> Iterator[str]:
    reply, sure = voice.main, inspection.sure
    yield f"{voice.contender}{f' ({voice.note})' if voice.note else ''}"
    if voice.problem:
        yield f"  {voice.problem}"
    if reply is None:
        return
    style = SHARE if voice.is_probability else PLAIN
    best = "; ".join(
        f"{name}{' (poisonous)' if inspection.is_poisonous(name) else ''} {style.value(score)}"
        for name, score in reply.top[:_BEST]
    )
    verdict = f" [{verdict_of(reply)[0]}]" if reply.has_truth else ""
    yield f"  {reply.of}: {best}{verdict}"
    width = max(len(node.rank) for node in reply.path)
    for node in reply.path:
        chance = node.probability
        bar = "" if chance is None else "█" * round(_BAR_SIGNS * chance)
        told = "" if chance is None else f"{bar:<{_BAR_SIGNS}} {SHARE.value(chance):>8}"
        departs = f"  label: {node.truth}" if node.truth not in ("", node.name) else ""
        yield f"    {node.rank:<{width}}  {told}  {node.name}{departs}".rstrip()
    if voice.is_probability:
        yield f"    at least {100 * sure:g} % sure of: {reply.sure_of or MISSING}"
    for decided in reply.decided:
        yield f"    decision {decided.decision}: {decided.in_words} ({decided.promise})"
    if reply.decoded:
        read = "; ".join(f"{one.decoder}: {one.in_words}" for one in reply.decoded)
        yield f"    decoders: {read}"
