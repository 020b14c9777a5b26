from pathlib import Path

import pytest

from fieldmark.workflows.weights_at_hand import weights_at_hand


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ("a1_in1k", "resnet18.a1_in1k is not in the local cache: download "),
        ("hf-hub:timm/somewhere", "hf-hub:timm/somewhere is not in the local cache: download "),
    ],
)
def test_published_weights_are_looked_for_in_the_cache_alone(
    fresh: Path, opened, rewrite, monkeypatch, weights: str, told: str
) -> None:
    there: list[str | None] = [None]
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: there[0])
    rewrite(
        fresh / "study.yaml",
        ("name: test_resnet, weights: random", f'name: resnet18, weights: "{weights}"'),
    )
    file = opened(fresh).file
    is_here, message = weights_at_hand(file, "probe")
    assert not is_here
    assert message.startswith(told)
    assert "run once with a connection" in message
    there[0] = "/cache/file"
    assert weights_at_hand(file, "probe") == (True, "/cache/file")


def test_a_file_and_a_seed_are_here(fresh: Path, opened, rewrite) -> None:
    assert weights_at_hand(opened(fresh).file, "knn") == (True, "drawn from a seed")
    (fresh / "net.safetensors").touch()
    rewrite(fresh / "study.yaml", ("weights: random", "weights: net.safetensors"))
    assert weights_at_hand(opened(fresh).file, "knn")[1] == str(fresh / "net.safetensors")
