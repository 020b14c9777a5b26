"""The decisions of a study, as its table of images bears them out."""

from collections.abc import Mapping

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError, StudyError
from fieldmark.decision.poison import with_poisonous_classes
from fieldmark.decision.policy import Policy
from fieldmark.experiments.decisions import positive_classes
from fieldmark.manifest.table import Manifest


def policies_of(decisions: Mapping[str, Policy], manifest: Manifest) -> dict[str, Policy]:
    """Return the decisions by name, poisonous classes looked up among all images.

    Args:
        decisions: as the study file says.
        manifest: every image.

    Raises:
        StudyError: a decision names a class that is none, or a column that is not there or in
            which no image is poisonous.
    """
    classes = manifest.taxonomy.leaves.classes if manifest.taxonomy else manifest.label_names
    known = frozenset(classes)
    found: dict[str, Policy] = {}
    for name, policy in decisions.items():
        for one in positive_classes(policy):
            if one not in known:
                raise StudyError(f"decisions.{name}: {unknown_choice('class', one, classes)}")
        try:
            found[name] = with_poisonous_classes(policy, [manifest.frame])
        except DecisionError as error:
            raise StudyError(f"decisions.{name}: {error}") from None
    return found
