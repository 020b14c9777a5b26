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
from .predictions.fusion import linear_pool as linear_pool
from .predictions.fusion import log_linear_pool as log_linear_pool
from .predictions.part_folders import load_part as load_part
from .predictions.pooling import pool as pool
from .predictions.rankings import Rankings as Rankings
from .predictions.trajectories import Trajectories as Trajectories
from .predictions.trajectories_source import trajectories_of as trajectories_of
from .predictions.trajectories_onsets import read_onset_table as read_onset_table
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
from .comparison.ablation import PlannedRow as PlannedRow
from .comparison.ablation import ablation_table as ablation_table
from .comparison.choosing import Question as Question
from .comparison.choosing import choose_best as choose_best
from .comparison.claim_checks import check_claims as check_claims
from .comparison.claims_file import ClaimsFile as ClaimsFile
from .comparison.families import compare_many as compare_many
from .comparison.fold_tables import compare_folds as compare_folds
from .comparison.rules import ComparisonRules as ComparisonRules
from .comparison.selection import Choice as Choice
from .comparison.selection import SelectionLedger as SelectionLedger
from .comparison.selection import read_ledger as read_ledger
from .comparison.selection import write_ledger as write_ledger
from .evaluation.estimates import Estimate as Estimate
from .evaluation.evaluate import evaluate_many as evaluate_many
from .evaluation.evaluate import evaluate_predictions as evaluate_predictions
from .evaluation.metrics import METRICS as METRICS
from .evaluation.record import Evaluation as Evaluation

# deciding
from .decision.calibrators import Calibrator as Calibrator
from .decision.calibrators import calibrate as calibrate
from .decision.calibrators import fit_calibrator as fit_calibrator
from .decision.calibrators import fit_pair_calibrator as fit_pair_calibrator
from .decision.calibrators import fit_temperature as fit_temperature
from .decision.decide import decide as decide
from .decision.decisions import Decisions as Decisions
from .decision.decisions_store import load_decisions as load_decisions
from .decision.decisions_store import save_decisions as save_decisions
from .decision.fusing import Fusion as Fusion
from .decision.fusing import FusionSettings as FusionSettings
from .decision.fusing import apply_fusion as apply_fusion
from .decision.fusing import fit_fusion as fit_fusion
from .decision.operating_point import OperatingPoint as OperatingPoint
from .decision.pair_calibrator import PairCalibrator as PairCalibrator
from .decision.planner import RecallPlan as RecallPlan
from .decision.planner import plan_recall as plan_recall
from .decision.policy import Backoff as Backoff
from .decision.policy import ChowRule as ChowRule
from .decision.policy import CostMatrixRule as CostMatrixRule
from .decision.policy import MinimumRisk as MinimumRisk
from .decision.policy import NeymanPearson as NeymanPearson
from .decision.policy import RejectBands as RejectBands
from .decision.policy import RiskControl as RiskControl

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
