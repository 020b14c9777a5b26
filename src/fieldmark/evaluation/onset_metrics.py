"""The catalogue of onset metrics: what is measured of the day on which something begins."""

from fieldmark.evaluation.metric_definition import MetricDefinition

#: Onsets that are found within this many days are counted.
WITHIN_DAYS = (1, 3, 5, 7)

_IMAGED = "imaged specimen-days"
_DETECTED = "specimens with an onset within the observed time for which one is decoded"
_WITH_ONSET = "specimens with an onset within the observed time"
_UNAFFECTED = (
    "specimens that can only be alarmed falsely: the stated controls, else those that never begin"
)
_PAIRS = "pairs of a positive and a negative imaged specimen-day"
_OVER_SPECIMENS = "mean over specimens"

_STATES = (
    MetricDefinition(
        identifier="state_accuracy",
        title="State accuracy",
        definition="Share of imaged specimen-days on which the probability is at least 0.5 exactly"
        " where the label is the positive state.",
        denominator=_IMAGED,
        aggregation="mean over specimen-days",
    ),
    MetricDefinition(
        identifier="state_f1",
        title="State F1",
        definition="F1 = 2 tp / (predicted + labelled) of the positive state over imaged"
        " specimen-days, predicted where the probability is at least 0.5.",
        denominator="specimen-days predicted plus specimen-days labelled positive",
        aggregation="one ratio over all specimen-days",
    ),
    MetricDefinition(
        identifier="state_auroc_pooled",
        title="State AUROC, pooled",
        definition="Share of pairs of a positive and a negative imaged specimen-day, whatever their"
        " folds and days, of which the positive one has the higher probability; ties count half.",
        denominator=_PAIRS,
        aggregation="one share over all pairs",
    ),
    MetricDefinition(
        identifier="state_auroc_mean_of_folds",
        title="State AUROC, mean of folds",
        definition="Mean over folds of the AUROC among the imaged specimen-days of the fold; a fold"
        " with one state only is no term of the mean.",
        denominator="folds with both states",
        aggregation="unweighted mean over folds",
    ),
    MetricDefinition(
        identifier="state_auroc_mean_of_days",
        title="State AUROC, mean of days",
        definition="Mean over days of the AUROC among the specimens imaged on that day; what knows"
        " the day alone has 0.5. A day with one state only is no term of the mean.",
        denominator="days with both states",
        aggregation="unweighted mean over days",
    ),
)

_DAYS = (
    MetricDefinition(
        identifier="day_accuracy",
        title="Accuracy on a day",
        definition="State accuracy among the specimens imaged on one day.",
        denominator="specimens imaged on that day",
        aggregation=_OVER_SPECIMENS,
    ),
    MetricDefinition(
        identifier="day_f1",
        title="F1 on a day",
        definition="State F1 among the specimens imaged on one day.",
        denominator="specimens predicted plus specimens labelled positive on that day",
        aggregation="one ratio over specimens",
    ),
    MetricDefinition(
        identifier="day_auroc_pooled",
        title="AUROC on a day, pooled",
        definition="State AUROC among the specimens imaged on one day, whatever their folds.",
        denominator="pairs of a positive and a negative specimen imaged on that day",
        aggregation="one share over all pairs",
    ),
    MetricDefinition(
        identifier="day_auroc_mean_of_folds",
        title="AUROC on a day, mean of folds",
        definition="Mean over folds of the AUROC among the specimens of the fold that were imaged"
        " on one day; a fold with one state only is no term of the mean.",
        denominator="folds with both states on that day",
        aggregation="unweighted mean over folds",
    ),
    MetricDefinition(
        identifier="known_by_day",
        title="Known by a day",
        definition="Share of the specimens whose onset is on or before a day for which the rule,"
        " seeing that day and those before it, says that the onset has been.",
        denominator="specimens with an onset on or before that day",
        aggregation=_OVER_SPECIMENS,
    ),
    MetricDefinition(
        identifier="falsely_known_by_day",
        title="Falsely known by a day",
        definition="Share of the specimens that can only be alarmed falsely for which the rule,"
        " seeing a day and those before it, says that the onset has been.",
        denominator=_UNAFFECTED,
        aggregation=_OVER_SPECIMENS,
        direction="lower",
    ),
)

