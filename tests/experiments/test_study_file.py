from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.contenders import TrainedContender
from fieldmark.experiments.study_file import read_study, resolved_yaml, study_schema

Changed = Callable[..., Path]


def test_a_study_is_read_whole(changed: Changed) -> None:
    file = read_study(changed())
    study = file.study
    assert study.protocol.selection is not None
    assert study.protocol.selection.on == "validation"
    assert list(study.contenders) == ["mobilenet-probe", "mobilenet-knn", "incumbent"]
    assert study.claims[0].at_least == 0.945
    assert file.path.name == "grocery.yaml"


def test_a_study_may_be_given_by_its_folder(changed: Changed, tmp_path: Path) -> None:
    changed().rename(tmp_path / "study.yaml")
    assert read_study(tmp_path).path == tmp_path / "study.yaml"


def test_paths_start_from_the_folder_of_the_file(
    changed: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = changed()
    monkeypatch.chdir(tmp_path)
    file = read_study(Path(path.name))
    assert file.locate("manifest.csv") == tmp_path.resolve() / "manifest.csv"
    assert file.locate("/data/m.csv") == Path("/data/m.csv")


def test_numbers_and_words_of_yaml_1_2(changed: Changed) -> None:
    file = read_study(
        changed(("epochs: 40", "learning_rate: 1e-3"), ("group: observation", "group: NO"))
    )
    probe = file.study.contenders["mobilenet-probe"]
    assert isinstance(probe, TrainedContender)
    assert probe.head.model_dump()["learning_rate"] == 1e-3
    assert file.study.data.group == "NO"


def test_a_byte_order_mark_is_no_part_of_the_first_key(changed: Changed) -> None:
    path = changed()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_study(path).study.study == "grocery"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "backbone: {name: mobilenetv2_100, weights: nets/a.safetensors, options: {pad_type: "
            "same}}\n    head: {kind: knn",
            "bakcbone: {name: mobilenetv2_100}\n    head: {kind: knn",
            "grocery.yaml, line 19: unknown key 'bakcbone' in contenders.mobilenet-knn; did you "
            "mean 'backbone'? Known keys: backbone, head.",
        ),
        (
            "task: taxonomy",
            "taks: taxonomy",
            "grocery.yaml, line 2: unknown key 'taks'; did you mean 'task'? Known keys: study, "
            "task, data, protocol, contenders, reference, ablation, claims, decisions.",
        ),
        (
            "{predictions: ",
            "{predictoins: ",
            "grocery.yaml, line 21: unknown key 'predictoins' in contenders.incumbent; did you "
            "mean 'predictions'? Known keys: predictions, kind.",
        ),
        (
            "kind: probabilities",
            "kind: probs",
            "grocery.yaml, line 21: contenders.incumbent.kind should be 'logits', 'probabilities' "
            "or 'similarities', not 'probs'.",
        ),
        (
            "kind: linear",
            "kind: lniear",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head.kind should be one of "
            "'linear', 'logistic', 'ridge', 'mlp', 'knn', 'prototypes', 'hierarchical', not "
            "'lniear'; did you mean 'linear'?",
        ),
        (
            "kind: linear, ",
            "",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head needs the key 'kind'.",
        ),
        (
            "head: {kind: knn, neighbours: 5}",
            "head: knn",
            "grocery.yaml, line 20: contenders.mobilenet-knn.head should be a mapping of keys to "
            "values, not 'knn'.",
        ),
        (
            "    head: {kind: knn, neighbours: 5}\n",
            "",
            "grocery.yaml, line 18: contenders.mobilenet-knn needs the key 'head'.",
        ),
        ("task: taxonomy\n", "", "grocery.yaml, line 1: the study needs the key 'task'."),
        (
            "study: grocery",
            "study: 2024",
            "grocery.yaml, line 1: study should be text, not 2024; put it in quotes.",
        ),
        (
            "study: grocery",
            "study: ../x",
            "grocery.yaml, line 1: study should be a name of letters, digits, '_', '-', '+' or "
            "'.', the first a letter or a digit, not '../x'.",
        ),
        (
            "study: grocery",
            "study: ''",
            "grocery.yaml, line 1: study should be a name of letters, digits, '_', '-', '+' or "
            "'.', the first a letter or a digit, not ''.",
        ),
        (
            "  mobilenet-knn:",
            "  mobilenet knn:",
            "grocery.yaml, line 18: contenders.mobilenet knn should be a name of letters, digits, "
            "'_', '-', '+' or '.', the first a letter or a digit, not 'mobilenet knn'.",
        ),
        (
            "manifest: manifest.csv",
            "manifest:",
            "grocery.yaml, line 4: data.manifest should be text, not nothing.",
        ),
        (
            "manifest: manifest.csv",
            "manifest: ''",
            "grocery.yaml, line 4: data.manifest should be text that is not empty, not ''.",
        ),
        (
            "seeds: [0, 1, 2]",
            "seeds: 3",
            "grocery.yaml, line 13: protocol.seeds should be a list, not 3.",
        ),
        (
            "seeds: [0, 1, 2]",
            "seeds: []",
            "grocery.yaml, line 13: protocol.seeds should be at least 1 long, not an empty list.",
        ),
        (
            "seeds: [0, 1, 2]",
            "seeds:\n    - 0\n    - -1",
            "grocery.yaml, line 15: protocol.seeds.1 should be at least 0, not -1.",
        ),
        (
            "seeds: [0, 1, 2]",
            "level: 95",
            "grocery.yaml, line 13: protocol.level should be less than 1, not 95.",
        ),
        (
            "seeds: [0, 1, 2]",
            "allow_selection_on_report: yes",
            "grocery.yaml, line 13: protocol.allow_selection_on_report should be true or false, "
            "not 'yes'.",
        ),
        (
            "epochs: 40",
            "epochs: 1.5",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head.epochs should be a whole "
            "number, not 1.5.",
        ),
        (
            "epochs: 40",
            "epochs: true",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head.epochs should be a whole "
            "number, not true.",
        ),
        (
            "epochs: 40",
            "learning_rate: 0",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head.learning_rate should be "
            "greater than 0, not 0.",
        ),
        (
            "epochs: 40",
            "learning_rate: .nan",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head.learning_rate should be a "
            "finite number, not nan.",
        ),
        (
            "epochs: 40",
            "learning_rate: [1]",
            "grocery.yaml, line 17: contenders.mobilenet-probe.head.learning_rate should be a "
            "number, not a list.",
        ),
        (
            "reference: incumbent",
            "reference: incumbant",
            "grocery.yaml, line 22: the reference 'incumbant' is no contender; did you mean "
            "'incumbent'? There are: mobilenet-probe, mobilenet-knn, incumbent.",
        ),
        (
            "at_least: 0.945, ",
            "",
            "grocery.yaml, line 24: a claim needs either 'at_least' or 'at_most'; neither is "
            "given.",
        ),
        (
            "split: official_split",
            "split: {kind: hold, fractions: {train: 0.5, test: 0.5}}",
            "grocery.yaml, line 9: data.split.kind should be one of 'holdout', 'group_kfold', "
            "'leave_one_group_out', 'time', 'few_shot', 'new_session', 'new_identity', "
            "'mixed_identities', not 'hold'; did you mean 'holdout'?",
        ),
        (
            "contenders:\n",
            "contenders: {}\nx:\n",
            "grocery.yaml, line 15: unknown key 'x'. Known keys: study, task, data, protocol, "
            "contenders, reference, ablation, claims, decisions.",
        ),
        (
            "task: taxonomy",
            "task: taxonomy\ntask: other",
            "grocery.yaml, line 3: the key 'task' comes twice, first in line 2; keep one of them.",
        ),
        (
            "task: taxonomy",
            "task: taxnomy",
            "grocery.yaml, line 2: Unknown task 'taxnomy'; did you mean 'taxonomy'? There are: "
            "taxonomy.",
        ),
        (
            "metric: macro_f1",
            "metric: macro-f1",
            "grocery.yaml, line 11: Unknown metric 'macro-f1'; did you mean 'macro_f1'? There "
            "are: accuracy, macro_f1.",
        ),
        (
            "metric: accuracy",
            "metric: acuracy",
            "grocery.yaml, line 24: Unknown metric 'acuracy'; did you mean 'accuracy'? There are: "
            "accuracy, macro_f1.",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_line(
    changed: Changed, old: str, new: str, message: str
) -> None:
    with pytest.raises(StudyError) as caught:
        read_study(changed((old, new)), tasks=["taxonomy"], metrics=["accuracy", "macro_f1"])
    assert str(caught.value) == message


def test_words_are_not_checked_without_a_list(changed: Changed) -> None:
    path = changed(("task: taxonomy", "task: naming"), ("metric: accuracy", "metric: x"))
    assert read_study(path).study.task == "naming"


def test_several_faults_come_in_the_order_of_reading(changed: Changed) -> None:
    path = changed(
        ("seeds: [0, 1, 2]", "seeds: 3"),
        ("epochs: 40", "epochs: many"),
        ("manifest: manifest.csv", "manfest: manifest.csv"),
    )
    with pytest.raises(StudyError) as caught:
        read_study(path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0][-2:] for line in lines] == [" 4", "13", "17"]


