import json
import re
from pathlib import Path

import pytest

from fieldmark.core.errors import StoreError
from fieldmark.export.bundle import file_problems, is_bundle, read_bundle


def rewrite_manifest(bundle: Path, **fields: object) -> None:
    manifest = bundle / "bundle.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(content | fields), encoding="utf-8")


def test_the_manifest_says_what_the_model_is(exported) -> None:
    found = read_bundle(exported("probe"))
    assert (found.study, found.contender, found.seed) == ("tiny", "probe", 0)
    assert (found.model, found.head_kind) == ("encoder-and-head", "linear")
    assert found.score_kind.value == "logits"
    assert found.ranks == ("phylum", "class", "order", "family", "genus", "species")
    assert len(found.classes) == 4
    assert found.contract["crop_size"] == 48
    assert found.backbone["name"] == found.tap["backbone"] == "test_resnet"
    assert found.training_count == 36
    assert found.licences[-1] == "Made for tests."
    assert {"fieldmark", "torch", "created"} <= found.provenance.keys()


def test_the_manifest_names_every_other_file(exported) -> None:
    folder = exported("probe")
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert read_bundle(folder).files.keys() == there - {"bundle.json"}
    assert {"backbone.safetensors", "MODEL_CARD.md", "taxonomy.json", "evaluation.json"} < there
    assert file_problems(read_bundle(folder), folder) == ()


def test_files_that_differ_are_named(bundle: Path) -> None:
    (bundle / "MODEL_CARD.md").unlink()
    (bundle / "taxonomy.json").write_text("{}")
    weights = bundle / "backbone.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    (bundle / "notes.txt").write_text("a file of mine is no problem")
    assert file_problems(read_bundle(bundle), bundle) == (
        "MODEL_CARD.md is missing.",
        "backbone.safetensors was changed after it was written.",
        f"taxonomy.json has 2 bytes; {read_bundle(bundle).files['taxonomy.json'].bytes} were"
        " written.",
    )


def test_no_bundle_is_refused(tmp_path: Path) -> None:
    assert not is_bundle(tmp_path)
    with pytest.raises(StoreError, match=re.escape("it has no bundle.json. Make one with")):
        read_bundle(tmp_path)


def test_another_format_is_refused(bundle: Path) -> None:
    rewrite_manifest(bundle, format="fieldmark bundle 2")
    with pytest.raises(
        StoreError, match=r"Expected the format 'fieldmark bundle 1' in .*'fieldmark bundle 2'\."
    ):
        read_bundle(bundle)


def test_a_changed_manifest_is_refused(bundle: Path) -> None:
    classes = list(read_bundle(bundle).classes)
    rewrite_manifest(bundle, classes=classes[::-1])
    with pytest.raises(StoreError, match=r"was changed after it was written: its digest is"):
        read_bundle(bundle)


def test_a_damaged_manifest_is_refused(bundle: Path) -> None:
    rewrite_manifest(bundle, seed="zero", surprise=1)
    with pytest.raises(StoreError, match=r"is damaged: 2 fields not as written \('seed', 'surp"):
        read_bundle(bundle)
    (bundle / "bundle.json").write_text("[1]")
    with pytest.raises(StoreError, match=r"it says \[1\]"):
        read_bundle(bundle)
