import numpy as np
import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.report.exhibits import ExampleImage, LearningCurve, media_type_of, right_and_wrong


def test_the_counts_of_a_confusion_are_read_only_copies(make) -> None:
    counts = np.array([[2, 1], [0, 3]])
    confusion = make.confusion(names=("a", "b"), counts=counts, blocks=())
    counts[0, 0] = 99
    assert confusion.counts.tolist() == [[2, 1], [0, 3]]
    with pytest.raises(ValueError, match="read-only"):
        confusion.counts[0, 0] = 1


def test_a_matrix_of_another_width_is_refused(make) -> None:
    with pytest.raises(FieldmarkError, match=r"shape \(2, 2\).*got \(3, 3\)"):
        make.confusion(names=("a", "b"))


def test_blocks_that_do_not_fill_the_matrix_are_refused(make) -> None:
    with pytest.raises(FieldmarkError, match="together span 3 classes; they span 2"):
        make.confusion(blocks=(("x", 1), ("y", 1)))


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_the_media_type_is_read_from_the_bytes(make, kind, media_type) -> None:
    example = ExampleImage(make.thumbnail(kind), "img-1", "oak", "elm", "probe")
    assert example.media_type == media_type


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", b"GIF89a"])
def test_other_bytes_than_png_and_jpeg_are_refused(data) -> None:
    with pytest.raises(FieldmarkError, match="thumbnail of 'img-1' as PNG or JPEG"):
        ExampleImage(data, "img-1", "oak", "elm", "probe")


@pytest.mark.parametrize("epoch", [0, 3])
def test_a_chosen_epoch_that_never_was_is_refused(epoch) -> None:
    with pytest.raises(FieldmarkError, match=rf"epoch of 'probe/seed-0' in 1 to 2; got {epoch}"):
        LearningCurve("probe/seed-0", "macro F1", (0.1, 0.2), epoch)


def test_examples_are_parted_in_their_order(make) -> None:
    examples = [make.example("oak", answer) for answer in ("elm", "oak", "ash")]
    right, wrong = right_and_wrong(examples)
    assert [example.predicted for example in right] == ["oak"]
    assert [example.predicted for example in wrong] == ["elm", "ash"]


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (None, ""),
        (0.95, "at least 90 %"),
        (0.9, "at least 90 %"),
        (0.5, "50 to 90 %"),
        (0.49, "below 50 %"),
    ],
)
def test_how_sure_an_answer_is(make, probability, words) -> None:
    assert make.example("oak", "elm", probability=probability).sureness == words


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\x89PNG\r\n\x1a\n..", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF89a", "")],
)
def test_the_media_type_is_told_by_the_first_bytes(content: bytes, kind: str) -> None:
    assert media_type_of(content) == kind
