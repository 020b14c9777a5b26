"""How much an image of each class counts in a loss."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.heads.origin import PositionArray

ClassWeights = Literal["none", "balanced"]
_KINDS: tuple[ClassWeights, ...] = get_args(ClassWeights)


def check_class_weights(kind: object) -> None:
    """Refuse what is no way to weigh classes.

    Raises:
        StudyError: the kind is unknown.

    Example:
        >>> check_class_weights("balanced")
    """
    if kind not in _KINDS:
        raise StudyError(unknown_choice("class weights", str(kind), _KINDS))


def weights_of_classes(
    kind: ClassWeights, positions: PositionArray, n_classes: int
) -> npt.NDArray[np.float64]:
    """Return float64 (n_classes,): 1 for each, or inverse to the count so that they average 1.

    Args:
        kind: "none" or "balanced".
        positions: int64 array (n_images,), classes of the training images.
        n_classes: number of classes; one without images gets the weight 1.

    Returns:
        with "balanced", n_images / (classes with images * images of the class), so that the mean
        over the images is 1, as scikit-learn has it.

    Example:
        >>> weights_of_classes("balanced", np.array([0, 0, 0, 1]), 2).round(3).tolist()
        [0.667, 2.0]
    """
    weights = np.ones(n_classes)
    if kind == "balanced":
        counts = np.bincount(positions, minlength=n_classes)
        present = counts > 0
        weights[present] = len(positions) / (present.sum() * counts[present])
    return weights
