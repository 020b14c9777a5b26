"""A head was silently initialised anew because the class count differed."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import NotComparableError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.linear import LinearSettings, fit_linear
from fieldmark.heads.storage import load_head, save_head
from fieldmark.manifest.labels import LabelSpace

LEARNT = LabelSpace(("Amanita muscaria", "Amanita pantherina", "Boletus edulis"))
ASKED = LabelSpace(("Amanita muscaria", "Amanita phalloides"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    embeddings = EmbeddingSet(("a", "b", "c"), np.eye(3, dtype=np.float32), {}, {})
    head = fit_linear(
        embeddings, np.arange(3), label_space=LEARNT, seed=0, settings=LinearSettings(epochs=1)
    )
    save_head(head, tmp_path / "head")
    return tmp_path / "head"


def test_trap_06_a_head_for_other_classes_is_refused_and_both_are_named(folder: Path) -> None:
    with pytest.raises(NotComparableError) as refusal:
        load_head(folder, label_space=ASKED)
    message = str(refusal.value)
    assert "the 3 classes 'Amanita muscaria', 'Amanita pantherina', 'Boletus edulis'" in message
    assert "the 2 classes 'Amanita muscaria', 'Amanita phalloides'" in message
    assert "only in the head: 'Amanita pantherina', 'Boletus edulis'" in message
    assert "only in the question: 'Amanita phalloides'" in message


def test_trap_06_the_same_count_of_other_classes_is_refused_too(folder: Path) -> None:
    renamed = LabelSpace((*LEARNT.classes[:2], "Boletus aereus"))
    with pytest.raises(NotComparableError, match="only in the question: 'Boletus aereus'"):
        load_head(folder, label_space=renamed)


def test_trap_06_the_right_classes_keep_their_weights(folder: Path) -> None:
    head = load_head(folder, label_space=LabelSpace(LEARNT.classes))
    assert head.digest == load_head(folder).digest
