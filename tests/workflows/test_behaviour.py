from pathlib import Path

import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.behaviour import answered, behaviour_of
from fieldmark.workflows.evidence import gather


@pytest.fixture(scope="session")
def evidence(finished: Path, opened):
    return gather(opened(finished), progress=SilentProgress())


@pytest.fixture(scope="session")
def found(evidence):
    return answered(
        evidence.predictions, evidence.evaluations, evidence.headline, progress=SilentProgress()
    )


def test_the_leader_of_the_headline_comes_first(evidence, found) -> None:
    values = {name: one.estimate("macro_f1").value for name, one in evidence.evaluations.items()}
    assert [one.contender for one in found] == sorted(values, key=lambda name: -values[name])


def test_each_contender_has_its_confusion_confidence_and_back_off(found) -> None:
    behaviour = behaviour_of(found)
    names = [one.contender for one in found]
    assert [one.contender for one in behaviour.confusions] == names
    assert [one.contender for one in behaviour.backoffs] == names
    ranks = behaviour.taxonomy.ranks
    per_rank = [(one.contender, one.rank) for one in behaviour.confidences]
    assert per_rank == [(name, rank) for name in names for rank in reversed(ranks)]
    assert behaviour.dossiers == ()


def test_a_critical_class_has_a_dossier_of_each_contender(found) -> None:
    name = found[0].judged.leaf.classes[0]
    behaviour = behaviour_of(found, critical=[name, name])
    assert [(one.name, one.contender) for one in behaviour.dossiers] == [
        (name, one.contender) for one in found
    ]


def test_an_unknown_critical_class_is_refused(found) -> None:
    with pytest.raises(FieldmarkError, match="Unknown critical class 'Amanita phalloides'"):
        behaviour_of(found, critical=["Amanita phalloides"])


def test_nothing_has_run(fresh: Path, opened) -> None:
    nothing = gather(opened(fresh), progress=SilentProgress())
    found = answered(
        nothing.predictions, nothing.evaluations, nothing.headline, progress=SilentProgress()
    )
    assert found == ()
    behaviour = behaviour_of(found, critical=["anything"])
    assert behaviour.confusions == behaviour.dossiers == ()
    assert behaviour.taxonomy is None
