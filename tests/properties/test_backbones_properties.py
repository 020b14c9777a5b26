import io
import tempfile
from pathlib import Path

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from fieldmark.backbones.loading import load_into
from fieldmark.backbones.weights import load_state
from fieldmark.core.errors import WeightsError

QUIET = settings(deadline=None, max_examples=80, database=None)
STATE = {"a.weight": torch.arange(12.0).reshape(3, 4), "b": torch.arange(3)}
ENDINGS = (".pt", ".old.pt", ".safetensors")


def stored(ending: str) -> bytes:
    if ending == ".safetensors":
        return save(STATE)
    written = io.BytesIO()
    torch.save(STATE, written, _use_new_zipfile_serialization=ending == ".pt")
    return written.getvalue()


@QUIET
@given(ending=st.sampled_from(ENDINGS), data=st.data())
def test_damage_gives_tensors_or_a_weights_error(ending: str, data: st.DataObject) -> None:
    content = bytearray(stored(ending))
    places = st.integers(0, len(content) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        content[place] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net{ending}"
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            found = load_state(path)
        except WeightsError:
            return
    assert all(bool(value.isfinite().all()) for value in found.values())


@QUIET
@given(kept=st.sets(st.sampled_from(sorted(torch.nn.Linear(3, 2).state_dict()))))
def test_coverage_and_names_always_add_up(kept: set[str]) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(3, 2))
    state = {f"0.{name}": torch.zeros_like(model[0].state_dict()[name]) for name in kept}
    if not state:
        return
    report = load_into(model, state, minimum_coverage=0.0)
    assert len(report.matched) + len(report.missing) == 4
    assert set(report.matched) == set(state)
    assert 0 < report.coverage <= 0.5