def test_very_many_faults_are_counted(changed: Changed) -> None:
    seeds = ", ".join(["x"] * 14)
    with pytest.raises(StudyError, match=r"There are 4 more problems.$") as caught:
        read_study(changed(("[0, 1, 2]", f"[0, {seeds}]")))
    assert len(str(caught.value).splitlines()) == 11


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "s.yaml is empty; a study needs the keys study, task, data, contenders"),
        ("# nothing\n", "s.yaml is empty"),
        ("- study\n", "s.yaml, line 1: expected the keys of a study .*; got a list"),
        ("study", "s.yaml, line 1: expected the keys of a study .*; got a single value"),
        ("study:\n\ttask", "s.yaml, line 2 is not valid YAML: .*not with tabs"),
    ],
)
def test_what_is_no_study_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=message):
        read_study(tmp_path / "s.yaml")


def test_a_file_that_is_not_there_is_named_with_its_neighbour(changed: Changed) -> None:
    path = changed()
    with pytest.raises(StudyError, match=r"no study file at .*grocrey.yaml; did you mean 'grocery"):
        read_study(path.with_name("grocrey.yaml"))
    with pytest.raises(StudyError, match=r"There is no study file at .*other/s.yaml\.$"):
        read_study(path.parent / "other" / "s.yaml")


