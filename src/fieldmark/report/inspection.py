"""One observation under the magnifying glass: what each contender says of its photos, and why not.

Everything is read from stored results or computed from the photos; what is missing is said.
"""

import base64
from dataclasses import dataclass
from importlib import resources

from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.manifest.hazards import Hazards
from fieldmark.report.exhibits import media_type_of
from fieldmark.report.numbers import PLAIN, SHARE
from fieldmark.report.page import page_environment, style_of_pages
from fieldmark.report.replies import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedPhoto:
    """One photo of the observation.

    Attributes:
        identifier: its id, or the path of a new photo.
        thumbnail: the bytes of a PNG or JPEG file; None when it cannot be read.
        part: the part of the split that it is in; "" for a new photo.
        stamps: what a reader has to know before believing an answer, such as that it was learnt.
        problem: why there is no picture; "" when there is one.
    """

    identifier: str
    thumbnail: bytes | None
    part: str = ""
    stamps: tuple[str, ...] = ()
    problem: str = ""

    @property
    def media_type(self) -> str:
        """The media type of the thumbnail; "" without one."""
        return "" if self.thumbnail is None else media_type_of(self.thumbnail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one contender says.

    Attributes:
        contender: its name.
        note: which cell or bundle answers, and of what kind its scores are.
        pooled: the answer from all photos together; None for one photo, or none.
        replies: the answer from each photo that has one.
        problem: why photos have no answer; "" when all have.
        is_probability: whether scores are probabilities.
    """

    contender: str
    note: str
    pooled: Reply | None = None
    replies: tuple[Reply, ...] = ()
    problem: str = ""
    is_probability: bool = True

    @property
    def main(self) -> Reply | None:
        """The answer from all photos, or from the only one; None without any."""
        return self.pooled or (self.replies[0] if self.replies else None)


@dataclass(frozen=True, slots=True)
class Kin:
    """A training image that looks like a photo: its id, label, cosine similarity and picture."""

    identifier: str
    label: str
    similarity: float
    thumbnail: bytes | None

    @property
    def media_type(self) -> str:
        """The media type of the thumbnail; "" without one."""
        return "" if self.thumbnail is None else media_type_of(self.thumbnail)


@dataclass(frozen=True, slots=True)
class Kinship:
    """The training images nearest to one photo under one backbone, most similar first."""

    photo: str
    backbone: str
    found: tuple[Kin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything that the page of one observation shows.

    Attributes:
        study: its name.
        observation: the name of the observation, or the number of new photos in words.
        truth: (rank, name) of the label, coarse to fine; none where no label is known.
        photos: at least one.
        voices: one a contender.
        kinships: by photo and backbone.
        columns: (column, values) of the manifest.
        remarks: what else has to be known.
        sure: which probability counts as sure.
        hazards: which classes are poisonous; None where nothing says so.
        made: by what and when the page was made.
    """

    study: str
    observation: str
    truth: tuple[tuple[str, str], ...]
    photos: tuple[InspectedPhoto, ...]
    voices: tuple[Voice, ...]
    kinships: tuple[Kinship, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    sure: float = CUSTOMARY
    hazards: Hazards | None = None
    made: str = ""

    def is_poisonous(self, name: str) -> bool:
        """Return whether a class is known to be poisonous."""
        return self.hazards is not None and self.hazards.of(name) == "poisonous"

    @property
    def stamps(self) -> tuple[str, ...]:
        """What has to be known of any of the photos, each once."""
        return tuple(dict.fromkeys(stamp for photo in self.photos for stamp in photo.stamps))


def render_inspection(inspection: Inspection) -> str:
    """Return the inspection as one HTML page that asks for nothing over the network.

    Everything that comes from the study is escaped. The same content gives the same page.
    """
    from markupsafe import Markup

    environment = page_environment()
    environment.filters["base64"] = lambda data: base64.b64encode(data).decode()
    environment.filters["percent"] = SHARE.value
    environment.filters["plain"] = PLAIN.value
    own = resources.files("fieldmark.report").joinpath("inspection.css").read_text("utf-8")
    return environment.get_template("inspection.html.j2").render(
        inspection=inspection,
        style=Markup(f"{style_of_pages()}{own}"),  # noqa: S704 (files of this room)
        verdict=verdict_of,
    )


def verdict_of(reply: Reply) -> tuple[str, str]:
    """Return in words how an answer stands to the label, and the tone of these words.

    Example:
        >>> from fieldmark.report.replies import NodeReply
        >>> node = NodeReply(rank="genus", name="Amanita", probability=0.9, truth="Russula")
        >>> verdict_of(Reply(of="a.jpg", top=(), path=(node,)))
        ('wrong', 'bad')
    """
    if not reply.has_truth:
        return "no label to compare with", "neutral"
    departs_at = reply.departs_at
    if not departs_at:
        return "right", "good"
    ranks = [node.rank for node in reply.path]
    if len(ranks) == 1:
        return "wrong", "bad"
    first = ranks.index(departs_at)
    if first == 0:
        return f"wrong from the {departs_at} on", "bad"
    return f"right to the {ranks[first - 1]}, wrong from the {departs_at} on", "warning"
