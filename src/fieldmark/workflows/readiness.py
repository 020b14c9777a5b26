"""Whether the contenders of a study can run at all, found before anything does."""

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.networks import configuration_of, contract_of
from fieldmark.core.errors import FieldmarkError
from fieldmark.core.progress import Progress
from fieldmark.experiments.contenders import BackboneConfig, ImportedContender
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.learning import backbone_spec
from fieldmark.workflows.regions import regions_of


def contender_problems(ground: Ground, *, progress: Progress) -> dict[str, str]:
    """Return why contenders cannot run, by name, in one sentence each; empty when all can.

    Each network is built, and weights from a file are loaded, as a run would do; weights that timm
    publishes are not fetched. Predictions made elsewhere are only known to be there.

    Args:
        ground: the study.
        progress: who is told how far it is.
    """
    trained = {
        name: contender.backbone
        for name, contender in ground.file.study.contenders.items()
        if not isinstance(contender, ImportedContender)
    }
    found: dict[str, str | None] = {}
    problems: dict[str, str] = {}
    with progress.step("open backbones", len(trained)) as step:
        for name, config in trained.items():
            key = config.model_dump_json()
            if key not in found:
                found[key] = _problem_of(ground, config)
            problem = found[key]
            if problem is not None:
                problems[name] = problem
            step.advance()
    return problems


def _problem_of(ground: Ground, config: BackboneConfig) -> str | None:
    try:
        spec = backbone_spec(ground.file, config)
        contract = contract_of(spec, configuration_of(spec))
        if spec.source not in ("tag", "hub"):
            open_encoder(spec)
        regions_of(ground.manifest, contract)
    except FieldmarkError as error:
        return str(error)
    return None
