"""Requests that somebody's own code sends: which endpoint, held to which policy, and what it can cost at most.

Nobody shaped such a body, so nothing in it is believed before it is read: what has no known price, or no bound, is
refused with a sentence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx2
import orjson

from app.clock import Clock, today
from app.errors import InputError
from app.services.gen_ai.core.operation import Operation
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.ticket import Sender, Ticket
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy
from app.services.gen_ai.rules.worst_case import WorstCase, longest_prompt, worst_of
from app.vocabulary import Wire

_METERED = {
    "/chat/completions": Wire.CHAT_COMPLETIONS,
    "/responses": Wire.RESPONSES,
    "/embeddings": Wire.EMBEDDINGS,
}
_FREE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
"""Looking something up and deleting it costs nothing, https://developers.openai.com/api/docs/pricing."""
_FREE_ENDINGS = ("/responses/input_tokens", "/cancel")
_LARGEST_BODY = 32 * 1024 * 1024
"""Bytes."""
_MOST_CHOICES = 128
"""OpenAI's own limit of `n`."""
_ELSEWHERE = ("previous_response_id", "conversation", "prompt")
"""Of Responses: where the prompt, or a part of it, is not in the body."""
_WITHOUT_RATE = {
    "audio": "audio has rates of its own, which the catalogue does not have",
    "web_search_options": "searches are billed by the call, which the catalogue has no price for",
}
_PARTS_WITHOUT_BYTES = frozenset(
    {"image_url", "input_image", "file", "input_file", "input_audio", "item_reference", "file_id"}
)
"""What such a part brings into the prompt is not in its bytes: an image is counted by its pixels, a file elsewhere."""
_FUNCTION_TOOLS = frozenset({"function", "custom"})
_DEEPEST = 64


class RefusedRequestError(InputError):
    """What the meter cannot hold to anything; `param` names the part of the body, None where it is the whole."""

    status = 400
    code = "request_not_metered"
    title = "The request cannot be metered"


def _refuse(sentence: str, param: str | None = None) -> NoReturn:
    raise RefusedRequestError(sentence, param=param)


@dataclass(frozen=True, slots=True)
class Admitted:
    """`request` is the one to send: with what the meter needs written into its body.

    `hides_usage`: it was the meter that asked for the stream's usage; the event that brings it is not for the reader.
    """

    ticket: Ticket
    request: httpx2.Request
    hides_usage: bool = False


