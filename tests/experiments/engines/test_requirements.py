import re

import pytest

from fieldmark.experiments.engines import requirements
from fieldmark.experiments.engines.requirements import installed_requirements


def test_every_line_pins_an_installed_package() -> None:
    lines = installed_requirements()
    assert list(lines) == sorted(lines, key=lambda line: line.split("==")[0])
    assert all(re.fullmatch(r"[a-z0-9.-]+==[^+ ]+", line) for line in lines)
    names = {line.split("==")[0] for line in lines}
    assert names >= {"numpy", "polars", "pydantic", "scipy", "torch", "timm", "pillow"}
    assert "fieldmark" not in names
    assert "pytest" not in names


def test_extras_of_others_and_what_is_not_installed_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = {
        "fieldmark": ["Net_Work>=2; extra == 'learn'", "absent>=1"],
        "net-work": ["tensor<3 ; python_version > '3.8'", "sphinx; extra == 'docs'"],
        "tensor": ["Net_Work"],
    }
    versions = {"net-work": "2.5.0+cpu", "tensor": "1.0"}

    def version(name: str) -> str:
        if name not in versions:
            raise requirements.importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(requirements.importlib.metadata, "version", version)
    monkeypatch.setattr(requirements.importlib.metadata, "requires", needs.get)
    assert installed_requirements() == ("net-work==2.5.0", "tensor==1.0")


def test_a_package_that_is_not_installed_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> None:
        raise requirements.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(requirements.importlib.metadata, "requires", requires)
    assert installed_requirements() == ()
