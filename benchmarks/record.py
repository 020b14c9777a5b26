"""Shared by the benchmarks: timing in turns, and the table in docs/benchmarks.md.

Every benchmark measures its contenders in turns within one run, reports medians and the ratio to
its reference, and replaces its own section of the page: `python -m benchmarks.TOPIC`.
"""

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def time_in_turns(
    calls: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median seconds of each call; the calls take turns, after one round unmeasured.

    With ``time.process_time`` as clock they are seconds of processor time, of all threads.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            started = clock()
            call()
            if turn:
                seconds[name].append(clock() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


@dataclass(frozen=True)
class Taken:
    """Median CPU seconds, on all cores together, and median seconds on the clock."""

    cpu: float
    clock: float


def take_in_turns(
    calls: Mapping[str, Callable[[], object]], *, rounds: int = 5
) -> dict[str, Taken]:
    """Return what each call takes, processes that it waits for included; as `time_in_turns`."""
    taken: dict[str, list[Taken]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            cpu, clock = _cpu_seconds(), time.perf_counter()
            call()
            if turn:
                here = Taken(_cpu_seconds() - cpu, time.perf_counter() - clock)
                taken[name].append(here)
    return {
        name: Taken(
            statistics.median(one.cpu for one in found),
            statistics.median(one.clock for one in found),
        )
        for name, found in taken.items()
    }


def _cpu_seconds() -> float:
    return sum(os.times()[:4])


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers."""
    rule = ["---", *("--:" for _ in columns[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))


def write_section(topic: str, title: str, body: str) -> None:
    """Replace one topic's section of the page, or add it; say on what machine, and how busy."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    load = f"with a load of {os.getloadavg()[2]:.0f} over a quarter of an hour"
    command = f"`python -m benchmarks.{topic}`"
    section = (
        f"<!-- {topic} -->\n## {title}\n\n{body}\n\nMeasured by {command} on {machine}, {load}.\n"
        f"<!-- end of {topic} -->\n"
    )
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(f"<!-- {topic} -->.*?<!-- end of {topic} -->\n", re.DOTALL)
    found = pattern.search(text)
    text = pattern.sub(lambda _: section, text) if found else f"{text.rstrip()}\n\n{section}"
    PAGE.write_text(text, encoding="utf-8")
    print(section)
