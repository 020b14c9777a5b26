"""Write the reference pages: `python docs/generate_reference.py`."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fieldmark
from fieldmark.evaluation.metrics import METRICS
from fieldmark.experiments.engines.settings import Engines
from fieldmark.experiments.study_file import study_schema

FOLDER = Path(__file__).parent / "reference"
PYTHON_INTRODUCTION = """\
# Python reference

`import fieldmark as fm` offers these names; a name's module is imported on first use, so that
judging stored predictions loads no torch. What is not listed here is private and may change. This
page is generated from the list in `src/fieldmark/__init__.pyi`.
"""
STUDY_INTRODUCTION = """\
# Study files

A study is one YAML file (1.2: `on:` is a key, `NO` is text). Unknown keys are errors. Paths start
from the file. `fieldmark schema` prints this as a JSON schema, for editors; `--set KEY=VALUE`
overrides one key. This page is generated from the schema.
"""
ENGINES_INTRODUCTION = """\
# Engines

`fieldmark run --engine NAME` reads what it needs to know of a place from `engines.yaml` beside the
study, or from another file (`--engine-file`); `--engine-set KEY=VALUE`, such as
`slurm.partition=gpu`, overrides one key. None of it enters a digest. `script` writes the settings
of `slurm` into its scripts. This page is generated from the schema.
"""
METRICS_INTRODUCTION = """\
# Metrics

Two numbers with the same identifier mean the same. Every value is reported with its interval, n,
method, split, number of classes and denominator. This page is generated from the catalogue that
`fieldmark metrics` prints.
"""


def study_page() -> str:
    """Return the page of every section and key of a study file."""
    return _sections_page(STUDY_INTRODUCTION, study_schema(), title="The study")


def engines_page() -> str:
    """Return the page of every section and key of a file of engines."""
    schema = Engines.model_json_schema()
    return _sections_page(ENGINES_INTRODUCTION, schema, title="The file")


def _sections_page(introduction: str, schema: dict[str, Any], *, title: str) -> str:
    sections = {"": schema, **schema.get("$defs", {})}
    parts = [introduction]
    for name, section in sections.items():
        if "properties" not in section:
            continue
        heading = f"`{name}`" if name else title
        summary = str(section.get("description", "")).split("\n\n")[0].replace("\n", " ")
        rows = "\n".join(_rows(section))
        head = "| key | type | default | meaning |\n| --- | --- | --- | --- |"
        parts.append(f"## {heading}\n\n{summary}\n\n{head}\n{rows}\n")
    return "\n".join(parts)


def metrics_page() -> str:
    """Return the page of every metric."""
    parts = [METRICS_INTRODUCTION]
    for metric in METRICS.values():
        better = {"neither": "no direction"}.get(metric.direction, f"{metric.direction} is better")
        parts.append(
            f"## `{metric.identifier}`\n\n**{metric.title}** ({better}). {metric.definition}\n\n"
            f"Over: {metric.denominator}; {metric.aggregation}.\n"
        )
    return "\n".join(parts)


def python_page() -> str:
    """Return the page of every public name, by the topics of the stub."""
    stub = Path(fieldmark.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    parts = [PYTHON_INTRODUCTION]
    for line in stub.splitlines()[1:]:
        if line.startswith("# "):
            parts.append(f"## {line[2:].capitalize()}\n")
        for node in ast.parse(line).body:
            if isinstance(node, ast.ImportFrom):
                name = node.names[0].name
                kind = _kind_of(getattr(fieldmark, name))
                directive = f".. {kind}:: fieldmark.{node.module}.{name}"
                parts.append(f"```{{eval-rst}}\n{directive}\n```\n")
    return "\n".join(parts)


def _kind_of(thing: object) -> str:
    if inspect.isclass(thing):
        return "autoclass"
    return "autofunction" if inspect.isfunction(thing) else "autodata"


def _rows(section: dict[str, Any]) -> Iterator[str]:
    required = section.get("required", ())
    for key, content in section["properties"].items():
        default = "required" if key in required else f"`{_written(content.get('default'))}`"
        meaning = content.get("description", "").replace("|", "\\|")
        yield f"| `{key}` | {_type_of(content)} | {default} | {meaning} |"


def _type_of(content: dict[str, Any]) -> str:
    if "$ref" in content:
        return f"`{content['$ref'].rsplit('/', 1)[-1]}`"
    if "const" in content:
        return f"`{content['const']}`"
    if "enum" in content:
        return " or ".join(f"`{choice}`" for choice in content["enum"])
    for several in ("anyOf", "oneOf"):
        if several in content:
            return " or ".join(dict.fromkeys(_type_of(choice) for choice in content[several]))
    if content.get("type") == "array":
        return f"list of {_type_of(content['items'])}"
    if content.get("type") == "object" and isinstance(content.get("additionalProperties"), dict):
        return f"name: {_type_of(content['additionalProperties'])}"
    names = {
        "string": "text",
        "integer": "whole number",
        "null": "null",
        "boolean": "true or false",
    }
    return names.get(str(content.get("type")), str(content.get("type", "any")))


def _written(default: Any) -> str:
    if isinstance(default, dict):
        return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in default.items()) + "}"
    if isinstance(default, list | tuple):
        return f"[{', '.join(_written(entry) for entry in default)}]"
    if isinstance(default, bool):
        return str(default).lower()
    return "none" if default is None else str(default)


PAGES = {
    "python.md": python_page,
    "study-file.md": study_page,
    "engines.md": engines_page,
    "metrics.md": metrics_page,
}


def main() -> None:
    """Write every generated page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
