"""What a hierarchy changes on real photos: eight heads, decoders, pooled photos, back-off.

`python -m benchmarks.real_taxonomy [FOLDER] [--as-it-stands]`; needs ../shared with its data and
weights beside the checkout, and says so and ends with 2 where they are not there. The studies lie
in FOLDER (default: a folder of its own among the temporary files), and go on where they were; as it
stands, nothing runs, and the section tells of the cells that are done.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.real_studies import WEIGHTS
from benchmarks.real_taxonomy_studies import HEADS, TREES, RealTree, write_tree_study
from benchmarks.record import markdown_table, write_section
from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.estimates import Estimate
from fieldmark.experiments.study_file import read_study
from fieldmark.report.content import ReportContent
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.ground import open_ground
from fieldmark.workflows.reporting import report_content

AS_IT_STANDS = "--as-it-stands"
OWN_HEADS = ("rank-heads", "fine-to-coarse")


def main(words: Sequence[str]) -> int:
    """Run what is missing of the studies, and write the section; return the exit code."""
    from fieldmark.cli.main import main as fieldmark

    needed = (WEIGHTS, *(data.place / "manifest.csv" for data in TREES))
    missing = [str(place) for place in needed if not place.exists()]
    if missing:
        print(f"This needs real data and weights beside the checkout; there is no {missing[0]}.")
        return 2
    places = [word for word in words if word != AS_IT_STANDS]
    folder = Path(places[0] if places else Path(tempfile.gettempdir()) / "fieldmark-real-taxonomy")
    parts = []
    for data in TREES:
        study = write_tree_study(data, folder / data.folder)
        code = 0 if AS_IT_STANDS in words else fieldmark(["run", str(study)])
        if code:
            return code
        ground = open_ground(read_study(study))
        evidence = gather(ground, progress=SilentProgress())
        content = report_content(ground, evidence, progress=SilentProgress())
        parts.append(_part(data, content))
    write_section("real_taxonomy", "Real hierarchies", f"{_about()}\n\n" + "\n\n".join(parts))
    return 0


def _about() -> str:
    sizes = "; ".join(
        f"{data.title}: {' > '.join(data.ranks)}, {data.side} x {data.side} pixels ({data.rule})"
        for data in TREES
    )
    return (
        "Studies of `benchmarks/real_taxonomy_studies.py`: eight heads on vectors of MobileNetV2 "
        "with weights of ImageNet, five seeds each. Half of the photos are learnt from, epochs are "
        f"chosen by macro F1 on 20 %, reported are the other 30 %. {sizes}. Specimens stay whole. "
        "Intervals at 95 %, over photos or specimens, of the mean over seeds. Decoders, back-off "
        "and contradictions are those of the first seed."
    )


def _part(data: RealTree, content: ReportContent) -> str:
    columns = ("head", *(f"accuracy, {rank}" for rank in data.ranks), "macro F1", "contradict")
    rows = [[name, *_cells(data, content, name)] for name in HEADS]
    told = "\n".join(f"- {sentence}" for sentence in _findings(content))
    return f"### {data.title.capitalize()}\n\n{markdown_table(columns, rows)}\n\n{told}"


def _cells(data: RealTree, content: ReportContent, name: str) -> Iterator[str]:
    row = next(row for row in content.rows if row.name == name)
    for rank in data.ranks[:-1]:
        yield _shown(row.estimate("accuracy", rank))
    yield _shown(row.estimate("accuracy"))
    yield _shown(row.estimate("macro_f1"))
    decoding = next(one for one in content.decodings if one.contender == name)
    diagnosis = next(one for one in decoding.rows if one.is_diagnosis)
    rate = diagnosis.estimate("path_contradiction_rate")
    yield "?" if rate is None else rate.value_text()


def _shown(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "?" if estimate is None else estimate.value_text()
    return f"{estimate.value_text()} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _findings(content: ReportContent) -> Iterator[str]:
    """Yield what fieldmark says of the questions of the taxonomy system, a sentence each."""
    for one in content.comparisons:
        if (one.a, one.b) == ("rank-heads", "summed"):
            yield f"one head for each rank against summed ranks: {one.sentence()}"
    for decoding in content.decodings:
        if decoding.contender in OWN_HEADS:
            yield from (
                f"consistent decoding: {one.sentence()}"
                for one in decoding.on("all_ranks_right")
                if "rank-wise" in one.b
            )
    for verdict in content.levels.verdicts if content.levels else ():
        if verdict.comparison is not None and verdict.contender == "summed":
            yield f"{verdict.step}, {verdict.counted}: {verdict.comparison.sentence()}"
    yield from _back_off(content)


def _back_off(content: ReportContent) -> Iterator[str]:
    for setting in content.backoff_settings:
        if setting.contender == "summed":
            yield (
                f"back-off of summed, {setting.name}: {_shown(setting.answered)} answered, "
                f"{_shown(setting.error)} of the answers wrong"
            )
    for decided in content.decided:
        if decided.contender == "summed" and decided.found is None:
            yield f"the decision {decided.name} for summed: {decided.why_not}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
