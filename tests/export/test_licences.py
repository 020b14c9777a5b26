from fieldmark.backbones.specs import BackboneSpec
from fieldmark.export.licences import licence_notes


def note(*args: str, **fields: str) -> str:
    (sentence,) = licence_notes(BackboneSpec(*args, **fields))
    return sentence


def test_what_is_known_of_a_licence_is_said() -> None:
    assert "mine.safetensors, which states no licence" in note("resnet18", "/a/mine.safetensors")
    assert "/a/" not in note("resnet18", "/a/mine.safetensors")
    assert "under the licence apache-2.0" in note("mobilenetv2_100", "ra_in1k")
    assert "under the licence CC-BY-4.0" in note("resnet18", "mine.pt", licence="CC-BY-4.0")
    assert "came from hf-hub:me/net" in note("resnet18", "hf-hub:me/net")
    assert "without a recorded licence" in note("open_clip:ViT-B-32", "laion2b_s34b_b79k")
