"""One accepted request: what was asked, of which model, and how large it is."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from app.simulator.errors import ApiError
from app.simulator.metering import prompt_tokens
from app.simulator.models import Effort, Model, find_model
from app.simulator.parameters import ChatParameters, read_parameters
from app.simulator.rules import check_model_rules, effort_of


@dataclass(frozen=True)
class ChatRequest:
    asked: ChatParameters
    model: Model

    @property
    def answers_as(self) -> str:
        return self.model.answers_as(self.asked.model)

    @property
    def effort(self) -> Effort:
        return effort_of(self.asked, self.model)

    @cached_property
    def prompt(self) -> list[int]:
        """Token ids: their number is billed, their beginning is what the prompt cache knows."""
        return prompt_tokens(self.asked, self.model.family.encoding)

    @property
    def asked_limit(self) -> int | None:
        return self.asked.max_tokens or self.asked.max_completion_tokens

    @property
    def limit(self) -> int:
        """The most tokens that the answer may have, reasoning included."""
        room = self.model.family.context - len(self.prompt)
        return min(self.asked_limit or self.model.max_output, room)

    @property
    def service_tier(self) -> str:
        tier = self.asked.service_tier
        return "default" if tier in (None, "auto") else str(tier)

    @property
    def includes_usage(self) -> bool:
        """Whether a stream ends with its usage."""
        options = self.asked.stream_options
        return options is not None and options.include_usage


def accept(body: dict[str, Any], day: date) -> ChatRequest:
    """Reads a request and checks all that the API checks before it answers.

    Raises:
        ApiError: 400 or 404, in OpenAI's words.
    """
    asked = read_parameters(body)
    model = find_model(asked.model, day)
    check_model_rules(asked, model)
    request = ChatRequest(asked, model)
    _check_size(request)
    return request


def _check_size(request: ChatRequest) -> None:
    family, prompt = request.model.family, len(request.prompt)
    wanted = prompt + (request.asked_limit or 1)
    if wanted <= family.context and prompt <= family.longest_prompt:
        return
    message = (
        f"This model's maximum context length is {family.context} tokens, at most {family.longest_prompt} of them in"
        f" the messages. However, you requested {wanted} tokens ({prompt} in the messages,"
        f" {request.asked_limit or 1} in the completion). Please reduce the length of the messages or completion."
    )
    raise ApiError(message, param="messages", code="context_length_exceeded")