def test_a_folder_without_a_study_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"holds no file study.yaml; name the study file itself"):
        read_study(tmp_path)


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"study: gr\xfcn\n")
    with pytest.raises(StudyError, match=r"s.yaml is not UTF-8 \(byte 9\); save it as UTF-8"):
        read_study(tmp_path / "s.yaml")


def test_a_file_that_cannot_be_read_is_refused(
    changed: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    path = changed()
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(StudyError, match=r"grocery.yaml cannot be read \(Permission denied\)"):
        read_study(path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["protocol.sedes=[0]"],
            "--set protocol.sedes=[0]: unknown key 'sedes' in protocol; did you mean 'seeds'? "
            "Known keys: selection, report_on, seeds, resamples, level, classes, "
            "critical, observations, metadata_prior, prior_shift, "
            "allow_selection_on_report.",
        ),
        (
            ["protocl.seeds=[0]"],
            "--set protocl.seeds=[0]: unknown key 'protocl'; did you mean 'protocol'? Known keys: "
            "study, task, data, protocol, contenders, reference, ablation, claims, decisions.",
        ),
        (
            ["contenders.mobilenet-probe.head.epochs=three"],
            "--set contenders.mobilenet-probe.head.epochs=three: contenders.mobilenet-probe.head."
            "epochs should be a whole number, not 'three'.",
        ),
        (
            ["reference=x"],
            "--set reference=x: the reference 'x' is no contender. There are: mobilenet-probe, "
            "mobilenet-knn, incumbent.",
        ),
        (
            ["protocol.selection.metric=x"],
            "--set protocol.selection.metric=x: Unknown metric 'x'. There are: accuracy, macro_f1.",
        ),
    ],
)
def test_a_faulty_setting_stands_in_place_of_the_line(
    changed: Changed, settings: list[str], message: str
) -> None:
    with pytest.raises(StudyError) as caught:
        read_study(changed(), settings, metrics=["accuracy", "macro_f1"])
    assert str(caught.value) == message


def test_of_two_settings_the_later_wins(changed: Changed) -> None:
    study = read_study(changed(), ["protocol.seeds=[7]", "protocol.seeds=[8, 9]"]).study
    assert study.protocol.seeds == (8, 9)


def test_a_setting_may_change_the_kind_of_head(changed: Changed) -> None:
    setting = "contenders.mobilenet-probe.head={kind: prototypes, scale: 10}"
    contender = read_study(changed(), [setting]).study.contenders["mobilenet-probe"]
    assert isinstance(contender, TrainedContender)
    assert contender.head.kind == "prototypes"


def test_a_resolved_study_reads_as_the_same_study(changed: Changed, tmp_path: Path) -> None:
    study = read_study(changed(("group: observation", "group: '1e-3'")), ["data.id='NO'"]).study
    (tmp_path / "again.yaml").write_text(resolved_yaml(study), encoding="utf-8")
    again = read_study(tmp_path / "again.yaml").study
    assert again == study
    assert again.digest == study.digest


def _sections(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *(part for part in schema["$defs"].values() if "properties" in part)]


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in _sections(schema):
        for name, content in section["properties"].items():
            yield f"{section['title']}.{name}", content


def test_every_key_of_the_schema_has_a_title_and_a_description() -> None:
    keys = dict(_properties(study_schema()))
    assert len(keys) > 40
    for key, content in keys.items():
        assert content.get("description"), key
        assert content.get("title") or "$ref" in str(content), key
    for section in _sections(study_schema()):
        assert section["additionalProperties"] is False
        assert "Example" not in section["description"]


def test_the_schema_tells_the_heads_by_their_kind() -> None:
    head = study_schema()["$defs"]["TrainedContender"]["properties"]["head"]
    assert sorted(head["discriminator"]["mapping"]) == [
        "hierarchical",
        "knn",
        "linear",
        "logistic",
        "mlp",
        "prototypes",
        "ridge",
    ]
