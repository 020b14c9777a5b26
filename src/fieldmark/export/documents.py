"""What a calibrator and stored decisions leave in a bundle, and to which model they belong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fieldmark.core.checks import field_differences
from fieldmark.core.errors import NotComparableError, StoreError
from fieldmark.core.storage import read_json

_DECISIONS: Final = "decisions.json"
_POINT_KEYS: Final = (
    "rule",
    "policy",
    "contender",
    "fitted_on",
    "fitted_items_digest",
    "points",
)


def read_calibrator(path: Path) -> dict[str, Any]:
    """Return the calibrator that a file holds by itself, or as a part of stored decisions.

    Raises:
        StoreError: the file is missing, no JSON, or holds no calibrator.
        PredictionsError: a field of the calibrator is missing or unknown.
    """
    from fieldmark.decision.calibrators import calibrator_from_dict

    content = _document(path)
    found = content.get("calibrator", content)
    if not isinstance(found, dict):
        raise StoreError(f"Expected a calibrator in {path}; the decisions there used none.")
    return calibrator_from_dict(found).to_dict()


def read_operating_point(path: Path) -> dict[str, Any]:
    """Return what applying stored decisions needs, and whether their promises held.

    Args:
        path: the folder that ``fieldmark decide --out`` wrote, or the JSON document in it.

    Raises:
        StoreError: there is no such document, or its rule cannot be applied outside its report.
    """
    from fieldmark.decision.calibrators import calibrator_from_dict

    content = _document(path)
    missing = [key for key in _POINT_KEYS if key not in content]
    if missing:
        raise StoreError(
            f"Expected stored decisions in {path}, as `fieldmark decide --out` writes them; it"
            f" lacks {', '.join(missing)}."
        )
    if content["rule"] == "chow" and content["policy"].get("prevalence") is not None:
        raise StoreError(
            f"The decisions in {path} move probabilities to another prevalence, for which they do"
            " not hold all that is needed; leave `prevalence` out of the policy and decide again."
        )
    stored = content.get("calibrator")
    digest = None if stored is None else calibrator_from_dict(stored).digest
    kept = {key: content[key] for key in _POINT_KEYS}
    checks = [check["sentence"] for check in content.get("checks", ())]
    return kept | {"calibrator_digest": digest, "checks": checks}


def calibrator_digest(content: Mapping[str, Any]) -> str:
    """Return the digest of a stored calibrator."""
    from fieldmark.decision.calibrators import calibrator_from_dict

    return calibrator_from_dict(content).digest


def check_documents(
    calibrator: Mapping[str, Any] | None,
    operating_point: Mapping[str, Any] | None,
    *,
    contender: str,
    seed: int | None,
    classes: tuple[str, ...],
) -> None:
    """Refuse a calibrator or thresholds that were not fitted to the scores of this model.

    Raises:
        NotComparableError: another contender, seed or classes; or thresholds that were set on
            scores calibrated otherwise.
    """
    if calibrator is not None:
        own = {"contender": contender, "seed": seed, "classes": len(classes)}
        theirs = {name: calibrator[name] for name in ("contender", "seed")}
        differences = field_differences(own, theirs | {"classes": len(calibrator["classes"])})
        if not differences and tuple(calibrator["classes"]) != classes:
            differences = ("classes: other names, or in another order",)
        if differences:
            raise NotComparableError(
                "The calibrator was not fitted to the scores of this model (model against"
                f" calibrator: {'; '.join(differences)}). Fit one to its calibration part."
            )
    if operating_point is None:
        return
    if operating_point["contender"] != contender:
        raise NotComparableError(
            f"The operating point was fitted to '{operating_point['contender']}', the model is"
            f" '{contender}'. Decide on the predictions of '{contender}'."
        )
    given = None if calibrator is None else calibrator_digest(calibrator)
    needed = operating_point["calibrator_digest"]
    if given != needed:
        raise NotComparableError(
            f"The operating point was fitted on scores with {_calibrator(needed)}; given is"
            f" {_calibrator(given)}. Give the calibrator of the same decisions."
        )


def _document(path: Path) -> dict[str, Any]:
    content = read_json(path / _DECISIONS if path.is_dir() else path)
    if not isinstance(content, dict):
        raise StoreError(f"Expected a JSON object in {path}; found a {type(content).__name__}.")
    return content


def _calibrator(digest: str | None) -> str:
    return "no calibrator" if digest is None else f"the calibrator {digest[:12]}"
