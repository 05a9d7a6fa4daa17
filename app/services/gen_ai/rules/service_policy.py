"""The policies: which models each service may use, and which one when nobody chooses."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.errors import ConfigurationError, UnknownServiceError
from app.services.gen_ai.rules.budgets import Budget, check_budgets
from app.services.gen_ai.rules.catalog_file import CatalogFile
from app.services.gen_ai.rules.data_files import read_data_file
from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.prices import RequestTier, ServiceTier
from app.vocabulary import ModelCapability, ModelTier, Wire

WireChoice = Literal["auto", "chat_completions", "responses"]


class ServiceModelPolicy(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    service_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    allowed_tiers: Annotated[tuple[ModelTier, ...], Field(min_length=1)]
    default_model: str
    required_capabilities: Annotated[tuple[ModelCapability, ...], Field(min_length=1)]
    unpriced: Literal["refuse", "allow"] = "refuse"
    """Whether a model may be used on a day for which it has no known price."""
    ladder: tuple[str, ...] = ()
    """The models to climb to, in their order, where the default's answers do not pass the checks."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 2
    """How many answers are asked for in all before an operation is given up."""
    repairs: Annotated[int, Field(ge=0, le=9)] = 1
    """How often a model may repair its answer before the next one on the ladder is asked."""
    over_budget: Literal["refuse", "step_down", "wait"] = "refuse"
    """What happens where a hard budget has no room: 402, or first a try with cheaper allowed models, or first a wait
    where only calls under way are in the room's way."""
    over_budget_wait_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    """How long it waits at most, with `over_budget: wait`."""
    wire: WireChoice = "auto"
    """Which of OpenAI's two text APIs requests take; auto: the one on which the model can do what the task asks."""
    service_tier: RequestTier = ServiceTier.DEFAULT
    """The tier of OpenAI's that requests ask for; a model without a price for it is asked at the standard one."""
    on_ledger_failure: Literal["refuse", "allow"] = "refuse"
    """Whether calls go out while the ledger cannot be written; they are journalled, and replayed when it can be."""

    error_answers: Literal["nothing", "worst"] = "nothing"
    """What an answer with a 5xx status counts for in budgets until it is resolved: nothing, or its worst case. No
    source says that OpenAI bills one."""
    unmetered: Literal["refuse", "allow"] = "refuse"
    """Whether endpoints that cannot be metered (images, audio, batches) may be used, at a cost that nobody knows."""

    @property
    def patience_seconds(self) -> float:
        """How long a call waits at most for room in a budget."""
        return self.over_budget_wait_seconds if self.over_budget == "wait" else 0.0

    @property
    def models(self) -> tuple[str, ...]:
        """Those that it names: the default, then the ladder."""
        return (self.default_model, *self.ladder)

    def objection(self, model: ModelRecord, wire: Wire = Wire.CHAT_COMPLETIONS) -> str | None:
        """Why the service may not use a model, whatever the day; None where it may."""
        if model.tier is None:
            return "it is the baseline that savings are measured against, for no service"
        if model.tier not in self.allowed_tiers:
            return f"its tier {model.tier} is not among the allowed tiers ({', '.join(self.allowed_tiers)})"
        required = (ModelCapability.EMBEDDING,) if wire is Wire.EMBEDDINGS else self.required_capabilities
        missing = [capability for capability in required if capability not in model.capabilities]
        return f"it lacks {', '.join(missing)}" if missing else None


class PolicyFile(BaseModel):
    """The shape of `policies.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    services: Annotated[tuple[ServiceModelPolicy, ...], Field(min_length=1)]
    budgets: tuple[Budget, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [policy.service_name for policy in self.services]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} stands twice; each service has one policy")
        return self


def load_policy_file(path: Path, catalog: CatalogFile) -> PolicyFile:
    """Reads the policies and checks each model that they name against the catalogue, and what the budgets name.

    Raises:
        ConfigurationError: with the file and the service, for a model that is unknown, not allowed or incapable, or
            with the file and the budget.
    """
    file = read_data_file(path, PolicyFile)
    models = {model.model_id: model for model in catalog.models}
    for policy in file.services:
        named = [("default model", policy.default_model), *(("ladder's model", step) for step in policy.ladder)]
        for what, model_id in named:
            model = models.get(model_id)
            objection = "it is not in the catalogue" if model is None else policy.objection(model)
            if objection is not None:
                raise ConfigurationError(
                    f"{path}, {policy.service_name}: the {what} {model_id} cannot be used: {objection}"
                )
    try:
        check_budgets(file.budgets, [policy.service_name for policy in file.services])
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return file


class PolicyRegistry:
    """A cheap view of the loaded policies."""

    def __init__(self, file: PolicyFile) -> None:
        self._policies = {policy.service_name: policy for policy in file.services}

    def may_pass_unrecorded(self, service_name: str) -> bool:
        """Whether a service's calls go out while the ledger cannot be written."""
        policy = self._policies.get(service_name)
        return policy is not None and policy.on_ledger_failure == "allow"

    @property
    def service_names(self) -> tuple[str, ...]:
        return tuple(self._policies)

    def policy(self, service_name: str) -> ServiceModelPolicy:
        """The policy of a service.

        Raises:
            UnknownServiceError: no service has this name; the message lists those that exist.
        """
        try:
            return self._policies[service_name]
        except KeyError:
            known = ", ".join(self._policies)
            raise UnknownServiceError(
                f"There is no service {service_name}; known services: {known}", services=list(self._policies)
            ) from None
