"""Requests that somebody's own code sends: which endpoint, held to which policy; and our refusals in OpenAI's form."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import orjson

from app.clock import Clock, today
from app.errors import TollgateError
from app.services.gen_ai.core.operation import Operation
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.ticket import Sender, Ticket
from app.services.gen_ai.rules.body_bounds import RefusedRequestError, most_tokens, read_flag, refuse, writes_for_12h
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy
from app.services.gen_ai.rules.upstream import Upstream, has_tier
from app.services.gen_ai.rules.worst_case import worst_of
from app.vocabulary import Wire

_METERED = {
    "/chat/completions": Wire.CHAT_COMPLETIONS,
    "/responses": Wire.RESPONSES,
    "/embeddings": Wire.EMBEDDINGS,
}
_FREE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
"""Looking something up and deleting it costs nothing, https://developers.openai.com/api/docs/pricing."""
_FREE_ENDINGS = ("/responses/input_tokens", "/cancel")
_OF_ITS_WRITING = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
_LARGEST_BODY = 32 * 1024 * 1024
"""Bytes."""
_QUICK_BODY = 200_000
"""Bytes: a larger one is read in a thread, as it would hold up the event loop."""


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
        upstream: Upstream,
        origin: httpx2.URL,
        regional: bool,
        seconds: float,
    ) -> None:
        self._resolver = resolver
        self._policies = policies
        self._catalog = catalog
        self._clock = clock
        self._upstream = upstream
        self._origin = origin
        self._regional = regional
        self._seconds = seconds

    async def admit(self, request: httpx2.Request, sender: Sender) -> Admitted | None:
        """The request with its ticket; None where it costs nothing and passes as it is.

        Raises:
            RefusedRequestError: it has no known price or no bound, or goes where nothing is metered.
            InvalidModelError: the service may not use the model.
            UnknownServiceError: no service has this name.
        """
        if not self._is_ours(request.url):
            refuse(f"Requests to {request.url.host} are not metered, and not sent")
        if request.headers.get("host", "") != request.url.netloc.decode():
            refuse("The header Host names another server than the one that is metered; leave it out")
        path = request.url.path.rstrip("/").lower()  # as a server might that is not strict
        wire = next((wire for ending, wire in _METERED.items() if path.endswith(ending)), None)
        if request.method in _FREE_METHODS or (wire is None and path.endswith(_FREE_ENDINGS)):
            return None
        policy = self._policies.policy(sender.caller.service)
        if wire is None or request.method != "POST":
            return self._unmetered(request, sender, policy)
        content = await request.aread()
        read = partial(self._metered, request, content, sender, policy, wire)
        return await asyncio.to_thread(read) if len(content) > _QUICK_BODY else read()

    def _is_ours(self, url: httpx2.URL) -> bool:
        ours = self._origin
        return (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port)

    def _metered(
        self,
        request: httpx2.Request,
        content: bytes,
        sender: Sender,
        policy: ServiceModelPolicy,
        wire: Wire,
    ) -> Admitted:
        body = _object(content)
        model = body.get("model")
        if not isinstance(model, str) or not model:
            refuse("model must be the name of a model", "model")
        record = self._resolver.admitted(policy.service_name, model, wire)
        if wire is Wire.EMBEDDINGS and body.get("service_tier") is not None:
            refuse("service_tier is nothing that embeddings have; leave it out", "service_tier")
        tier = self._tier(body.get("service_tier"), record, policy, wire)
        prompt, output = most_tokens(body, record, wire)
        worst = worst_of(
            record, prompt, output, today(self._clock), tier or ServiceTier.DEFAULT,
            regional=self._regional, written_12h=writes_for_12h(body),
        )  # fmt: skip
        streamed = wire is not Wire.EMBEDDINGS and read_flag(body, "stream")
        changes: dict[str, Any] = {} if tier in (None, body.get("service_tier")) else {"service_tier": tier}
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
            request=PreparedRequest(record, self._catalog.profile(record), payload, worst, wire),
            streamed=streamed,
        )
        return Admitted(ticket, _with_body(request, payload), hides_usage)

    def _unmetered(self, request: httpx2.Request, sender: Sender, policy: ServiceModelPolicy) -> Admitted:
        path = request.url.raw_path.partition(b"?")[0].decode()  # as it is sent: whatever it means, it can be stored
        if policy.unmetered != "allow":
            refuse(
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

    def _tier(self, asked: object, record: ModelRecord, policy: ServiceModelPolicy, wire: Wire) -> ServiceTier | None:
        """The tier that the request says, if it is no dearer than the policy's. What is left to OpenAI (`auto`, or
        nothing) is the policy's to say: OpenAI would take the project's setting, at a price of its own. None where the
        request has none to say: of embeddings, or to a server that does not know the field.
        """
        left_open = asked in (None, "auto")
        if wire is Wire.EMBEDDINGS or (left_open and not self._upstream.takes_openai_fields(record)):
            return None
        ours = record.tier_on(today(self._clock), policy.service_tier)
        ours = ours if has_tier(wire, ours) else ServiceTier.DEFAULT
        if left_open or asked == ours:
            return ours
        for tier in (ServiceTier.DEFAULT, ServiceTier.FLEX):
            if asked == tier and ours is not ServiceTier.FLEX and record.tier_on(today(self._clock), tier) is tier:
                return tier
        raise RefusedRequestError(
            f"service_tier {asked!r:.40} is not allowed for {policy.service_name} with {record.model_id}: "
            f"its policy says {ours.value}; leave it out",
            param="service_tier",
        )


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > _LARGEST_BODY:
        refuse(f"The body has {len(body):,} bytes; at most {_LARGEST_BODY:,} are taken")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        refuse(f"The body is no JSON: {error}")
    if not isinstance(value, dict):
        refuse("The body must be a JSON object")
    return value


def _with_body(request: httpx2.Request, payload: Mapping[str, Any]) -> httpx2.Request:
    """A copy: the next hop of a redirect, and the next try, are made of the one that came.

    Always in our own writing: of a field that stands twice, nobody else may read the other one.
    """
    kept = [(name, value) for name, value in request.headers.raw if name.lower() not in _OF_ITS_WRITING]
    return httpx2.Request(
        request.method, request.url, headers=kept, content=orjson.dumps(payload), extensions=request.extensions
    )


def refusal(error: TollgateError) -> httpx2.Response:
    """Our refusal in the form of OpenAI's errors, so that the SDK raises an APIStatusError, and does not try again.

    The form: https://developers.openai.com/api/docs/guides/error-codes.
    """
    fields = {**error.fields, "message": error.detail, "type": "tollgate", "code": error.code}
    headers = {"content-type": "application/json", "x-should-retry": "false"}
    if (seconds := error.fields.get("retry_after_seconds")) is not None:
        headers["retry-after"] = str(seconds)
    return httpx2.Response(
        error.status, headers=headers, content=orjson.dumps({"error": {"param": None, **fields}}, default=str)
    )
