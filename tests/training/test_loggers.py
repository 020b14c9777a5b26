from pathlib import Path

import pytest

from fieldmark.core.errors import MissingExtraError, StudyError
from fieldmark.training.fit import fine_tune
from fieldmark.training.loggers import loggers_of
from fieldmark.training.settings import TrainingSettings


@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_curves_are_written_where_asked_for(small_net, coloured, tmp_path: Path, name: str) -> None:
    settings = TrainingSettings(epochs=1, batch_size=6, loggers=(name,))
    fine_tune(small_net, coloured(), settings=settings, seed=0, folder=tmp_path / "work")
    assert any(path.is_file() for path in (tmp_path / "work" / "curves" / name).rglob("*"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures", "work"]


def test_an_unknown_logger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="Unknown logger 'tensorbord'; did you mean 'tensorboard'"):
        loggers_of(["tensorbord"], tmp_path)


def test_a_missing_package_is_said(tmp_path: Path, monkeypatch) -> None:
    from lightning.pytorch import loggers

    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("no tensorboard")

    monkeypatch.setattr(loggers, "TensorBoardLogger", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'fieldmark\[track\]'"):
        loggers_of(["tensorboard"], tmp_path)
