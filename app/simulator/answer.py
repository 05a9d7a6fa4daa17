"""One whole answer, before it is put on the wire."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.clock import Clock
from app.simulator.answers.fit import EndlessSchemaError
from app.simulator.caching import AutomaticCache, BreakpointCache, CacheUse
from app.simulator.drafting import Draft, draft_answer
from app.simulator.errors import ApiError
from app.simulator.faults import Fault
from app.simulator.metering import Meter, Piece, Usage, UsageForm, is_cut, pieces, reasoning_tokens
from app.simulator.names import Ids
from app.simulator.request import ModelRequest


@dataclass(frozen=True)
class Choice:
    """One of the answers to a prompt. `is_cut`: the token limit ended it."""

    draft: Draft
    pieces: tuple[Piece, ...]
    is_cut: bool

    @property
    def texts(self) -> list[str]:
        """One text, or for tool calls the arguments of each that was begun before the token limit."""
        begun = max((piece.part for piece in self.pieces), default=0) + 1
        return ["".join(piece.text for piece in self.pieces if piece.part == part) for part in range(begun)]


@dataclass(frozen=True)
class Failure:
    """What ends an answer within it: a failure that the answer tells, or an error in the place of its end."""

    kind: Literal["failed", "error"]
    code: str
    message: str


@dataclass(frozen=True)
class Answer:
    id: str
    created: int
    """Seconds since 1970."""
    model: str
    service_tier: str
    choices: tuple[Choice, ...]
    meter: Meter
    usage_form: UsageForm
    false_usage: Usage | None = None
    """The usage that a fault makes the answer, and the bill, state."""
    tells_usage: bool = True
    failure: Failure | None = None
    is_filtered: bool = False
    """Whether the content filter ended it."""
    false_fields: dict[str, Any] = field(default_factory=dict)
    """What a fault makes the answer have at its top."""

    @property
    def written(self) -> int:
        """Tokens of the text, reasoning not included."""
        return sum(piece.tokens for choice in self.choices for piece in choice.pieces)

    def usage(self, written: int | None = None) -> Usage:
        """The usage after `written` tokens of text; of the whole answer where that is None."""
        if self.false_usage is not None:
            return self.false_usage
        return self.usage_form(self.meter, self.written if written is None else written)


class Writer:
    """Writes answers, and remembers which prompts it has read."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._automatic = AutomaticCache()
        self._at_breakpoints = BreakpointCache(clock)

    def write(self, request: ModelRequest, fault: Fault | None, *, prefix: str, usage_form: UsageForm) -> Answer:
        """What is said to a request, as a fault leaves it. `prefix` begins the answer's id.

        Raises:
            ApiError: 400; a schema that no answer can fill.
        """
        try:
            draft = draft_answer(request.prompt, fault)
        except EndlessSchemaError as endless:
            raise ApiError(f"Invalid schema: {endless}.", code="invalid_json_schema") from endless
        written = self._written(request, draft, self._ids.new(prefix), usage_form)
        return _misstated(_broken_off(written, fault), fault)

    def _written(self, request: ModelRequest, draft: Draft, answer_id: str, usage_form: UsageForm) -> Answer:
        """Writes the draft down to the token limit; reasoning comes first and uses the limit up as well."""
        encoding = request.model.encoding
        reasoning = min(reasoning_tokens(request.effort), request.limit)
        room = request.limit - reasoning
        choice = Choice(draft, tuple(pieces(draft.texts, encoding, room)), is_cut(draft.texts, encoding, room))
        return Answer(
            id=answer_id,
            created=int(self._clock.now().timestamp()),
            model=request.answers_as,
            service_tier=request.service_tier,
            choices=(choice,) * request.choices,
            meter=Meter(
                prompt=len(request.tokens),
                cache=self._cached(request),
                tells_writes=request.model.caching == "breakpoints",
                reasoning=reasoning * request.choices,
            ),
            usage_form=usage_form,
        )

    def _cached(self, request: ModelRequest) -> CacheUse:
        """What of the prompt was read before, by the rules of its model."""
        match request.model.caching:
            case "breakpoints":
                return self._at_breakpoints.take(request.model.id, request.rendered, request.cache_wish)
            case "automatic":
                return self._automatic.take(request.model.id, request.tokens)
            case "none":
                return CacheUse()


def _broken_off(answer: Answer, fault: Fault | None) -> Answer:
    """The answer ended within, after some of its pieces: half of them where the fault does not count them."""
    match fault:
        case Fault(kind="failed" | "error" as kind):
            return replace(_begun(answer, fault), failure=Failure(kind, *failure_words(fault)))
        case Fault(kind="content_filter"):
            return replace(_begun(answer, fault), is_filtered=True)
        case _:
            return answer


def _begun(answer: Answer, fault: Fault) -> Answer:
    choices = (
        replace(choice, pieces=_beginning(choice.pieces, fault.chunks), is_cut=False) for choice in answer.choices
    )
    return replace(answer, choices=tuple(choices))


def _beginning(written: Sequence[Piece], count: int | None) -> tuple[Piece, ...]:
    return tuple(written[: len(written) // 2 if count is None else count])


def failure_words(fault: Fault) -> tuple[str, str]:
    """Code and message of what goes wrong within an answer."""
    return fault.code or "server_error", fault.text or "The simulator was told to fail within its answer."


def _misstated(answer: Answer, fault: Fault | None) -> Answer:
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
        case Fault(kind="fields", fields=dict(fields)):
            return replace(answer, false_fields=fields)
        case _:
            return answer
