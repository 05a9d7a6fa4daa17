"""What may be sent to the upstream: on which of OpenAI's two text APIs, and with which of the fields it alone knows."""

from dataclasses import dataclass
from typing import Literal

from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import ServiceModelPolicy, WireChoice
from app.settings import Settings
from app.vocabulary import Wire

_WIRES: dict[WireChoice, tuple[Wire, ...]] = {
    "chat_completions": (Wire.CHAT_COMPLETIONS,),
    "responses": (Wire.RESPONSES,),
}


@dataclass(frozen=True, slots=True)
class Upstream:
    """`is_openai`: OpenAI itself, or the simulator, which stands for it. `wire` and `fields` are what the settings say
    for every service and model.
    """

    is_openai: bool = True
    wire: WireChoice = "auto"
    fields: Literal["auto", "openai", "common"] = "auto"

    def wires(self, policy: ServiceModelPolicy) -> tuple[Wire, ...]:
        """Those that a service's requests may take, the one to prefer first.

        Chat Completions goes first: whoever else answers, answers there. Another server than OpenAI's is not asked on
        Responses unless somebody says so.
        """
        chosen = self.wire if policy.wire == "auto" else policy.wire
        if chosen != "auto":
            return _WIRES[chosen]
        return (Wire.CHAT_COMPLETIONS, Wire.RESPONSES) if self.is_openai else (Wire.CHAT_COMPLETIONS,)

    def wire_for(
        self, policy: ServiceModelPolicy, profile: RequestProfile, tier: ServiceTier, *, calls_tools: bool
    ) -> Wire:
        """The wire on which a model can do what a task asks; else the first on which it answers at all."""
        wires = [wire for wire in self.wires(policy) if has_tier(wire, tier)] or self.wires(policy)
        fitting = (wire for wire in wires if can_answer(profile, wire, calls_tools=calls_tools))
        answering = (wire for wire in wires if profile.on(wire) is not None)
        return next(fitting, None) or next(answering, wires[0])

    def takes_openai_fields(self, record: ModelRecord) -> bool:
        """Whether a request may carry a service tier, and what caches it and tells callers apart."""
        if self.fields != "auto":
            return self.fields == "openai"
        return self.is_openai if record.openai_fields is None else record.openai_fields


def upstream_of(settings: Settings) -> Upstream:
    return Upstream(settings.upstream in {"openai", "simulator"}, settings.wire, settings.upstream_fields)


def has_tier(wire: Wire, tier: ServiceTier) -> bool:
    """Ultrafast exists on Responses only: https://developers.openai.com/api/docs/guides/ultrafast-mode."""
    return tier is not ServiceTier.ULTRAFAST or wire is Wire.RESPONSES


def can_answer(profile: RequestProfile, wire: Wire, *, calls_tools: bool) -> bool:
    """Whether a model answers on a wire, with tools where they are needed."""
    found = profile.on(wire)
    return found is not None and (not calls_tools or profile.permits(found.tools))
