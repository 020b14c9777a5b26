import io
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.exhibits import confusions_of, curves_of, examples_of


def gathered(ground):
    return gather(ground, progress=SilentProgress())


def test_the_leader_of_the_headline_comes_first(finished: Path, opened) -> None:
    evidence = gathered(opened(finished))
    values = {
        name: found.estimate("macro_f1").value for name, found in evidence.evaluations.items()
    }
    found = confusions_of(evidence)
    assert [confusion.contender for confusion in found] == sorted(values, key=lambda n: -values[n])


def test_examples_are_wrong_ones_first_each_surest_first(finished: Path, opened) -> None:
    ground = opened(finished)
    found = examples_of(ground, gathered(ground))
    is_right = [example.truth == example.predicted for example in found]
    assert is_right == sorted(is_right)
    assert True in is_right
    assert False in is_right
    for kind in (True, False):
        sure = [e.probability for e, right in zip(found, is_right, strict=True) if right is kind]
        assert sure == sorted(sure, reverse=True)
        assert len(sure) <= 8
    with Image.open(io.BytesIO(found[0].thumbnail)) as thumbnail:
        assert thumbnail.format == "JPEG"
        assert max(thumbnail.size) <= 160


def test_an_image_that_is_gone_is_left_out(finished: Path, ran: Path, opened) -> None:
    ground = opened(ran)
    evidence = gathered(ground)
    before = examples_of(ground, evidence)
    ground.manifest.image_path(before[0].identifier).unlink()
    after = examples_of(ground, evidence)
    assert [example.identifier for example in after] == [
        example.identifier for example in before[1:]
    ]


def test_nothing_has_run(fresh: Path, opened) -> None:
    ground = opened(fresh)
    evidence = gathered(ground)
    assert confusions_of(evidence) == ()
    assert examples_of(ground, evidence) == ()
    assert curves_of(ground) == ()


def test_cells_that_were_trained_in_epochs_have_a_curve(finished: Path, opened) -> None:
    found = curves_of(opened(finished))
    assert [curve.cell for curve in found] == ["probe/seed-0", "probe/seed-1"]
    for curve in found:
        assert curve.metric == "Macro F1 on the part 'validation'"
        assert len(curve.values) == 8
        assert curve.values[curve.chosen_epoch - 1] == max(curve.values)


def test_a_metric_whose_lower_value_is_better_is_shown_as_it_is(ran: Path, opened, call) -> None:
    settings = ["protocol.selection.metric=log_loss", "protocol.seeds=[0]"]
    assert call("run", ran, *(word for one in settings for word in ("--set", one))).code == 0
    (curve,) = curves_of(opened(ran, *settings))
    assert min(curve.values) > 0
    assert curve.values[curve.chosen_epoch - 1] == min(curve.values)


def test_without_a_selection_there_is_no_curve(finished: Path, fresh, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("  selection: {metric: macro_f1, on: validation}\n", ""))
    assert curves_of(opened(fresh)) == ()


def test_similarities_are_no_probabilities(judged_only: Path, opened, call) -> None:
    override = "contenders.incumbent.kind=similarities"
    assert call("run", judged_only, "--set", override).code == 0
    ground = opened(judged_only, override)
    found = examples_of(ground, gathered(ground))
    assert found
    assert all(example.probability is None for example in found)


@pytest.mark.parametrize("count", [0])
def test_no_wrong_answer_gives_no_wrong_example(judged_only: Path, opened, call, count) -> None:
    assert call("run", judged_only).code == 0
    ground = opened(judged_only)
    found = examples_of(ground, gathered(ground))
    assert sum(example.truth != example.predicted for example in found) == count
