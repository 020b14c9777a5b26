"""The errors of fieldmark.

FieldmarkError                 bad input: the command line prints it and exits with 2
├── ManifestError              the table of images is not what it should be
│   ├── TaxonomyError          the ranks do not form a tree
│   └── SplitError             the parts of a split are empty, unknown or leak
├── PredictionsError           scores, ids, labels or their header are not what they claim
├── NotComparableError         two results may not stand side by side
├── ImageError                 an image cannot be read, or must not be
├── WeightsError               weights do not fit the network, or must not be loaded
├── DecisionError              a policy asks for what does not exist, or promises too much
├── StudyError                 the study file asks for something that does not exist
├── StoreError                 a stored artefact is incomplete, foreign or damaged
└── MissingExtraError          the command needs packages of an optional extra
RunFailedError                 a cell of a study failed: exit code 1
"""


class FieldmarkError(Exception):
    """Bad input, in one sentence: what was expected, what came, what to do."""


class ManifestError(FieldmarkError):
    """The table of images is not what it should be."""


class TaxonomyError(ManifestError):
    """The ranks do not form a tree."""


class SplitError(ManifestError):
    """The parts of a split are empty, unknown or leak into each other."""


class PredictionsError(FieldmarkError):
    """Scores, ids, labels or their header are not what they claim to be."""


class NotComparableError(FieldmarkError):
    """Two results may not stand side by side; the message says why, and the way out."""


class ImageError(FieldmarkError):
    """An image cannot be read, or must not be."""


class WeightsError(FieldmarkError):
    """Weights do not fit the network, or must not be loaded."""


class DecisionError(FieldmarkError):
    """A policy asks for what does not exist, or for a promise that these data cannot give."""


class StudyError(FieldmarkError):
    """The study file asks for something that does not exist."""


class StoreError(FieldmarkError):
    """A stored artefact is incomplete, foreign or damaged."""


class MissingExtraError(FieldmarkError):
    """The command needs packages of an optional extra that is not installed."""


class RunFailedError(Exception):
    """At least one cell of a study failed; the others ran."""
