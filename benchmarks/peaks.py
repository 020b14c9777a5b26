"""How fast matrix products can be here, and which share of that a network reaches."""

import time

import numpy as np

from benchmarks.record import Taken


def matrix_peaks() -> dict[str, float]:
    """Return the operations per CPU second of a large product, in float32 and bfloat16."""
    import torch

    found = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        one, two = (torch.randn(2048, 2048).to(dtype) for _ in range(2))
        best = np.inf
        for _ in range(6):
            started = time.process_time()
            torch.mm(one, two)
            best = min(best, time.process_time() - started)
        found[name] = 2 * 2048**3 / best
    return found


def share(work: float, taken: Taken, peak: float) -> str:
    """Return which share of the peak was reached."""
    return f"{work / taken.cpu / peak:.0%}"
