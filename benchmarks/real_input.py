"""Probe, fine-tuning, training from scratch and nearest neighbours on real photos.

`python -m benchmarks.real_input [FOLDER] [--as-it-stands]`; needs ../shared with its data and
weights beside the checkout, and says so and ends with 2 where they are not there. The studies lie
in FOLDER (default: a folder of its own among the temporary files), and go on where they were; as it
stands, nothing runs, and the section tells of the cells that are done.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.real_heads import heads_against_scikit_learn
from benchmarks.real_studies import DATA, WEIGHTS, write_study
from benchmarks.record import markdown_table, write_section
from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.estimates import Estimate
from fieldmark.experiments.study_file import read_study
from fieldmark.workflows.evidence import Evidence, gather
from fieldmark.workflows.ground import open_ground

QUESTIONS = (
    ("fine-tuning against the probe", "fine-tuned", "probe"),
    ("pretrained against from scratch", "fine-tuned", "from-scratch"),
    ("neighbours against the probe", "neighbours", "probe"),
)
METRICS = ("accuracy", "macro_f1")
AS_IT_STANDS = "--as-it-stands"


def main(words: Sequence[str]) -> int:
    """Run what is missing of the studies, and write the section; return the exit code."""
    from fieldmark.cli.main import main as fieldmark

    missing = [str(place) for place in _needed() if not place.exists()]
    if missing:
        print(f"This needs real data and weights beside the checkout; there is no {missing[0]}.")
        return 2
    places = [word for word in words if word != AS_IT_STANDS]
    folder = Path(places[0] if places else Path(tempfile.gettempdir()) / "fieldmark-real-input")
    found = {}
    for data in DATA:
        study = write_study(data, folder / data.folder)
        code = 0 if AS_IT_STANDS in words else fieldmark(["run", str(study)])
        if code:
            return code
        found[data.title] = gather(open_ground(read_study(study)), progress=SilentProgress())
    write_section("real_input", "Real photos", _body(found, folder))
    return 0


def _needed() -> tuple[Path, ...]:
    return (WEIGHTS, *(data.place / "manifest.csv" for data in DATA))


def _body(found: dict[str, Evidence], folder: Path) -> str:
    columns = ("data set, contender", "cells done", "n", "accuracy", "macro F1")
    rows = [row for title, evidence in found.items() for row in _rows(title, evidence)]
    verdicts = "\n".join(
        f"- {title}, {sentence}"
        for title, evidence in found.items()
        for sentence in _sentences(evidence)
    )
    sizes = "; ".join(
        f"{data.title}: {data.side} x {data.side} pixels ({data.rule}), {data.epochs} epochs"
        for data in DATA
    )
    return (
        "Studies of `benchmarks/real_studies.py`, run by `fieldmark run`: MobileNetV2 with weights "
        "of ImageNet under a linear probe and under nearest neighbours, fine-tuned (the first two "
        "epochs the classifier alone), and from random weights for as many epochs. 60 % of the "
        "photos are learnt from, epochs are chosen by macro F1 on 20 %, reported are the other "
        f"20 %. {sizes}. Specimens stay whole. Intervals at 95 %, over photos or specimens; with "
        "several seeds (cells) the mean over them.\n\n"
        f"{markdown_table(columns, rows)}\n\n"
        "What fieldmark says of it, with Holm's correction over the comparisons of each study:\n\n"
        f"{verdicts}\n\n{heads_against_scikit_learn(folder)}"
    )


def _rows(title: str, evidence: Evidence) -> Iterator[list[str]]:
    for name, (ran, planned) in evidence.cells.items():
        judged = evidence.evaluations.get(name)
        cells = [_cell(judged.estimate(metric) if judged else None) for metric in METRICS]
        n = f"{judged.n:,}" if judged else "?"
        yield [f"{title}: {name}", f"{ran} of {planned}", n, *cells]


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "?"
    if estimate.low is None or estimate.high is None:
        return estimate.value_text()
    return f"{estimate.value_text()} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _sentences(evidence: Evidence) -> Iterator[str]:
    for question, a, b in QUESTIONS:
        for metric in METRICS:
            for one in evidence.comparisons:
                if (one.a, one.b, one.metric) == (a, b, metric):
                    yield f"{question}: {one.sentence()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
