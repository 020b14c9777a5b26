import subprocess
import sys

import pytest

numba = pytest.importorskip("numba")
compiled_rows = pytest.importorskip("fieldmark.predictions.compiled_rows")


def test_a_kernel_that_cannot_be_kept_on_disk_is_compiled_anew(monkeypatch) -> None:
    asked = []

    def njit(kernel, **flags):
        asked.append(flags)
        if flags.get("cache"):
            raise RuntimeError("cannot cache function: no locator available for file")
        return kernel

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled_rows._compiled(len, fastmath={"reassoc"}) is len
    assert [flags.get("cache") for flags in asked] == [True, None]
    assert all(flags["nogil"] and flags["fastmath"] == {"reassoc"} for flags in asked)


def test_only_sums_of_squares_may_be_taken_in_any_order() -> None:
    kernels = compiled_rows.COMPILED_KERNELS
    compiled = {
        "places": kernels.places,
        "sums_of_squares": kernels.sums_of_squares,
        "standings": compiled_rows._compiled_standings,
        "turn": compiled_rows._turn,
        "add": compiled_rows._add,
        "look": compiled_rows._look,
    }
    flags = {name: one.targetoptions.get("fastmath", False) for name, one in compiled.items()}
    assert flags == {**dict.fromkeys(compiled, False), "sums_of_squares": {"reassoc", "contract"}}


def test_numba_is_not_loaded_until_a_table_is_large() -> None:
    code = "import sys, fieldmark.predictions.summary; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
