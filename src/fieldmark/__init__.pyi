# The public names of fieldmark, listed once, by topic.

# ground: images, labels, groups, splits
from .manifest.audit import audit as audit
from .manifest.findings import Finding as Finding
from .manifest.labels import LabelSpace as LabelSpace
from .manifest.parts import Split as Split
from .manifest.sources import ManifestColumns as ManifestColumns
from .manifest.sources import read_manifest as read_manifest
from .manifest.splits import read_split as read_split
from .manifest.splits import split_from_column as split_from_column
from .manifest.splits import split_holdout as split_holdout
from .manifest.splits import write_split as write_split
from .manifest.table import Manifest as Manifest
from .manifest.taxonomy import Taxonomy as Taxonomy
from .manifest.taxonomy import build_taxonomy as build_taxonomy

# predictions
from .predictions.header import PredictionsHeader as PredictionsHeader
from .predictions.header import ScoreKind as ScoreKind
from .predictions.importers import ImportOptions as ImportOptions
from .predictions.importers import import_predictions as import_predictions
from .predictions.rollup import roll_up as roll_up
from .predictions.store import load_predictions as load_predictions
from .predictions.store import save_predictions as save_predictions
from .predictions.table import Predictions as Predictions
from .predictions.universe import common_classes as common_classes
from .predictions.universe import restrict as restrict

# judging
from .comparison.claims import Claim as Claim
from .comparison.claims import ClaimResult as ClaimResult
from .comparison.claims import check_claim as check_claim
from .comparison.outcome import Comparison as Comparison
from .comparison.verdict import compare as compare
from .evaluation.estimates import Estimate as Estimate
from .evaluation.evaluate import evaluate_many as evaluate_many
from .evaluation.evaluate import evaluate_predictions as evaluate_predictions
from .evaluation.metrics import METRICS as METRICS
from .evaluation.record import Evaluation as Evaluation

# learning (needs the extra "learn")
from .backbones.encoders import Encoder as Encoder
from .backbones.encoders import open_encoder as open_encoder
from .backbones.specs import BackboneSpec as BackboneSpec
from .embeddings.extraction import extract as extract
from .embeddings.extraction import open_store as open_store
from .embeddings.table import EmbeddingSet as EmbeddingSet
from .heads.head import Head as Head
from .heads.kinds import fit_head as fit_head
from .heads.storage import load_head as load_head
from .heads.storage import save_head as save_head
from .images.contract import PreprocessSpec as PreprocessSpec
from .images.decoding import decode as decode
from .images.preprocessing import preprocess as preprocess
from .images.preprocessing import preprocess_file as preprocess_file

# studies
from .core.errors import FieldmarkError as FieldmarkError
from .core.errors import NotComparableError as NotComparableError
from .experiments.config import Study as Study
from .experiments.plan import RunSpec as RunSpec
from .experiments.records import RunRecord as RunRecord
from .experiments.study_file import read_study as read_study
from .workflows.answering import answer as answer
from .workflows.answers import Answer as Answer
from .workflows.ground import Ground as Ground
from .workflows.ground import open_ground as open_ground
from .workflows.reporting import report_study as report_study
from .workflows.taxonomy import run_study as run_study
