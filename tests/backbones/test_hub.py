import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from fieldmark.backbones import hub
from fieldmark.backbones.hub import address_of, cached_weights, published_weights
from fieldmark.core.errors import WeightsError

RECORD = {"hf_hub_id": "timm/test_vit.r160_in1k"}
NAME = "test_vit.r160_in1k"


def put(cache: Path, file_name: str, revision: str = "main") -> Path:
    """Lay a file where the hub's own client would have put it."""
    folder = cache / "models--timm--test_vit.r160_in1k"
    commit = "0" * 40
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / revision).write_text(commit)
    path = folder / "snapshots" / commit / file_name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)


@pytest.mark.parametrize("file_name", ["model.safetensors", "pytorch_model.bin"])
def test_the_cache_is_looked_at_first(file_name: str, tmp_path: Path, unreachable: None) -> None:
    path = put(tmp_path, file_name)
    assert published_weights(NAME, RECORD, cache=tmp_path) == path


def test_whether_the_cache_has_it_is_told_without_asking_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_problem_with", None)
    assert cached_weights(NAME, RECORD, cache=tmp_path) is None
    address = address_of(NAME, RECORD)
    assert address.endswith("/timm/test_vit.r160_in1k/resolve/main/model.safetensors")
    path = put(tmp_path, "pytorch_model.bin")
    assert cached_weights(NAME, RECORD, cache=tmp_path) == path
    for ask in (cached_weights, address_of):
        with pytest.raises(WeightsError, match="No weights of x are published"):
            ask("x", {})


def test_a_stated_file_and_revision_are_followed(tmp_path: Path, unreachable: None) -> None:
    path = put(tmp_path, "other.bin", revision="v2")
    record = {"hf_hub_id": "timm/test_vit.r160_in1k@v2", "hf_hub_filename": "other.bin"}
    assert published_weights(NAME, record, cache=tmp_path) == path
    with pytest.raises(WeightsError, match="not in the local cache"):
        published_weights(NAME, {**record, "hf_hub_id": RECORD["hf_hub_id"]}, cache=tmp_path)


def test_an_unreachable_hub_is_told_with_the_way_out(tmp_path: Path, unreachable: None) -> None:
    with pytest.raises(
        WeightsError,
        match=r"of test_vit.r160_in1k are not in the local cache and cannot be fetched "
        r"\(no route\): download https://huggingface.co/timm/test_vit.r160_in1k/resolve/main/"
        r"model.safetensors elsewhere and give the file's path as `weights:`",
    ):
        published_weights(NAME, RECORD, cache=tmp_path)


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/file"


def test_a_hub_that_never_answers_does_not_hang(
    silent_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub, "hf_hub_url", lambda *_, **__: silent_server)
    monkeypatch.setattr(hub, "_HEADER_SECONDS", 0.2)
    started = time.perf_counter()
    with pytest.raises(WeightsError, match=f"download {silent_server} elsewhere"):
        published_weights(NAME, RECORD, cache=tmp_path)
    assert time.perf_counter() - started < 3


def test_a_refused_connection_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/file"
    monkeypatch.setattr(huggingface_hub, "hf_hub_url", lambda *_, **__: url)
    with pytest.raises(WeightsError, match=r"cannot be fetched \(.*[Cc]onnection refused"):
        published_weights(NAME, RECORD, cache=tmp_path)


def test_a_name_service_that_hangs_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda *_, **__: time.sleep(1.0))
    monkeypatch.setattr(hub, "_PATIENCE_SECONDS", 0.1)
    with pytest.raises(WeightsError, match=r"cannot be fetched \(no answer within 0.1 s\)"):
        published_weights(NAME, RECORD, cache=tmp_path)


def test_a_reachable_hub_gives_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def give(*arguments: Any, **options: Any) -> str:
        asked.append((*arguments, options["revision"]))
        return str(tmp_path / "fetched")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda *_, **__: None)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", give)
    assert published_weights(NAME, RECORD, cache=tmp_path) == tmp_path / "fetched"
    assert asked == [("timm/test_vit.r160_in1k", "model.safetensors", None)]


def test_a_download_that_breaks_off_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> str:
        raise OSError("broken pipe\nsecond line")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda *_, **__: None)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
    with pytest.raises(WeightsError, match=r"cannot be fetched \(broken pipe\): download"):
        published_weights(NAME, RECORD, cache=tmp_path)


def test_unpublished_weights_are_told() -> None:
    with pytest.raises(WeightsError, match=r"No weights of a\.b are published: give a file as"):
        published_weights("a.b", {})
    with pytest.raises(WeightsError, match=r"not on the model hub: download http://x/y\.pth and"):
        published_weights("a.b", {"url": "http://x/y.pth"})
