"""What `POST /v1/chat/completions` answers."""

from app.clock import Clock, today
from app.simulator.answer import Writer
from app.simulator.chat.parameters import StreamOptions
from app.simulator.chat.request import accept
from app.simulator.chat.wire import DONE, chat_usage, event_parts, whole_body
from app.simulator.endpoint import Body, Reply
from app.simulator.faults import Fault


class ChatCompletions:
    def __init__(self, clock: Clock, writer: Writer) -> None:
        self._clock = clock
        self._writer = writer

    def reply(self, body: Body, fault: Fault | None) -> Reply:
        """The answer as a fault leaves it; an ApiError for what the API refuses."""
        request, asked = accept(body, today(self._clock))
        answer = self._writer.write(request, fault, prefix="chatcmpl-", usage_form=chat_usage)
        options = asked.stream_options or StreamOptions()
        obfuscates = options.include_obfuscation is not False
        chunks = event_parts(answer, includes_usage=options.include_usage, obfuscates=obfuscates)
        return Reply(
            answer_id=answer.id,
            model=answer.model,
            service_tier=answer.service_tier,
            usage=answer.usage,
            streamed=request.stream,
            parts=chunks if request.stream else [whole_body(answer)],
            end_mark=DONE,
        )
