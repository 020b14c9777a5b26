"""Reading a study file, storing a resolved study, and the schema that editors use."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fieldmark.core.checks import nearest, unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.experiments.ablation import expand_ablation
from fieldmark.experiments.config import Study
from fieldmark.experiments.overrides import override
from fieldmark.experiments.places import places_of
from fieldmark.experiments.problems import place_of, problems_in
from fieldmark.experiments.yaml_document import Document, KeyPath, read_yaml, write_yaml

_IN_A_FOLDER = "study.yaml"
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A study and where its file lies.

    Attributes:
        study: what the file says, with the settings of the command line.
        path: the file.
        folder: the folder that relative paths of the study start from.
        elsewhere: where what the study names lies instead, on a machine that it was carried to.
    """

    study: Study
    path: Path
    folder: Path
    elsewhere: Mapping[str, Path] = field(default_factory=dict)

    def locate(self, written: str) -> Path:
        """Return the path that a path in the study file means, on this machine.

        Example:
            >>> file = StudyFile(Study.model_construct(), Path("/s/study.yaml"), Path("/s"))
            >>> file.locate("manifest.csv").as_posix()
            '/s/manifest.csv'
        """
        return self.elsewhere.get(written, self.folder / written)


def read_study(
    path: Path,
    overrides: Sequence[str] = (),
    *,
    tasks: Collection[str] | None = None,
    metrics: Collection[str] | None = None,
) -> StudyFile:
    """Return the study that a file describes.

    Args:
        path: the file, or a folder with a ``study.yaml``.
        overrides: KEY=VALUE each, such as "protocol.seeds=[0]"; later ones win.
        tasks: the tasks that exist; None leaves the word unchecked.
        metrics: the metrics that exist; None leaves the words unchecked.

    Raises:
        StudyError: the file is missing, empty, not YAML, or asks for something that does not
            exist: one sentence for each problem, with its line, in the order of reading.
    """
    file = _study_path(path)
    document = read_yaml(_text(file), file.name)
    _check_mapping(document, file.name)
    for order, setting in enumerate(overrides):
        document = override(document, setting, order=order)
    document = expand_ablation(document)
    study = _validated(document)
    _check_words(study, document, tasks, metrics)
    folder = file.parent.resolve()
    return StudyFile(study, file, folder, places_of(folder, images=study.data.images))


def resolved_yaml(study: Study) -> str:
    """Return the study as YAML with every default stated; reading it gives the same study.

    The rows of an ablation stay what they are: differences from their reference.
    """
    content = study.model_dump(mode="json", exclude_none=True)
    # Null means something to a policy: no lots, no calibrator.
    for name, policy in study.decisions.items():
        content["decisions"][name] = policy.model_dump(mode="json")
    if study.ablation is not None:
        content["ablation"] = study.ablation.model_dump(mode="json")
        for name in study.ablation.rows:
            content["contenders"].pop(name, None)
    return write_yaml(content)


def study_schema() -> dict[str, Any]:
    """Return the JSON schema of a study file; every key has a description.

    Example:
        >>> study_schema()["properties"]["reference"]["description"]
        'The contender that all others are compared with.'
    """
    schema = Study.model_json_schema()
    for section in [schema, *schema["$defs"].values()]:
        if "description" in section:
            section["description"] = section["description"].split("\n\n")[0]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _study_path(path: Path) -> Path:
    if path.is_file():
        return path
    if path.is_dir():
        if (path / _IN_A_FOLDER).is_file():
            return path / _IN_A_FOLDER
        raise StudyError(
            f"The folder {path} holds no file {_IN_A_FOLDER}; name the study file itself."
        )
    beside = [entry.name for entry in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
    guess = nearest(path.name, beside)
    hint = f"; did you mean '{guess}'?" if guess else "."
    raise StudyError(f"There is no study file at {path}{hint}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{file.name} is not UTF-8 (byte {error.start:,}); save it as UTF-8."
        ) from None
    except OSError as error:
        raise StudyError(f"{file} cannot be read ({error.strerror}).") from None


def _check_mapping(document: Document, name: str) -> None:
    keys = ", ".join(key for key, field in Study.model_fields.items() if field.is_required())
    if document.content is None:
        raise StudyError(f"{name} is empty; a study needs the keys {keys}.")
    if not isinstance(document.content, dict):
        kind = "a list" if isinstance(document.content, list) else "a single value"
        raise StudyError(f"{name}, line 1: expected the keys of a study ({keys}); got {kind}.")


def _validated(document: Document) -> Study:
    try:
        return Study.model_validate(document.content)
    except ValidationError as error:
        problems = problems_in(error, document)
        more = len(problems) - _MOST_PROBLEMS
        rest = [f"There are {more} more problems."] if more > 0 else []
        raise StudyError("\n".join([*problems[:_MOST_PROBLEMS], *rest])) from None


def _check_words(
    study: Study,
    document: Document,
    tasks: Collection[str] | None,
    metrics: Collection[str] | None,
) -> None:
    asked: list[tuple[KeyPath, str, str, Collection[str] | None]] = [
        (("task",), "task", study.task, tasks)
    ]
    if study.protocol.selection is not None:
        metric = study.protocol.selection.metric
        asked.append((("protocol", "selection", "metric"), "metric", metric, metrics))
    for index, claim in enumerate(study.claims):
        asked.append((("claims", index, "metric"), "metric", claim.metric, metrics))
    for path, what, word, known in asked:
        if known is not None and word not in known:
            place = place_of(path, document).words
            raise StudyError(f"{place}: {unknown_choice(what, word, known)}")
