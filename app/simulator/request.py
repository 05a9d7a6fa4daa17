"""One accepted request, whichever endpoint it came by: what is read, by which model, and how long the answer may be."""

from dataclasses import dataclass
from functools import cached_property

from app.simulator.metering import prompt_tokens
from app.simulator.models import Effort, Model
from app.simulator.prompt import Prompt


@dataclass(frozen=True)
class ModelRequest:
    """`asked_limit` is in tokens, reasoning included; `choices` is how many answers are wanted to one prompt."""

    model: Model
    asked_as: str
    prompt: Prompt
    effort: Effort
    asked_limit: int | None
    asked_tier: str | None
    stream: bool
    choices: int = 1

    @property
    def answers_as(self) -> str:
        return self.model.answers_as(self.asked_as)

    @cached_property
    def tokens(self) -> list[int]:
        """Token ids: their number is billed, their beginning is what the prompt cache knows."""
        return prompt_tokens(self.prompt, self.model.family.encoding)

    @property
    def limit(self) -> int:
        """The most tokens that one answer may have, reasoning included."""
        room = self.model.family.context - len(self.tokens)
        return min(self.asked_limit or self.model.max_output, room)

    @property
    def service_tier(self) -> str:
        """The tier as the answer names it."""
        match self.asked_tier:
            case None | "auto":
                return "default"
            case "fast" | "priority":
                return self.model.family.fast_tier
            case tier:
                return tier
