from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture
def shared() -> Path:
    if not (SHARED / "weights").is_dir():
        pytest.skip("the real weights do not lie beside this checkout")
    return SHARED
