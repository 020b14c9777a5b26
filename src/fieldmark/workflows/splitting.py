"""From the rule of a study file to the splits that its cells run on."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fieldmark.experiments.data import DataConfig
from fieldmark.experiments.identity_rules import (
    MixedIdentitiesConfig,
    NewIdentityConfig,
    NewSessionConfig,
)
from fieldmark.experiments.section import Section
from fieldmark.experiments.split_rules import (
    FewShotConfig,
    GroupFoldsConfig,
    HoldoutConfig,
    LeaveOneGroupOutConfig,
    TimeConfig,
)
from fieldmark.manifest.few_shot import draw_few_shot
from fieldmark.manifest.group_folds import split_group_kfold, split_leave_one_group_out
from fieldmark.manifest.identity_splits import (
    mark_identities,
    split_mixed_identities,
    split_new_identity,
    split_new_session,
)
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_set import SplitSet, single
from fieldmark.manifest.splits import split_from_column, split_holdout
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.time_split import split_by_time


def make_splits(manifest: Manifest, data: DataConfig) -> tuple[Manifest, SplitSet]:
    """Return the splits that a study asks for, and its manifest with what the rule adds to it.

    Args:
        manifest: the images of the study.
        data: names the column or the rule.

    Raises:
        SplitError: the manifest cannot be split so; the message says why.
    """
    rule = data.split
    if isinstance(rule, str):
        return manifest, single(split_from_column(manifest, rule))
    if isinstance(rule, FewShotConfig):
        return manifest, _few_shot(manifest, rule)
    settings = rule.model_dump(exclude={"kind"})
    if isinstance(rule, TimeConfig) and rule.cuts is not None:
        settings["cuts"] = {part: str(first) for part, first in rule.cuts.items()}
    made = _RULES[type(rule)](manifest, **settings)
    if isinstance(rule, MixedIdentitiesConfig):
        split = made if isinstance(made, Split) else made.named(None)
        manifest = mark_identities(manifest, split, identity=rule.identity)
    return manifest, single(made) if isinstance(made, Split) else made


def _few_shot(manifest: Manifest, rule: FewShotConfig) -> SplitSet:
    if isinstance(rule.within, str):
        whole = split_from_column(manifest, rule.within)
    else:
        whole = split_holdout(manifest, **rule.within.model_dump(exclude={"kind"}))
    return draw_few_shot(manifest, whole, shots=rule.shots, seed=rule.seed, too_few=rule.too_few)


_RULES: Final[Mapping[type[Section], Callable[..., Any]]] = {
    HoldoutConfig: split_holdout,
    GroupFoldsConfig: split_group_kfold,
    LeaveOneGroupOutConfig: split_leave_one_group_out,
    TimeConfig: split_by_time,
    NewSessionConfig: split_new_session,
    NewIdentityConfig: split_new_identity,
    MixedIdentitiesConfig: split_mixed_identities,
}