_ERRORS = (
    MetricDefinition(
        identifier="onset_mae",
        title="Onset error where detected",
        definition="Mean of |decoded - true onset| in days; an onset that is not detected is no"
        " term, so read it with the undetected share.",
        denominator=_DETECTED,
        aggregation=_OVER_SPECIMENS,
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="onset_bias",
        title="Onset bias where detected",
        definition="Mean of decoded - true onset in days: positive is late.",
        denominator=_DETECTED,
        aggregation=_OVER_SPECIMENS,
        direction="neither",
        scale="number",
    ),
    MetricDefinition(
        identifier="onset_error_to_end",
        title="Onset error, undetected as the last day",
        definition="Mean of |decoded - true onset| in days, where an onset that is not detected"
        " counts as decoded on the last day of the observed time.",
        denominator=_WITH_ONSET,
        aggregation=_OVER_SPECIMENS,
        direction="lower",
        scale="number",
    ),
    *(
        MetricDefinition(
            identifier=f"onset_within_{days}",
            title=f"Onset within {days} {'day' if days == 1 else 'days'}",
            definition=f"Share of onsets that are decoded at most {days}"
            f" {'day' if days == 1 else 'days'} too early or too late; one that is not detected"
            " counts as wrong.",
            denominator=_WITH_ONSET,
            aggregation=_OVER_SPECIMENS,
        )
        for days in WITHIN_DAYS
    ),
    MetricDefinition(
        identifier="onset_undetected",
        title="Onsets undetected",
        definition="Share of onsets for which none is decoded.",
        denominator=_WITH_ONSET,
        aggregation=_OVER_SPECIMENS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="onset_c_index",
        title="Onset C-index",
        definition="Share of pairs, of which one onset is observed before the other one or before"
        " the end of the other's time, whose decoded onsets stand in the same order; equal decoded"
        " onsets count half. 'Never' is censored at the last day; decoded 'never' is after it.",
        denominator="comparable pairs of specimens",
        aggregation="one share over all pairs",
    ),
    MetricDefinition(
        identifier="false_alarms_per_control",
        title="False alarms per control",
        definition="Share of the specimens that can only be alarmed falsely for which an onset is"
        " decoded.",
        denominator=_UNAFFECTED,
        aggregation=_OVER_SPECIMENS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="false_alarms_per_control_day",
        title="False alarms per control and day",
        definition="Number of decoded onsets of specimens that can only be alarmed falsely, divided"
        " by the days on which these were imaged.",
        denominator="imaged days of specimens that can only be alarmed falsely",
        aggregation="one ratio over specimens",
        direction="lower",
        scale="number",
    ),
)

_LEAD = (
    MetricDefinition(
        identifier="lead_time",
        title="Lead time at a fixed false-alarm rate",
        definition="Mean of true onset - day of the alarm, in days: positive is a warning. The"
        " threshold allows the stated share of false alarms per control on specimens that are not"
        " judged with it; the alarm sees no later day.",
        denominator="specimens with an onset within the observed time that are alarmed",
        aggregation=_OVER_SPECIMENS,
        scale="number",
    ),
    MetricDefinition(
        identifier="warned_by_onset",
        title="Warned by the onset at a fixed false-alarm rate",
        definition="Share of onsets with an alarm on or before the true onset, at the threshold of"
        " the lead time.",
        denominator=_WITH_ONSET,
        aggregation=_OVER_SPECIMENS,
    ),
    MetricDefinition(
        identifier="alarmed_at_rate",
        title="Alarmed at a fixed false-alarm rate",
        definition="Share of onsets with an alarm at any time, at the threshold of the lead time.",
        denominator=_WITH_ONSET,
        aggregation=_OVER_SPECIMENS,
    ),
    MetricDefinition(
        identifier="false_alarms_at_rate",
        title="False alarms per control at a fixed false-alarm rate",
        definition="Share of the specimens that can only be alarmed falsely with an alarm, at the"
        " threshold of the lead time: what became of the rate that was allowed.",
        denominator=_UNAFFECTED,
        aggregation=_OVER_SPECIMENS,
        direction="lower",
    ),
)

#: What has a skill over the best trivial baseline of its table.
ONSET_SKILLS = (
    "state_auroc_pooled",
    "onset_error_to_end",
    "onset_within_3",
    "onset_c_index",
)
ONSET_METRICS: tuple[MetricDefinition, ...] = (*_STATES, *_DAYS, *_ERRORS, *_LEAD)
