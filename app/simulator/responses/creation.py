"""What `POST /v1/responses` answers."""

import orjson

from app.clock import Clock, today
from app.simulator.answer import Writer
from app.simulator.delivery import Part
from app.simulator.endpoint import Body, Reply
from app.simulator.errors import error_body
from app.simulator.faults import Fault
from app.simulator.responses.body import Exchange, response_usage
from app.simulator.responses.events import event_parts
from app.simulator.responses.request import accept


class Responses:
    def __init__(self, clock: Clock, writer: Writer) -> None:
        self._clock = clock
        self._writer = writer

    def reply(self, body: Body, fault: Fault | None) -> Reply:
        """The answer as a fault leaves it; an ApiError for what the API refuses."""
        accepted = accept(body, today(self._clock))
        request = accepted.request
        answer = self._writer.write(request, fault, prefix="resp_", usage_form=response_usage)
        exchange = Exchange(accepted, answer)
        return Reply(
            answer_id=answer.id,
            model=answer.model,
            service_tier=answer.service_tier,
            usage=answer.usage,
            streamed=request.stream,
            parts=event_parts(exchange) if request.stream else [_whole_body(exchange)],
        )


def _whole_body(exchange: Exchange) -> Part:
    answer, failure = exchange.answer, exchange.answer.failure
    if failure is not None and failure.kind == "error":
        body = error_body(failure.message, "server_error", code=failure.code)
    else:
        body = exchange.response(exchange.status, exchange.output())
    return Part(orjson.dumps(body), answer.written)
