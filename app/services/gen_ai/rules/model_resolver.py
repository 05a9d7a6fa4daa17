"""Which model answers for a service: the one place that decides, for what is listed and for what is enforced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import structlog

from app.clock import Clock, today
from app.errors import InvalidModelError
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelConfig, ModelRecord
from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy
from app.vocabulary import ModelCapability, ModelStatus, Wire

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeniedModel:
    config: ModelConfig
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """What a service may use today. `default` is the model used when nobody chooses, None where nothing is left."""

    service_name: str
    allowed: tuple[ModelConfig, ...]
    denied: tuple[DeniedModel, ...]
    default: "Resolution | None"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The model that will answer. `reason` is None where it is simply the one asked for, or the policy's default."""

    record: ModelRecord
    requested_model_id: str | None
    reason: str | None = None


class ModelResolver:
    def __init__(self, catalog: ModelCatalog, policies: PolicyRegistry, clock: Clock) -> None:
        self._catalog = catalog
        self._policies = policies
        self._clock = clock

    def offer(self, service_name: str) -> ServiceOffer:
        """Every model of the catalogue, allowed or denied with the reason.

        Raises:
            UnknownServiceError: no service has this name.
        """
        policy = self._policies.policy(service_name)
        day = today(self._clock)
        allowed: list[ModelConfig] = []
        denied: list[DeniedModel] = []
        for config in self._catalog.configs():
            reason = _objection(policy, self._catalog.record(config.model_id), day)
            if reason is None:
                allowed.append(config)
            else:
                denied.append(DeniedModel(config, reason))
        return ServiceOffer(service_name, tuple(allowed), tuple(denied), self._default(policy, day))

    def resolve(self, service_name: str, requested_model_id: str | None = None) -> Resolution:
        """The model that answers: the requested one, or the policy's default.

        A default that has shut down gives way to its replacement if the policy allows that one, else to the
        cheapest allowed active model.

        Raises:
            UnknownServiceError: no service has this name.
            InvalidModelError: the requested model may not be used, or no model is left.
        """
        policy = self._policies.policy(service_name)
        day = today(self._clock)
        if requested_model_id is not None:
            return self._requested(policy, requested_model_id, day)
        resolution = self._default(policy, day)
        if resolution is None:
            raise self._refusal(policy, policy.default_model, "it has shut down and no allowed model is left")
        if resolution.reason is not None:
            log.warning("default_model_replaced", service=service_name, default_model=policy.default_model,
                        model_id=resolution.record.model_id, reason=resolution.reason)  # fmt: skip
        return resolution

    def admitted(self, service_name: str, name: str, wire: Wire) -> ModelRecord:
        """The record of a model, or of a snapshot of one, that somebody's own request names.

        Raises:
            UnknownServiceError: no service has this name.
            InvalidModelError: the service may not use it, or not on this wire.
        """
        policy = self._policies.policy(service_name)
        record = self._catalog.find(name)
        if record is None:
            raise self._refusal(policy, name, "it is not in the catalogue")
        reason = _objection(policy, record, today(self._clock), wire)
        if reason is None and wire is not Wire.EMBEDDINGS and ModelCapability.CHAT not in record.capabilities:
            reason = "it makes embeddings only"
        if reason is not None:
            raise self._refusal(policy, name, reason)
        return record

    def climb(self, service_name: str, current: Resolution) -> Resolution | None:
        """The next model on the policy's ladder that still answers; None at its top.

        A model that a person chose is never left.
        """
        policy = self._policies.policy(service_name)
        if current.requested_model_id is not None:
            return None
        here = current.record.model_id
        above = policy.ladder[policy.ladder.index(here) + 1 :] if here in policy.ladder else policy.ladder
        usable = {record.model_id: record for record in self._usable(policy, today(self._clock))}
        for model_id in above:
            if model_id in usable:
                reason = f"the answers of {here} did not pass the checks; {model_id} is the next on the ladder"
                return Resolution(usable[model_id], None, reason)
        return None

    def step_down(self, service_name: str, current: Resolution, because: str) -> Resolution | None:
        """The next cheaper model that still answers, where the policy steps down over budget; None where it does not.

        A model that a person chose is never left.
        """
        policy = self._policies.policy(service_name)
        if policy.over_budget != "step_down" or current.requested_model_id is not None:
            return None
        day = today(self._clock)
        price = _list_price(day)
        cheaper = [record for record in self._usable(policy, day) if price(record) < price(current.record)]
        if not cheaper:
            return None
        chosen = max(cheaper, key=price)
        log.info("stepped_down", service=service_name, from_model=current.record.model_id, model_id=chosen.model_id)
        return Resolution(chosen, None, f"{because}; {chosen.model_id} is the next cheaper model")

    def _requested(self, policy: ServiceModelPolicy, model_id: str, day: date) -> Resolution:
        record = self._catalog.find(model_id)
        if record is None or record.model_id != model_id:
            raise self._refusal(policy, model_id, "it is not in the catalogue")
        reason = _objection(policy, record, day)
        if reason is not None:
            raise self._refusal(policy, model_id, reason)
        return Resolution(record, model_id)

    def _default(self, policy: ServiceModelPolicy, day: date) -> Resolution | None:
        default = self._catalog.record(policy.default_model)
        if _objection(policy, default, day) is None:
            return Resolution(default, None)
        gone = f"the default {default.model_id} shut down on {default.lifecycle.shutdown_on}"
        if default.lifecycle.successor is not None:
            replacement = self._catalog.record(default.lifecycle.successor)
            if _objection(policy, replacement, day) is None:
                return Resolution(replacement, None, f"{gone}; {replacement.model_id} is its replacement")
        usable = self._usable(policy, day)
        if not usable:
            return None
        staying = [record for record in usable if record.lifecycle.status(day) is ModelStatus.ACTIVE]
        cheapest = min(staying or usable, key=_list_price(day))
        kind = "active model" if staying else "model that still answers"
        return Resolution(cheapest, None, f"{gone}; {cheapest.model_id} is the cheapest allowed {kind}")

    def _usable(self, policy: ServiceModelPolicy, day: date) -> list[ModelRecord]:
        records = [self._catalog.record(config.model_id) for config in self._catalog.configs()]
        return [record for record in records if _objection(policy, record, day) is None]

    def _refusal(self, policy: ServiceModelPolicy, model_id: str, reason: str) -> InvalidModelError:
        allowed = [config.model_id for config in self.offer(policy.service_name).allowed]
        return InvalidModelError(
            f"Model {model_id} not allowed for service {policy.service_name}: {reason}. "
            f"Allowed: {', '.join(allowed) or 'none'}",
            allowed_models=allowed,
        )


def _objection(
    policy: ServiceModelPolicy, model: ModelRecord, day: date, wire: Wire = Wire.CHAT_COMPLETIONS
) -> str | None:
    reason = policy.objection(model, wire)
    if reason is None and policy.unpriced == "refuse" and model.price_on(day) is None:
        reason = f"it has no known price{f' before {model.prices[0].valid_from}' if model.prices else ''}"
    if reason is not None or model.lifecycle.status(day) is not ModelStatus.SHUT_DOWN:
        return reason
    replacement = f"; its replacement is {model.lifecycle.replacement}" if model.lifecycle.replacement else ""
    elsewhere = "" if model.lifecycle.replacement_listed else ", which is not in the catalogue"
    return f"it shut down on {model.lifecycle.shutdown_on}{replacement}{elsewhere}"


def _list_price(day: date) -> Callable[[ModelRecord], Decimal]:
    """Orders models by what a call of equal input and output would cost; where nobody knows, it is the dearest."""

    def price(model: ModelRecord) -> Decimal:
        config = model.on(day)
        if config.input_price_per_1m is None or config.output_price_per_1m is None:
            return Decimal("Infinity")
        return config.input_price_per_1m + config.output_price_per_1m

    return price
