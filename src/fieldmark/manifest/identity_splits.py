"""Splits for recognising individuals: new sessions of known ones, new ones, and both."""

from collections.abc import Mapping
from typing import Literal

import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import SplitError
from fieldmark.core.randomness import seed_for
from fieldmark.manifest.holdout import assign_groups
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_columns import split_values
from fieldmark.manifest.table import Manifest

OneSession = Literal["refuse", "train"]
SessionWithin = Literal["study", "identity"]
KIND_COLUMN = "identity_kind"
_TRAIN = "train"


def split_new_session(
    manifest: Manifest,
    *,
    identity: str,
    session: str,
    fractions: Mapping[str, float],
    seed: int,
    session_within: SessionWithin = "study",
    one_session: OneSession = "refuse",
) -> Split:
    """Return the closed split: known identities, photographed in sessions never learnt from.

    Sessions are whole: none lies in two parts. Every identity has a session in the part "train".

    Args:
        manifest: the images.
        identity: the column that names each individual.
        session: the column that names the visit, day or view.
        fractions: part -> share of the images; "train" is one of them, and they sum to 1.
        seed: which of the possible splits.
        session_within: "study" when equal names are one session, whoever is on the image;
            "identity" when each individual counts its sessions anew.
        one_session: what to do with an identity of one session, which can only be learnt:
            "refuse", or put it into "train".

    Raises:
        SplitError: a column is missing or empty, "train" is no part, identities have one session,
            or a part stays empty.

    Example:
        >>> from pathlib import Path
        >>> rows = [(f"{cat}{day}", cat, day) for cat in "abcd" for day in "1234"]
        >>> frame = pl.DataFrame(rows, schema=["id", "cat", "day"], orient="row")
        >>> manifest = Manifest(frame.with_columns(path="id", label="cat"), Path("images"))
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> split = split_new_session(
        ...     manifest, identity="cat", session="day", fractions=shares, seed=0
        ... )
        >>> [sorted({id_[1] for id_ in ids}) for ids in split.parts.values()]
        [['1', '2'], ['3', '4']]
    """
    _require_train(fractions)
    identities = split_values(manifest, identity, "identity")
    sessions = split_values(manifest, session, "session")
    if session_within == "identity":
        sessions = pl.Series(
            session, [f"{a}\x1f{b}" for a, b in zip(identities, sessions, strict=True)]
        )
    if one_session == "refuse":
        _refuse_one_session(identities, sessions)
    assigned = assign_groups(
        sessions.to_list(),
        _classes(manifest, identities),
        fractions=fractions,
        seed=seed,
        learnt=identities.to_list(),
    )
    parts = [assigned[one] for one in sessions]
    return _split(manifest, parts, fractions, name=f"new sessions, seed {seed}")


def split_new_identity(
    manifest: Manifest, *, identity: str, fractions: Mapping[str, float], seed: int
) -> Split:
    """Return the open split: no identity lies in two parts.

    Where classes are coarser than identities, such as the species of specimens, they are shared
    out by the fractions as far as whole identities allow.

    Args:
        manifest: the images.
        identity: the column that names each individual.
        fractions: part -> share of the images; "train" is one of them, and they sum to 1.
        seed: which of the possible splits.

    Raises:
        SplitError: the column is missing or empty, "train" is no part, or a part stays empty.

    Example:
        >>> from pathlib import Path
        >>> rows = [(f"{cat}{day}", cat, day) for cat in "abcd" for day in "1234"]
        >>> frame = pl.DataFrame(rows, schema=["id", "cat", "day"], orient="row")
        >>> manifest = Manifest(frame.with_columns(path="id", label="cat"), Path("images"))
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> split = split_new_identity(manifest, identity="cat", fractions=shares, seed=0)
        >>> [sorted({id_[0] for id_ in ids}) for ids in split.parts.values()]
        [['a', 'c'], ['b', 'd']]
    """
    _require_train(fractions)
    identities = split_values(manifest, identity, "identity")
    labels = _classes(manifest, identities)
    assigned = assign_groups(identities.to_list(), labels, fractions=fractions, seed=seed)
    parts = [assigned[one] for one in identities]
    return _split(manifest, parts, fractions, name=f"new identities, seed {seed}")


