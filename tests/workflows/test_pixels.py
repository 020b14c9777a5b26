import dataclasses
from pathlib import Path

from fieldmark.backbones.encoders import open_encoder
from fieldmark.core.progress import SilentProgress
from fieldmark.export.bundle import read_bundle
from fieldmark.heads.storage import load_head
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.images.seen_pixels import seen_pixels
from fieldmark.workflows import pixels as module
from fieldmark.workflows.exporting import export_contender
from fieldmark.workflows.learning import HEAD, backbone_spec
from fieldmark.workflows.pixels import pixel_worries, pixels_of

SEEN = PixelStatistics(300, -2.1, 2.6, (0.0,) * 3, (1.0,) * 3, (0.4,) * 3)


class Listener(SilentProgress):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def test_a_part_is_measured_once(ran: Path, opened, monkeypatch) -> None:
    ground = opened(ran)
    contender = ground.file.study.contenders["knn"]
    contract = open_encoder(backbone_spec(ground.file, contender.backbone)).contract
    images = ground.manifest.select(ground.split.ids("train"))
    found = pixels_of(ground, contract, "train")
    assert found == seen_pixels(images.image_paths(), contract)
    monkeypatch.setattr(module, "seen_pixels", None)
    assert pixels_of(ground, contract, "train") == found
    result = ground.ledger.result(ground.cells[-1])
    assert load_head(result / HEAD).origin.pixels == found


def test_the_bundle_and_its_card_hold_them(ran: Path, opened, tmp_path: Path) -> None:
    bundle = export_contender(opened(ran), "knn", tmp_path / "b")
    assert bundle.pixels is not None
    assert PixelStatistics.from_dict(bundle.pixels).pictures == bundle.training_count
    card = (tmp_path / "b" / "MODEL_CARD.md").read_text()
    assert f"- {bundle.training_count} prepared images of them reach from " in card
    assert read_bundle(tmp_path / "b") == bundle
    before = bundle.model_copy(update={"pixels": None})
    assert "pixels" not in before.to_dict()
    assert before.digest != bundle.digest


def test_a_judged_part_that_is_far_is_a_worry() -> None:
    listener = Listener()
    dark = dataclasses.replace(SEEN, mean=(-1.88, 0.0, 0.0))
    judged = {"test": dark, "validation": SEEN, "none": None}
    (worry,) = pixel_worries(SEEN, judged, listener)
    assert [worry["sentence"]] == listener.said
    assert listener.said[0].startswith(
        "Part 'test': The 300 pictures are unlike those of training: red is darker by 4.7 training"
    )
    assert pixel_worries(None, judged, listener) == []
