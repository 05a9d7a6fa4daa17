"""One whole answer, before it is put on the wire."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.simulator.drafting import Draft
from app.simulator.faults import Fault
from app.simulator.metering import Meter, Piece, PromptCache, is_cut, pieces, reasoning_tokens
from app.simulator.request import ChatRequest


@dataclass(frozen=True)
class Answer:
    id: str
    created: int
    """Seconds since 1970."""
    model: str
    service_tier: str
    draft: Draft
    pieces: tuple[Piece, ...]
    finish_reason: str
    meter: Meter
    false_usage: dict[str, Any] | None = None
    """The usage that a fault makes the answer, and the bill, state."""
    tells_usage: bool = True

    @property
    def texts(self) -> list[str]:
        """One text, or for tool calls the arguments of each that was begun before the token limit."""
        begun = max((piece.part for piece in self.pieces), default=0) + 1
        return ["".join(piece.text for piece in self.pieces if piece.part == part) for part in range(begun)]

    @property
    def written(self) -> int:
        """Tokens of the text, reasoning not included."""
        return sum(piece.tokens for piece in self.pieces)

    def usage(self, written: int | None = None) -> dict[str, Any]:
        """The usage after `written` tokens of text; of the whole answer where that is None."""
        if self.false_usage is not None:
            return self.false_usage
        return self.meter.usage(self.written if written is None else written)


def generate(request: ChatRequest, draft: Draft, cache: PromptCache, *, answer_id: str, now: datetime) -> Answer:
    """Writes the draft down to the token limit; reasoning comes first and uses the limit up as well."""
    family = request.model.family
    cached, writes = cache.take(request.model.id, request.prompt) if family.caches else (0, 0)
    reasoning = min(reasoning_tokens(request.effort), request.limit)
    room = request.limit - reasoning
    meter = Meter(len(request.prompt), cached, writes if family.reports_cache_writes else None, reasoning)
    return Answer(
        id=answer_id,
        created=int(now.timestamp()),
        model=request.answers_as,
        service_tier=request.service_tier,
        draft=draft,
        pieces=tuple(pieces(draft.texts, family.encoding, room)),
        finish_reason="length" if is_cut(draft.texts, family.encoding, room) else draft.finish_reason,
        meter=meter,
    )


def misstate(answer: Answer, fault: Fault | None) -> Answer:
    """The answer as a fault makes it describe itself."""
    match fault:
        case Fault(kind="model"):
            return replace(answer, model=fault.answer_model or answer.model)
        case Fault(kind="service_tier"):
            return replace(answer, service_tier=fault.service_tier or answer.service_tier)
        case Fault(kind="usage"):
            return replace(answer, false_usage=fault.usage)
        case Fault(kind="no_usage"):
            return replace(answer, tells_usage=False)
        case _:
            return answer