class ForeignRequests:
    """`origin`: scheme, host and port of the one upstream. `seconds`: for one call in all."""

    def __init__(
        self,
        resolver: ModelResolver,
        policies: PolicyRegistry,
        catalog: ModelCatalog,
        clock: Clock,
        *,
        regional: bool,
        seconds: float,
    ) -> None:
        self._resolver = resolver
        self._policies = policies
        self._catalog = catalog
        self._clock = clock
        self._regional = regional
        self._seconds = seconds

    async def admit(self, request: httpx2.Request, sender: Sender) -> Admitted | None:
        """The request with its ticket; None where it costs nothing and passes as it is.

        Raises:
            RefusedRequestError: it has no known price or no bound, or goes where nothing is metered.
            InvalidModelError: the service may not use the model.
            UnknownServiceError: no service has this name.
        """
        path = request.url.path
        wire = next((wire for ending, wire in _METERED.items() if path.endswith(ending)), None)
        if request.method in _FREE_METHODS or (wire is None and path.endswith(_FREE_ENDINGS)):
            return None
        policy = self._policies.policy(sender.caller.service)
        if wire is None or request.method != "POST":
            return self._unmetered(request, sender, policy)
        body = _object(await request.aread())
        return self._metered(request, body, sender, policy, wire)

    def _metered(
        self,
        request: httpx2.Request,
        body: dict[str, Any],
        sender: Sender,
        policy: ServiceModelPolicy,
        wire: Wire,
    ) -> Admitted:
        model = body.get("model")
        if not isinstance(model, str) or not model:
            _refuse("model must be the name of a model", "model")
        record = self._resolver.admitted(policy.service_name, model, wire)
        tier = None if wire is Wire.EMBEDDINGS else self._tier(body.get("service_tier"), record, policy)
        worst = self._worst(body, record, wire, tier or ServiceTier.DEFAULT)
        streamed = wire is not Wire.EMBEDDINGS and _flag(body, "stream")
        changes: dict[str, Any] = {} if tier is None or body.get("service_tier") == tier else {"service_tier": tier}
        hides_usage = False
        if streamed and wire is Wire.CHAT_COMPLETIONS:
            options = body.get("stream_options")
            if not isinstance(options, dict) or options.get("include_usage") is not True:
                changes["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}
                hides_usage = True
        payload = {**body, **changes}
        ticket = Ticket(
            operation=self._operation(sender, wire.value, model),
            wire=wire,
            model_id=record.model_id,
            request=PreparedRequest(record, self._catalog.profile(record), payload, worst),
            streamed=streamed,
        )
        return Admitted(ticket, _with_body(request, payload) if changes else request, hides_usage)

    def _unmetered(self, request: httpx2.Request, sender: Sender, policy: ServiceModelPolicy) -> Admitted:
        path = request.url.path
        if policy.unmetered != "allow":
            _refuse(
                f"{request.method} {path} cannot be metered: nothing tells what it costs. Metered are "
                f"{', '.join(_METERED)}; a policy may say `unmetered: allow` "
                f"(the policy of {policy.service_name} does not)"
            )
        operation = self._operation(sender, path.rstrip("/").rpartition("/")[2][:64] or "other", None)
        return Admitted(Ticket(operation, Wire.OTHER, path[:128], None, streamed=False), request)

    def _operation(self, sender: Sender, name: str, model: str | None) -> Operation:
        return Operation(
            operation_id=sender.operation_id,
            service=sender.caller.service,
            name=name,
            caller_id=sender.caller.caller_id,
            requested_model_id=None if model is None else model[:128],
            deadline=self._clock.monotonic() + self._seconds,
        )

    def _tier(self, asked: object, record: ModelRecord, policy: ServiceModelPolicy) -> ServiceTier:
        """The tier that the request says. What is left to OpenAI (`auto`, or nothing) is the policy's to say: OpenAI
        would take the project's setting, at a price of its own.
        """
        ours = record.tier_on(today(self._clock), policy.service_tier)
        if asked in (None, "auto", ours):
            return ours
        for tier in (ServiceTier.DEFAULT, ServiceTier.FLEX):  # no dearer than what the policy says
            if asked == tier and record.tier_on(today(self._clock), tier) is tier:
                return tier
        _refuse(
            f"service_tier {asked!r} is not allowed for {policy.service_name} with {record.model_id}: "
            f"its policy says {ours.value}; leave it out",
            "service_tier",
        )

    def _worst(self, body: Mapping[str, Any], record: ModelRecord, wire: Wire, tier: ServiceTier) -> WorstCase:
        window = longest_prompt(record)
        output = _output_limit(body, record, wire)
        # A token has a byte at least, and what frames a message takes more bytes in JSON than tokens.
        prompt = window if _has_more_than_bytes(body) else min(len(orjson.dumps(body)), window)
        return worst_of(record, prompt, output, today(self._clock), tier, regional=self._regional)


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > _LARGEST_BODY:
        _refuse(f"The body has {len(body):,} bytes; at most {_LARGEST_BODY:,} are taken")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _refuse(f"The body is no JSON: {error}")
    if not isinstance(value, dict):
        _refuse("The body must be a JSON object")
    return value


def _with_body(request: httpx2.Request, payload: Mapping[str, Any]) -> httpx2.Request:
    """A copy: the next hop of a redirect, and the next try, are made of the one that came."""
    kept = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
    return httpx2.Request(
        request.method, request.url, headers=kept, content=orjson.dumps(payload), extensions=request.extensions
    )


def _output_limit(body: Mapping[str, Any], record: ModelRecord, wire: Wire) -> int:
    """The most output tokens of all choices together."""
    if wire is Wire.EMBEDDINGS:
        return 0
    _refuse_what_has_no_bound(body)
    names = ("max_output_tokens",) if wire is Wire.RESPONSES else ("max_completion_tokens", "max_tokens")
    limits = [limit for name in names if (limit := _count(body, name)) is not None]
    limit = min(limits, default=record.max_output_tokens)
    choices = 1 if wire is Wire.RESPONSES else _count(body, "n", most=_MOST_CHOICES) or 1
    # Tokens of a prediction that were not used are billed as output, beside the limit.
    prediction = len(orjson.dumps(body["prediction"])) if body.get("prediction") is not None else 0
    return limit * choices + prediction


def _count(body: Mapping[str, Any], name: str, *, most: int | None = None) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1 or (most is not None and value > most):
        _refuse(f"{name} must be a whole number from 1{'' if most is None else f' to {most}'}, not {value!r:.40}", name)
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value not in (None, True, False):
        _refuse(f"{name} must be true or false", name)
    return value is True


def _refuse_what_has_no_bound(body: Mapping[str, Any]) -> None:
    for name, why in _WITHOUT_RATE.items():
        if body.get(name) is not None:
            _refuse(f"{name} cannot be metered: {why}", name)
    if body.get("modalities") not in (None, ["text"]):
        _refuse("modalities other than text cannot be metered: they have rates of their own", "modalities")
    if body.get("background") not in (None, False):
        _refuse("background cannot be metered: the answer comes before it is billed; leave it out", "background")
    options = body.get("prompt_cache_options")
    if isinstance(options, dict) and options.get("ttl") not in (None, "30m"):
        _refuse("prompt_cache_options.ttl other than 30m has a rate that the catalogue does not have", "ttl")
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        _refuse("tools must be a list", "tools")
    for tool in tools or ():
        kind = tool.get("type") if isinstance(tool, dict) else None
        if kind not in _FUNCTION_TOOLS:
            _refuse(
                f"a tool of type {kind!r:.40} is billed by its calls, which nothing bounds; functions only", "tools"
            )


def _has_more_than_bytes(body: Mapping[str, Any]) -> bool:
    """Whether more goes into the prompt than stands in the body."""
    if any(body.get(name) is not None for name in _ELSEWHERE):
        return True
    return any(part in _PARTS_WITHOUT_BYTES for part in _types(body.get("messages"))) or any(
        part in _PARTS_WITHOUT_BYTES for part in _types(body.get("input"))
    )


def _types(node: object, depth: int = 0) -> Iterator[str]:
    """Every `type` within messages or items."""
    if depth > _DEEPEST:
        _refuse(f"The body is nested more than {_DEEPEST} deep")
    if isinstance(node, list):
        for item in node:
            yield from _types(item, depth + 1)
    elif isinstance(node, dict):
        kind = node.get("type")
        if isinstance(kind, str):
            yield kind
        for value in node.values():
            if isinstance(value, list | dict):
                yield from _types(value, depth + 1)
