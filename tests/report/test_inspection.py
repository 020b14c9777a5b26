import dataclasses

import numpy as np

from fieldmark.manifest.hazards import Hazards
from fieldmark.report.inspection import (
    InspectedPhoto,
    Inspection,
    Kin,
    Kinship,
    Voice,
    render_inspection,
    verdict_of,
)
from fieldmark.report.inspection_text import inspection_lines
from fieldmark.report.readings import DecidedReply, DecodedReply
from fieldmark.report.replies import reply_of

NASTY = "<b>elm</b>"
STAMP = "It is a training image."


def reply(best: str = "oak", truth: str | None = "oak", *, is_probability: bool = True):
    scores = np.array([0.8, 0.2]) if best == "oak" else np.array([0.2, 0.8])
    return reply_of(
        scores, ("oak", NASTY), None, of="2 photos together", is_probability=is_probability,
        truth=truth,
    )  # fmt: skip


def inspection(make, **fields) -> Inspection:
    facts = {
        "study": "trees",
        "observation": "t-7",
        "truth": (("class", "oak"),),
        "photos": (
            InspectedPhoto(identifier="1", thumbnail=make.thumbnail(), part="test"),
            InspectedPhoto(identifier="2", thumbnail=None, problem="2.jpg cannot be read."),
        ),
        "voices": (
            Voice(contender="probe", note="seed 0", pooled=reply(), replies=(reply(), reply())),
            Voice(contender="stock", note="", problem="It stored no answer."),
        ),
        "kinships": (Kinship("1", "net", (Kin("t-3", NASTY, 0.91234, None),)),),
        "columns": (("habitat", "park"),),
    }
    return Inspection(**(facts | fields))


def test_the_page_needs_nothing_else_and_escapes_names(make) -> None:
    page = render_inspection(inspection(make))
    assert NASTY not in page
    assert "&lt;b&gt;elm&lt;/b&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/jpeg;base64,") == 1
    for text in ("2.jpg cannot be read.", "0.912", "habitat", "80.00 %", "It stored no answer."):
        assert text in page
    assert "<script" not in page
    assert page == render_inspection(inspection(make))


def test_a_stamp_is_told_once(make) -> None:
    photos = tuple(
        InspectedPhoto(identifier=name, thumbnail=None, stamps=(STAMP,)) for name in "ab"
    )
    found = inspection(make, photos=photos)
    assert render_inspection(found).count(STAMP) == 1
    assert list(inspection_lines(found)).count(f"beware: {STAMP}") == 1


def test_verdicts_in_words() -> None:
    assert verdict_of(reply()) == ("right", "good")
    assert verdict_of(reply("elm")) == ("wrong", "bad")
    assert verdict_of(reply(truth=None)) == ("no label to compare with", "neutral")


def test_lines_for_a_terminal(make) -> None:
    lines = list(inspection_lines(inspection(make)))
    assert lines == [
        "t-7 (trees): 2 photos, part “test”",
        "label: oak",
        "",
        "probe (seed 0)",
        f"  2 photos together: oak 80.00 %; {NASTY} 20.00 % [right]",
        "    class  ████████████████      80.00 %  oak",
        "    at least 65 % sure of: class oak",
        "",
        "stock",
        "  It stored no answer.",
        "",
        f"nearest to 1 under net: {NASTY} 0.912",
    ]


def test_similarities_have_no_bars(make) -> None:
    voice = Voice(
        contender="text",
        note="its only cell",
        replies=(reply("elm", is_probability=False),),
        is_probability=False,
    )
    lines = list(inspection_lines(inspection(make, voices=(voice,), kinships=(), truth=())))
    assert lines[2:] == [
        "text (its only cell)",
        f"  2 photos together: {NASTY} 0.800; oak 0.200 [wrong]",
        f"    class    {NASTY}  label: oak",
    ]
    assert "%" not in render_inspection(inspection(make, voices=(voice,))).partition("<main>")[2]


def test_decisions_decoders_and_poison_are_shown(make) -> None:
    decoded = DecodedReply(decoder="greedy", rank="class", name=NASTY, is_right=False)
    decided = (
        DecidedReply(decision="careful", answer="class oak", promise="At most 5 %.", is_right=True),
        DecidedReply(decision="wary", answer="", promise="infeasible", is_taken=False),
    )
    full = dataclasses.replace(reply(), decoded=(decoded,), decided=decided)
    voice = Voice(contender="probe", note="", replies=(full,))
    hazards = Hazards(poisonous=frozenset({"oak"}), harmless=frozenset({NASTY}))
    found = inspection(make, voices=(voice,), hazards=hazards)
    page = render_inspection(found)
    assert NASTY not in page
    for text in ("class oak", "At most 5 %.", "could not be taken", "infeasible", "greedy"):
        assert text in page
    # The label, the answer, and one of the best two.
    assert page.count('<span class="badge bad">poisonous</span>') == 3
    text = "\n".join(inspection_lines(found))
    assert "label: oak (poisonous)" in text
    assert "oak (poisonous) 80.00 %" in text
    assert "decision careful: class oak (At most 5 %.)" in text
    assert "decision wary: could not be taken (infeasible)" in text
    assert f"decoders: greedy: class {NASTY}" in text
