"""What the search for near-copies costs among as many photographs as FungiTastic has."""

import resource
from collections.abc import Callable
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt

from benchmarks.record import Taken, markdown_table, take_in_turns, write_section
from fieldmark.images.duplicates import HASH_BITS, near_by_hash
from fieldmark.images.hash_search import near_hashes
from fieldmark.images.perceptual import Look

COUNTS = (80_000, 611_000)
BLANK = 20_000
_MIB = 1024


def main() -> None:
    """Measure both sizes, and all compared with all at the smaller one, each in its own process."""
    cases = [
        ("all compared with all", COUNTS[0], all_with_all),
        *(("`near_hashes`", count, search) for count in COUNTS),
        *(("`near_by_hash`, thumbnails compared", count, groups) for count in COUNTS),
        (f"`near_by_hash`, {BLANK:,} of them nearly blank", COUNTS[1], groups_with_blanks),
    ]
    rows = []
    for name, count, measure in cases:
        with get_context("spawn").Pool(1) as pool:
            taken, found, rise = pool.apply(measure, (count,))
        rows.append((name, f"{count:,}", f"{taken.cpu:.1f}", f"{rise:,.0f}", f"{found:,}"))
    table = markdown_table(
        ("what", "pictures", "CPU seconds", "rise of memory, MiB", "pairs or groups"), rows
    )
    write_section(
        "near_copies",
        "Near-copies by perceptual hash",
        f"Random hashes of 64 bits, with a copy of every tenth that differs in up to {HASH_BITS}"
        " bits, and of every thousandth thirty more around it. No pair is missed or given twice,"
        " which tests check against a slow loop. The nearly blank ones have two hashes, and"
        f" thumbnails of their own: 200 million pairs.\n\n{table}",
    )


def hashes_of(count: int) -> npt.NDArray[np.uint64]:
    """Return random hashes, of which some stand in pairs and some in clusters."""
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    tenth, thousandth = count // 10, count // 1000
    hashes[-tenth:] = _flipped(hashes[:tenth], rng)
    around = np.repeat(hashes[tenth : tenth + thousandth], 30)
    hashes[2 * tenth : 2 * tenth + len(around)] = _flipped(around, rng)
    return hashes


def _flipped(hashes: npt.NDArray[np.uint64], rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    found = hashes.copy()
    for _ in range(HASH_BITS):
        bits = rng.integers(0, 64, len(found), dtype=np.uint64)
        found ^= np.where(rng.random(len(found)) < 0.5, np.uint64(1) << bits, np.uint64(0))
    return found


def looks_of(count: int, *, blank: int) -> dict[str, Look]:
    """Return pictures of those hashes, near ones alike; some nearly blank, no two of them equal."""
    rng = np.random.default_rng(1)
    field = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    looks = {
        str(place): Look(hash_, field) for place, hash_ in enumerate(hashes_of(count).tolist())
    }
    for place in range(blank):
        levels = rng.integers(0, 3, (16, 16, 3), dtype=np.uint8)
        looks[str(place)] = Look(int(place % 2) << 63, levels)
    return looks


def all_with_all(count: int) -> tuple[Taken, int, float]:
    """Measure the plain way, which compares all pairs."""
    hashes = hashes_of(count)

    def compare() -> int:
        found = 0
        for start in range(0, count, 64):
            differing = np.bitwise_count(hashes[start : start + 64, None] ^ hashes[start:])
            found += int(np.count_nonzero(np.triu(differing <= HASH_BITS, 1)))
        return found

    return _measured(compare)


def search(count: int) -> tuple[Taken, int, float]:
    """Measure the pairs of near hashes."""
    hashes = hashes_of(count)
    return _measured(lambda: len(near_hashes(hashes, distance=HASH_BITS)[0]))


def groups(count: int) -> tuple[Taken, int, float]:
    """Measure the groups, thumbnails included."""
    looks = looks_of(count, blank=0)
    return _measured(lambda: len(near_by_hash(looks)))


def groups_with_blanks(count: int) -> tuple[Taken, int, float]:
    """Measure the groups where many pictures are all near each other."""
    looks = looks_of(count, blank=BLANK)
    return _measured(lambda: len(near_by_hash(looks)))


def _measured(call: Callable[[], int]) -> tuple[Taken, int, float]:
    found: list[int] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = take_in_turns({"": lambda: found.append(call())}, rounds=1)[""]
    rise = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / _MIB
    return taken, found[-1], rise


if __name__ == "__main__":
    main()