def split_mixed_identities(
    manifest: Manifest,
    *,
    identity: str,
    session: str,
    fractions: Mapping[str, float],
    new_identities: float,
    seed: int,
    session_within: SessionWithin = "study",
    one_session: OneSession = "refuse",
) -> Split:
    """Return the split that asks both: new sessions of known identities, and new identities.

    A share of the identities is new: it is shared out, whole, to all parts but "train", by their
    fractions. The others are split as by `split_new_session`. Which is which, `mark_identities`
    says.

    Args:
        manifest: the images.
        identity: as in `split_new_session`.
        session: as in `split_new_session`.
        fractions: as in `split_new_session`.
        new_identities: share of the identities that are new, above 0 and below 1.
        seed: which of the possible splits.
        session_within: as in `split_new_session`.
        one_session: as in `split_new_session`; asked of the known identities.

    Raises:
        SplitError: as `split_new_session`; or the share is none, or leaves no identity on a side.
    """
    _require_train(fractions)
    identities = split_values(manifest, identity, "identity")
    new = _new_ones(identities, new_identities, seed)
    is_new = pl.Series([one in new for one in identities])
    known = Manifest(manifest.frame.filter(~is_new), manifest.root, manifest.ranks)
    closed = split_new_session(
        known,
        identity=identity,
        session=session,
        fractions=fractions,
        seed=seed,
        session_within=session_within,
        one_session=one_session,
    )
    others = {part: share for part, share in fractions.items() if part != _TRAIN}
    total = sum(others.values())
    of_new = identities.filter(is_new).to_list()
    assigned = assign_groups(
        of_new,
        [""] * len(of_new),
        fractions={part: share / total for part, share in others.items()},
        seed=seed,
    )
    part_of = {id_: part for part, ids in closed.parts.items() for id_ in ids}
    parts = [
        part_of[id_] if id_ in part_of else assigned[one]
        for id_, one in zip(manifest.ids, identities, strict=True)
    ]
    return _split(manifest, parts, fractions, name=f"mixed identities, seed {seed}")


def mark_identities(manifest: Manifest, split: Split, *, identity: str) -> Manifest:
    """Return the manifest with a column that says "known" of identities in the part "train".

    All others are "new". The column is called "identity_kind", and follows the images into their
    predictions.

    Raises:
        SplitError: the identities are missing or empty, or the manifest has such a column already.
    """
    if KIND_COLUMN in manifest.frame.columns:
        raise SplitError(
            f"The table has a column '{KIND_COLUMN}' already, which this split fills in. Rename it."
        )
    identities = split_values(manifest, identity, "identity")
    learnt = set(split.ids(_TRAIN))
    known = {one for id_, one in zip(manifest.ids, identities, strict=True) if id_ in learnt}
    kinds = pl.Series(KIND_COLUMN, ["known" if one in known else "new" for one in identities])
    frame = manifest.frame.with_columns(kinds)
    return Manifest(frame, manifest.root, manifest.ranks, manifest.taxonomy)


def _classes(manifest: Manifest, identities: pl.Series) -> list[str]:
    """Return the labels to share out, all the same where they are the identities themselves."""
    is_coarser = manifest.labels.n_unique() < identities.n_unique()
    return manifest.labels.to_list() if is_coarser else [""] * len(manifest)


def _new_ones(identities: pl.Series, share: float, seed: int) -> set[str]:
    names = sorted(identities.unique(), key=lambda one: (seed_for("new identity", seed, one), one))
    count = round(share * len(names))
    if not 0 < share < 1 or not 0 < count < len(names):
        raise SplitError(
            f"Expected a share of new identities that leaves some new and some known; {share:g} of "
            f"{count_of(len(names), 'identity', 'identities')} leaves {count} new. Change it."
        )
    return set(names[:count])


def _refuse_one_session(identities: pl.Series, sessions: pl.Series) -> None:
    counts: dict[str, set[str]] = {}
    for one, session in zip(identities, sessions, strict=True):
        counts.setdefault(one, set()).add(session)
    alone = sorted(one for one, own in counts.items() if len(own) == 1)
    if alone:
        raise SplitError(
            f"{len(alone):,} of {count_of(len(counts), 'identity', 'identities')} have one session "
            f"only ({first_few(alone)}), so that no new session of them can be tested. State "
            "'one_session: train', or leave them out."
        )


def _require_train(fractions: Mapping[str, float]) -> None:
    if _TRAIN not in fractions or any(not share > 0 for share in fractions.values()):
        raise SplitError(
            f"Expected a share above 0 for each part, one of them 'train'; got {dict(fractions)}."
        )


def _split(
    manifest: Manifest, parts: list[str], fractions: Mapping[str, float], *, name: str
) -> Split:
    found: dict[str, list[str]] = {part: [] for part in fractions}
    for id_, part in zip(manifest.ids, parts, strict=True):
        found[part].append(id_)
    empty = [part for part, ids in found.items() if not ids]
    if empty:
        raise SplitError(
            f"Part '{empty[0]}' stays empty: identities or their sessions are too few for the "
            f"shares {dict(fractions)}. Give it a larger share, or use fewer parts."
        )
    return Split({part: tuple(ids) for part, ids in found.items()}, name=name)
