import random
from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.core.errors import StoreError
from fieldmark.training.checkpoints import (
    Checkpoint,
    load_checkpoint,
    random_states,
    restore_random_states,
    save_checkpoint,
)

KEY = {"settings": "a", "seed": "0"}


def test_what_is_saved_comes_back_without_pickle(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    assert load_checkpoint(path, key=KEY) is None
    content = {"weights": {"w": torch.ones(2)}, "random": random_states(), "epoch": 3}
    save_checkpoint(Checkpoint(KEY, content), path)
    found = load_checkpoint(path, key=KEY)
    assert found.content["epoch"] == 3
    assert found.content["weights"]["w"].tolist() == [1, 1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.pt"]


def test_the_state_of_another_training_is_refused(tmp_path: Path) -> None:
    save_checkpoint(Checkpoint(KEY, {}), tmp_path / "last.pt")
    with pytest.raises(StoreError, match="belongs to another training: its 'seed' differ"):
        load_checkpoint(tmp_path / "last.pt", key=KEY | {"seed": "1"})


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(StoreError, match="not the state of a training, or damaged"):
        load_checkpoint(tmp_path / "last.pt", key=KEY)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    torch.save({"format": "other 1", "key": {}, "content": {}}, tmp_path / "last.pt")
    with pytest.raises(StoreError, match=r"Expected 'fieldmark training 1' .* 'other 1'"):
        load_checkpoint(tmp_path / "last.pt", key=KEY)


def test_generators_go_on_where_they_were() -> None:
    def draw() -> list[float]:
        return [random.random(), float(np.random.random()), float(torch.rand(()))]  # noqa: NPY002

    states = random_states()
    first = draw()
    draw()
    restore_random_states(states)
    assert draw() == first
