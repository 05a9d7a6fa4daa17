"""Which model answers for a service: the one place that decides, for what is listed and for what is enforced."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import structlog

from app.clock import Clock, today
from app.errors import InvalidModelError
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelConfig, ModelRecord
from app.services.gen_ai.rules.refusals import Refusal, Refusals
from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy
from app.services.gen_ai.rules.upstream import Upstream, can_answer
from app.vocabulary import ModelCapability, ModelStatus, Wire

log = structlog.get_logger(__name__)

_OTHER_WIRES = "; `wire` in the policy, or TOLLGATE_WIRE, says which wires are taken"


@dataclass(frozen=True, slots=True)
class DeniedModel:
    config: ModelConfig
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """What a service may use today. `default` is the model used when nobody chooses, None where nothing is left.

    `refused`: which of the allowed models the upstream has refused of late. Who chooses one is not held back: the
    refusal may be over, and nobody but the upstream can tell.
    """

    service_name: str
    allowed: tuple[ModelConfig, ...]
    denied: tuple[DeniedModel, ...]
    default: "Resolution | None"
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The model that will answer. `reason` is None where it is simply the one asked for, or the policy's default."""

    record: ModelRecord
    requested_model_id: str | None
    reason: str | None = None


class ModelResolver:
    """`refusals`: what the upstream has refused of late; without, nothing yet."""

    def __init__(
        self,
        catalog: ModelCatalog,
        policies: PolicyRegistry,
        clock: Clock,
        upstream: Upstream | None = None,
        *,
        refusals: Refusals | None = None,
    ) -> None:
        self._catalog = catalog
        self._policies = policies
        self._clock = clock
        self._upstream = upstream or Upstream()
        self.refusals = Refusals(clock) if refusals is None else refusals

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
            reason = self._objection(policy, self._catalog.record(config.model_id), day)
            if reason is None:
                allowed.append(config)
            else:
                denied.append(DeniedModel(config, reason))
        refused = (self.refusals.of(config.model_id, service_name) for config in allowed)
        known = tuple(refusal for refusal in refused if refusal is not None)
        return ServiceOffer(service_name, tuple(allowed), tuple(denied), self._default(policy, day), known)

    def resolve(self, service_name: str, requested_model_id: str | None = None) -> Resolution:
        """The model that answers: the requested one, or the policy's default.

        A default that has shut down gives way to its replacement if the policy allows that one, else to the
        cheapest allowed active model. What the upstream has refused of late gives way as `instead` says, as long as
        anything else is left.

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
        reason = self._objection(policy, record, today(self._clock), (wire,))
        if reason is None and wire is not Wire.EMBEDDINGS and ModelCapability.CHAT not in record.capabilities:
            reason = "it makes embeddings only"
        if reason is not None:
            raise self._refusal(policy, name, reason)
        return record

    def climb(self, service_name: str, current: Resolution, tried: Collection[str] = ()) -> Resolution | None:
        """The next model on the policy's ladder that still answers; None at its top.

        Where the upstream has refused it of late, the one that answers in its place, if that has not been `tried`. A
        model that a person chose is never left.
        """
        policy = self._policies.policy(service_name)
        if current.requested_model_id is not None:
            return None
        here, day = current.record.model_id, today(self._clock)
        usable = {record.model_id: record for record in self._usable(policy, day)}
        following = next((usable[model_id] for model_id in _above(policy, here) if model_id in usable), None)
        if following is None:
            return None
        reason = f"the answers of {here} did not pass the checks; {following.model_id} is the next on the ladder"
        higher = Resolution(following, None, reason)
        refusal = self.refusals.of(following.model_id, service_name)
        if refusal is None:
            return higher
        return self._in_place_of(policy, higher, day, {here, *tried}, refusal.sentence())

    def instead(
        self, service_name: str, refused: Resolution, tried: Collection[str], because: str
    ) -> Resolution | None:
        """The model that may do the job in place of one that the upstream refuses; None where none is left.

        The next one above it on the ladder, else its replacement, else the cheapest allowed model; none that was
        `tried`, and none that the upstream has refused of late. A model that a person chose is never left.
        """
        if refused.requested_model_id is not None:
            return None
        policy = self._policies.policy(service_name)
        return self._in_place_of(policy, refused, today(self._clock), tried, because)

    def step_down(self, service_name: str, current: Resolution, because: str) -> Resolution | None:
        """The next cheaper model that still answers, where the policy steps down over budget; None where it does not.

        A model that a person chose is never left.
        """
        policy = self._policies.policy(service_name)
        if policy.over_budget != "step_down" or current.requested_model_id is not None:
            return None
        day = today(self._clock)
        price = _list_price(day)
        cheaper = [record for record in self._welcome(policy, day) if price(record) < price(current.record)]
        if not cheaper:
            return None
        chosen = max(cheaper, key=price)
        log.info("stepped_down", service=service_name, from_model=current.record.model_id, model_id=chosen.model_id)
        return Resolution(chosen, None, f"{because}; {chosen.model_id} is the next cheaper model")

    def _requested(self, policy: ServiceModelPolicy, model_id: str, day: date) -> Resolution:
        record = self._catalog.find(model_id)
        if record is None or record.model_id != model_id:
            raise self._refusal(policy, model_id, "it is not in the catalogue")
        reason = self._objection(policy, record, day)
        if reason is not None:
            raise self._refusal(policy, model_id, reason)
        return Resolution(record, model_id)

    def _default(self, policy: ServiceModelPolicy, day: date) -> Resolution | None:
        first = self._first_choice(policy, day)
        refusal = None if first is None else self.refusals.of(first.record.model_id, policy.service_name)
        if first is None or refusal is None:
            return first
        # Where all are refused it is asked again: what is remembered alone ends nothing.
        return self._in_place_of(policy, first, day, (), refusal.sentence()) or first

    def _in_place_of(
        self, policy: ServiceModelPolicy, refused: Resolution, day: date, tried: Collection[str], because: str
    ) -> Resolution | None:
        gone = refused.record
        left = {record.model_id: record for record in self._welcome(policy, day)
                if record.model_id not in tried and record is not gone}  # fmt: skip
        if not left:
            return None
        for model_id in _above(policy, gone.model_id):
            if model_id in left:
                chosen, why = left[model_id], "the next on the ladder"
                break
        else:
            if gone.lifecycle.successor in left:
                chosen, why = left[gone.lifecycle.successor], "its replacement"
            else:
                chosen, kind = _cheapest(left.values(), day)
                why = f"the cheapest allowed {kind} that is left"
        reasons = (refused.reason, because, f"{chosen.model_id} is {why}")
        return Resolution(chosen, None, "; ".join(reason for reason in reasons if reason))

    def _first_choice(self, policy: ServiceModelPolicy, day: date) -> Resolution | None:
        """The policy's default, or what stands in for it since it has shut down."""
        default = self._catalog.record(policy.default_model)
        if self._objection(policy, default, day) is None:
            return Resolution(default, None)
        gone = f"the default {default.model_id} shut down on {default.lifecycle.shutdown_on}"
        if default.lifecycle.successor is not None:
            replacement = self._catalog.record(default.lifecycle.successor)
            if self._objection(policy, replacement, day) is None:
                return Resolution(replacement, None, f"{gone}; {replacement.model_id} is its replacement")
        usable = self._usable(policy, day)
        if not usable:
            return None
        cheapest, kind = _cheapest(usable, day)
        return Resolution(cheapest, None, f"{gone}; {cheapest.model_id} is the cheapest allowed {kind}")

    def _usable(self, policy: ServiceModelPolicy, day: date) -> list[ModelRecord]:
        records = [self._catalog.record(config.model_id) for config in self._catalog.configs()]
        return [record for record in records if self._objection(policy, record, day) is None]

    def _objection(
        self, policy: ServiceModelPolicy, model: ModelRecord, day: date, wires: Sequence[Wire] | None = None
    ) -> str | None:
        """Why a service may not use a model on a day (UTC), on any of these wires, which are its own where none are
        given; None where it may.
        """
        wires = self._upstream.wires(policy) if wires is None else wires
        reason = policy.objection(model, wires[0]) or self._wire_objection(policy, model, wires)
        if reason is None and policy.unpriced == "refuse" and model.price_on(day) is None:
            reason = f"it has no known price{f' before {model.prices[0].valid_from}' if model.prices else ''}"
        if reason is not None or model.lifecycle.status(day) is not ModelStatus.SHUT_DOWN:
            return reason
        replacement = f"; its replacement is {model.lifecycle.replacement}" if model.lifecycle.replacement else ""
        elsewhere = "" if model.lifecycle.replacement_listed else ", which is not in the catalogue"
        return f"it shut down on {model.lifecycle.shutdown_on}{replacement}{elsewhere}"

    def _wire_objection(self, policy: ServiceModelPolicy, model: ModelRecord, wires: Sequence[Wire]) -> str | None:
        """What the model cannot do on the wires that there are, though it can elsewhere."""
        if Wire.EMBEDDINGS in wires:
            return None
        profile, names = self._catalog.profile(model), " and ".join(wires)
        if not any(can_answer(profile, wire, calls_tools=False) for wire in wires):
            return f"it does not answer on {names}{_OTHER_WIRES}"
        calls_tools = ModelCapability.FUNCTION_CALLING in policy.required_capabilities
        if not any(can_answer(profile, wire, calls_tools=calls_tools) for wire in wires):
            return f"it cannot call functions on {names}{_OTHER_WIRES}"
        return None

    def _welcome(self, policy: ServiceModelPolicy, day: date) -> list[ModelRecord]:
        """Those that may be used and that the upstream has not refused of late."""
        usable = self._usable(policy, day)
        return [record for record in usable if self.refusals.of(record.model_id, policy.service_name) is None]

    def _refusal(self, policy: ServiceModelPolicy, model_id: str, reason: str) -> InvalidModelError:
        allowed = [config.model_id for config in self.offer(policy.service_name).allowed]
        return InvalidModelError(
            f"Model {model_id} not allowed for service {policy.service_name}: {reason}. "
            f"Allowed: {', '.join(allowed) or 'none'}",
            allowed_models=allowed,
        )


def _above(policy: ServiceModelPolicy, model_id: str) -> Sequence[str]:
    """What of the ladder is above a model: all of it, where the model is not on it."""
    ladder = policy.ladder
    return ladder[ladder.index(model_id) + 1 :] if model_id in ladder else ladder


def _cheapest(records: Collection[ModelRecord], day: date) -> tuple[ModelRecord, str]:
    """One that stays, if there is any; and what kind of model that is."""
    staying = [record for record in records if record.lifecycle.status(day) is ModelStatus.ACTIVE]
    cheapest = min(staying or records, key=_list_price(day))
    return cheapest, "active model" if staying else "model that still answers"


def _list_price(day: date) -> Callable[[ModelRecord], Decimal]:
    """Orders models by what a call of equal input and output would cost; where nobody knows, it is the dearest."""

    def price(model: ModelRecord) -> Decimal:
        config = model.on(day)
        if config.input_price_per_1m is None or config.output_price_per_1m is None:
            return Decimal("Infinity")
        return config.input_price_per_1m + config.output_price_per_1m

    return price
