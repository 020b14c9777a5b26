import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from fieldmark.backbones.weights import check_recorded_options, load_state, recorded_options
from fieldmark.core.errors import WeightsError

STATE = {"stem.weight": torch.arange(6.0).reshape(2, 3), "stem.count": torch.tensor(3)}


class Malicious:
    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.victim),)


def same(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == STATE.keys() and all(
        torch.equal(found[name], STATE[name]) for name in STATE
    )


@pytest.mark.parametrize("name", ["a.pt", "a.pth", "a.bin", "a.ckpt"])
@pytest.mark.parametrize("new_format", [True, False])
def test_torch_checkpoints_are_read(name: str, new_format: bool, tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / name, _use_new_zipfile_serialization=new_format)
    assert same(load_state(tmp_path / name))


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "a.safetensors")
    assert same(load_state(tmp_path / "a.safetensors"))


@pytest.mark.parametrize("stored", [torch.float16, torch.bfloat16, torch.float64])
def test_floating_storage_becomes_float32_and_whole_numbers_stay(
    stored: torch.dtype, tmp_path: Path
) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"w": torch.tensor([0.5, -2.0], dtype=stored), "n": torch.tensor([7])}, path)
    found = load_state(path)
    assert found["w"].dtype == torch.float32
    assert found["w"].tolist() == [0.5, -2.0]
    assert found["n"].dtype == torch.int64


def test_the_one_state_dict_among_other_values_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    optimiser = {"param_groups": [{"lr": 0.1}], "state": {}}
    torch.save({"state_dict": STATE, "epoch": 3, "optimizer": optimiser}, path)
    assert same(load_state(path))


def test_the_prefix_of_parallel_training_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({f"module.{name}": value for name, value in STATE.items()}, path)
    assert same(load_state(path))
    torch.save({"module.a": torch.zeros(1), "b": torch.zeros(1)}, path)
    assert set(load_state(path)) == {"module.a", "b"}


def test_parameters_lose_their_gradient(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2).state_dict(keep_vars=True), tmp_path / "a.pt")
    assert not load_state(tmp_path / "a.pt")["weight"].requires_grad


@pytest.mark.parametrize("wrapped", ["zip", "plain"])
@pytest.mark.parametrize("name", ["a.pt", "a.pth", "a.safetensors"])
def test_nothing_in_a_file_is_ever_run(name: str, wrapped: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    path = tmp_path / name
    content = {"weight": torch.zeros(1), "extra": Malicious(victim)}
    if wrapped == "zip":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(Malicious(victim)))
    with pytest.raises(WeightsError, match=path.name) as caught:
        load_state(path)
    assert not victim.exists()
    assert "\n" not in str(caught.value)


def test_the_old_format_of_torch_is_not_run_either(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    path = tmp_path / "a.pt"
    torch.save({"x": Malicious(victim)}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(WeightsError, match=r"holds Python objects .* was not run: save the plain"):
        load_state(path)
    assert not victim.exists()


def test_a_whole_module_is_refused_with_the_way_out(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "a.pt")
    with pytest.raises(
        WeightsError, match=r"Python objects \('torch.nn.modules.linear.Linear'\) .* \.safetensors"
    ):
        load_state(tmp_path / "a.pt")


def test_torchscript_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/constants.pkl", b"")
        archive.writestr("a/data.pkl", b"")
    with pytest.raises(WeightsError, match="is a TorchScript program, not tensors: save the"):
        load_state(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "Expected one state dict in .*a.pt; found none"),
        ({"epoch": 3}, "found none: save the plain state dict"),
        ([torch.zeros(1)], "found none"),
        (torch.zeros(3), "found none"),
        (
            {"model": {"w": torch.zeros(1)}, "model_ema": {"w": torch.zeros(1)}},
            r"found 2 \('model', 'model_ema'\)",
        ),
        ({"w": torch.tensor([1.0, float("nan")])}, "Expected finite weights in .*; 'w' hold NaN"),
    ],
)
def test_what_is_no_state_dict_is_refused(content: Any, message: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=message):
        load_state(tmp_path / "a.pt")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.safetensors", b"", "is damaged or no safetensors file .*: download it again"),
        ("a.safetensors", b"text that is long enough", "damaged or no safetensors file"),
        ("a.pt", b"", "that torch.save wrote; .* begins with b''"),
        ("a.pt", b"hello world", "that torch.save wrote; .* begins with b'hello world'"),
        ("a.npz", b"", r"weights as .safetensors, .pt, .pth, .bin or .ckpt; found .*a.npz"),
        ("a", b"", "found .*a: save the plain state dict"),
    ],
)
def test_damaged_and_foreign_files_are_refused(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        load_state(tmp_path / name)


def test_a_checkpoint_cut_short_is_refused(tmp_path: Path) -> None:
    for new_format in (True, False):
        torch.save(STATE, tmp_path / "a.pt", _use_new_zipfile_serialization=new_format)
        whole = (tmp_path / "a.pt").read_bytes()
        for length in (20, len(whole) // 2, len(whole) - 5):
            (tmp_path / "a.pt").write_bytes(whole[:length])
            with pytest.raises(WeightsError, match=r"a\.pt"):
                load_state(tmp_path / "a.pt")


def test_a_foreign_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("readme", "text")
    with pytest.raises(WeightsError, match="is damaged or no torch checkpoint"):
        load_state(tmp_path / "a.pt")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pt", tmp_path):
        with pytest.raises(
            WeightsError, match=r"Expected a weight file at .*; there is none: corr"
        ):
            load_state(path)


def recording(path: Path, create_kwargs: str | None) -> Path:
    metadata = None if create_kwargs is None else {"create_kwargs": create_kwargs}
    save_file(STATE, path, metadata=metadata)
    return path


def test_recorded_options_are_read_without_the_classifier(tmp_path: Path) -> None:
    record = json.dumps({"num_classes": 1000, "pad_type": "same"})
    path = recording(tmp_path / "a.safetensors", record)
    assert recorded_options(path) == {"pad_type": "same"}
    assert recorded_options(recording(tmp_path / "b.safetensors", None)) == {}
    torch.save(STATE, tmp_path / "c.pt")
    assert recorded_options(tmp_path / "c.pt") == {}


@pytest.mark.parametrize("options", [{}, {"pad_type": ""}, {"drop_path_rate": 0.1}])
def test_contradicting_options_are_refused_with_the_way_out(
    options: dict[str, Any], tmp_path: Path
) -> None:
    path = recording(tmp_path / "a.safetensors", '{"num_classes": 9, "pad_type": "same"}')
    given = options.get("pad_type", "absent")
    with pytest.raises(
        WeightsError,
        match=rf'asked for \(pad_type: same against {given}\): write options: {{"pad_type": "same"',
    ):
        check_recorded_options(path, options)


def test_agreeing_options_pass_and_further_ones_too(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.safetensors", '{"num_classes": 9, "pad_type": "same"}')
    check_recorded_options(path, {"pad_type": "same"})
    check_recorded_options(path, {"pad_type": "same", "drop_path_rate": 0.1})


@pytest.mark.parametrize("record", ["pad_type=same", "[1]", "3"])
def test_a_damaged_record_is_refused(record: str, tmp_path: Path) -> None:
    path = recording(tmp_path / "a.safetensors", record)
    with pytest.raises(WeightsError, match="records create_kwargs that are no JSON object"):
        recorded_options(path)
