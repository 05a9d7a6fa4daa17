"""What may go wrong upstream, on demand: each fault is data, waits in a queue and meets the next request."""

from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.simulator.names import EndpointName

Kind = Literal[
    "status",
    "delay",
    "cut_stream",
    "malformed_json",
    "html",
    "empty",
    "refusal",
    "flawed",
    "swapped",
    "contradiction",
    "never_fires",
    "wrong_figure",
    "content",
    "tool_call",
    "failed",
    "content_filter",
    "error",
    "no_usage",
    "disconnect",
    "model",
    "service_tier",
    "usage",
    "fields",
]

_NEEDS = MappingProxyType(
    {
        "status": "status",
        "delay": "seconds",
        "cut_stream": "chunks",
        "content": "text",
        "tool_call": "tool",
        "model": "answer_model",
        "service_tier": "service_tier",
        "usage": "usage",
        "fields": "fields",
    }
)
_MAY_HAVE: MappingProxyType[str, frozenset[str]] = MappingProxyType(
    {
        "status": frozenset({"code", "text", "param", "type", "retry_after", "headers"}),
        "delay": frozenset({"chunks"}),
        "refusal": frozenset({"text"}),
        "tool_call": frozenset({"text"}),
        "failed": frozenset({"code", "text", "chunks"}),
        "content_filter": frozenset({"chunks"}),
        "error": frozenset({"code", "text", "chunks"}),
    }
)
_ALL_HAVE = frozenset({"kind", "times", "endpoint", "model", "seconds"})
_OF_WORDS: frozenset[Kind] = frozenset(
    {
        "refusal",
        "flawed",
        "swapped",
        "contradiction",
        "never_fires",
        "wrong_figure",
        "content",
        "tool_call",
        "failed",
        "content_filter",
        "service_tier",
    }
)
"""What only an answer in words can have."""


class Fault(BaseModel):
    """One kind of failure, for the next `times` requests to `endpoint` that ask for `model` (for any, where these are
    None): chat_completions, responses or embeddings.

    kind            does                                                            billed  needs
    status          answers with an error status and OpenAI's error body            no      status
    delay           waits, then answers as usual; with `chunks`, within the answer  yes     seconds
                    after so many chunks of a stream
    cut_stream      the connection dies after some chunks (or half of the body)     yes     chunks
    malformed_json  200 and JSON that breaks off                                    yes
    html            200 and a web page                                              no
    empty           200 and no body                                                 no
    refusal         the model declines                                              yes
    flawed          the first required key is missing from the JSON in the answer   yes
    swapped         a strategy: short and long average, fast and slow, or oversold
                    and overbought change places                                    yes
    contradiction   a strategy: the entry asks for what cannot be true at once      yes
    never_fires     a strategy: the entry waits for what never happens on prices    yes
    wrong_figure    a report: the first figure with decimals in it is another one   yes
    content         answers with exactly this text                                  yes     text
    tool_call       calls this tool, whether there is such a one or not, where
                    tools may be called                                             yes     tool
    failed          the model fails within its answer and says so: status failed    yes
                    and an error (chat: finish_reason error)
    content_filter  the content filter ends the answer: chat says so as its         yes
                    finish_reason, a response is incomplete
    error           200, and an error in the place of the answer's end: the last    yes
                    event of a stream, or all of a body
    no_usage        the answer does not tell its usage                              yes
    disconnect      the connection closes before any answer (over a real server,
                    which cannot do that, the status 500)                           no
    model           the answer names another model                                  yes     answer_model
    service_tier    the answer names this tier                                      yes     service_tier
    usage           the answer carries exactly this usage                           yes     usage
    fields          the answer, or each chunk of it, has these fields at its top,   yes     fields
                    whatever they are; the bill knows the true ones

    Every fault may wait as well: `seconds`. `status` may have what an error tells: a `code` such as insufficient_quota,
    a `param`, a `type` and a `text`; and `retry_after` (seconds) and `headers`. `refusal` may have a `text`;
    `tool_call` may have one too, which the arguments then are. `failed` and `error` may have a `code`, a `text` and
    `chunks`, the pieces of text that are written before (half of them, where it is not told); `content_filter` may have
    `chunks`. In an answer of embeddings there are no words: what is about words passes a request for them by, and waits
    for the next one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    times: int = Field(default=1, ge=1, le=1_000_000)
    endpoint: EndpointName | None = None
    model: str | None = None
    seconds: float | None = Field(default=None, ge=0)
    status: int | None = Field(default=None, ge=300, le=599)
    code: str | None = None
    param: str | None = None
    type: str | None = None
    retry_after: float | None = Field(default=None, ge=0)
    headers: dict[str, str] | None = None
    chunks: int | None = Field(default=None, ge=0)
    text: str | None = None
    tool: str | None = None
    answer_model: str | None = None
    service_tier: str | None = None
    usage: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = _NEEDS.get(self.kind)
        if needed is not None and getattr(self, needed) is None:
            raise ValueError(f"a fault of kind '{self.kind}' needs '{needed}'")
        allowed = _ALL_HAVE | _MAY_HAVE.get(self.kind, frozenset()) | {needed}
        unused = sorted(self.model_fields_set - allowed)
        if unused:
            raise ValueError(f"a fault of kind '{self.kind}' has no use for '{unused[0]}'")
        if self.endpoint == "embeddings" and self.kind in _OF_WORDS:
            raise ValueError(f"an answer of embeddings has no words, so that a fault of kind '{self.kind}' cannot be")
        return self

    def can_meet(self, endpoint: EndpointName, model: object) -> bool:
        """Whether a request to this endpoint, for this model, has the fault."""
        if endpoint == "embeddings" and self.kind in _OF_WORDS:
            return False
        return self.endpoint in (None, endpoint) and self.model in (None, model)


def read_fault(body: bytes) -> Fault:
    """A fault from JSON.

    Raises:
        ValueError: what is wrong with it, in a sentence.
    """
    try:
        return Fault.model_validate_json(body)
    except ValidationError as invalid:
        reasons = [f"{'.'.join(map(str, error['loc'])) or 'fault'}: {error['msg']}" for error in invalid.errors()]
    raise ValueError(f"This is not a fault: {'; '.join(reasons)}.")


class FaultQueue:
    """First in, first met; a request meets one fault at most."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append((fault, fault.times))

    def waiting(self) -> list[Fault]:
        """What no request has met yet, in the order in which it will be met."""
        return [fault.model_copy(update={"times": left}) for fault, left in self._waiting]

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, endpoint: EndpointName, model: object) -> Fault | None:
        """The fault that a request to this endpoint, for this model, meets, used up by one."""
        for index, (fault, left) in enumerate(self._waiting):
            if fault.can_meet(endpoint, model):
                self._waiting[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None
