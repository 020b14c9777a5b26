import io
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.behaviour import answered
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.gallery import Thumbnails, departures, gallery_of


def gallery(ground, **options):
    evidence = gather(ground, progress=SilentProgress())
    found = answered(
        evidence.predictions, evidence.evaluations, evidence.headline, progress=SilentProgress()
    )
    return gallery_of(found, ground.manifest.image_path, **options)


def test_each_contender_shows_wrong_ones_first_each_surest_first(finished: Path, opened) -> None:
    found = gallery(opened(finished))
    assert list(dict.fromkeys(example.contender for example in found)) in (
        ["probe", "knn"],
        ["knn", "probe"],
    )
    for contender in ("probe", "knn"):
        own = [example for example in found if example.contender == contender]
        is_right = [example.is_right for example in own]
        assert is_right == sorted(is_right)
        for kind in (True, False):
            sure = [example.probability for example in own if example.is_right is kind]
            assert sure == sorted(sure, reverse=True)
            assert len(sure) <= 12
    with Image.open(io.BytesIO(found[0].thumbnail)) as thumbnail:
        assert thumbnail.format == "JPEG"
        assert max(thumbnail.size) <= 160


def test_a_critical_class_shows_its_images_and_those_taken_for_it(finished: Path, opened) -> None:
    ground = opened(finished)
    wrong = next(example for example in gallery(ground) if not example.is_right)
    own = [one for one in gallery(ground, critical=(wrong.truth,)) if one.critical]
    assert own
    assert all(wrong.truth in {example.truth, example.predicted} for example in own)
    assert gallery(ground, critical=("no such class",)) == gallery(ground)


def test_an_image_that_is_gone_is_left_out(ran: Path, opened) -> None:
    ground = opened(ran)
    gone = gallery(ground)[0].identifier
    ground.manifest.image_path(gone).unlink()
    left = [example.identifier for example in gallery(ground)]
    assert left
    assert gone not in left


def test_an_image_is_made_small_once(tmp_path: Path) -> None:
    Image.new("RGB", (400, 200), "red").save(tmp_path / "a.png")
    asked = []

    def image_path(image_id: str) -> Path:
        asked.append(image_id)
        return tmp_path / image_id

    thumbnails = Thumbnails(image_path)
    assert thumbnails.of("a.png") == thumbnails.of("a.png")
    assert thumbnails.of("b.png") is None
    assert asked == ["a.png", "b.png"]


def test_nothing_has_run(fresh: Path, opened) -> None:
    assert gallery(opened(fresh)) == ()


def test_similarities_are_no_probabilities(judged_only: Path, opened, call) -> None:
    override = "contenders.incumbent.kind=similarities"
    assert call("run", judged_only, "--set", override).code == 0
    ground = opened(judged_only, override)
    found = gallery(ground)
    assert found
    assert all(example.probability is None for example in found)


@pytest.mark.parametrize("count", [0])
def test_no_wrong_answer_gives_no_wrong_example(judged_only: Path, opened, call, count) -> None:
    assert call("run", judged_only).code == 0
    ground = opened(judged_only)
    found = gallery(ground)
    assert sum(example.truth != example.predicted for example in found) == count


def test_photos_of_one_observation_stay_together(finished: Path, opened) -> None:
    ground = opened(finished)
    found = gallery(ground)
    groups = dict(zip(ground.manifest.ids, ground.manifest.groups, strict=True))
    assert any(example.others for example in found)
    for example in found:
        assert example.observation == groups[example.identifier]
        for other in example.others:
            assert groups[other.identifier] == example.observation
            assert (other.identifier, other.contender) != (example.identifier, "")
            assert other.contender == example.contender
            with Image.open(io.BytesIO(other.thumbnail)) as small:
                assert max(small.size) <= 80
    for is_right in (True, False):
        shown = [(e.contender, e.observation) for e in found if e.is_right is is_right]
        assert len(set(shown)) == len(shown)


def test_an_answer_departs_at_the_coarsest_rank_that_is_wrong(finished: Path, opened) -> None:
    ground = opened(finished)
    taxonomy = ground.manifest.taxonomy
    for example in gallery(ground):
        pairs = zip(
            taxonomy.path_of(example.truth),
            taxonomy.path_of(example.predicted),
            taxonomy.ranks,
            strict=True,
        )
        wrong = [rank for truth, answer, rank in pairs if truth != answer]
        assert example.departs_at == (wrong[0] if wrong else "")


def test_every_rank_at_which_answers_depart_is_shown(finished: Path, opened) -> None:
    ground = opened(finished)
    evidence = gather(ground, progress=SilentProgress())
    found = answered(
        evidence.predictions, evidence.evaluations, evidence.headline, progress=SilentProgress()
    )
    for one in found:
        shown = {e.departs_at for e in gallery(ground) if e.contender == one.contender}
        there = set(departures(one.judged, "species").tolist())
        assert there <= shown | {""}
