"""One accepted request, whichever endpoint it came by: what is read, by which model, and how long the answer may be."""

from dataclasses import dataclass
from functools import cached_property

from app.simulator.caching import CacheWish
from app.simulator.models import Effort, Model
from app.simulator.prompt import Prompt
from app.simulator.rendering import Rendered, render


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
    cache_wish: CacheWish
    choices: int = 1

    @property
    def answers_as(self) -> str:
        return self.model.answers_as(self.asked_as)

    @cached_property
    def rendered(self) -> Rendered:
        """What the model reads: its length is billed, its beginning is what the prompt cache knows."""
        return render(self.prompt, self.model.encoding)

    @property
    def tokens(self) -> list[int]:
        return self.rendered.tokens

    @property
    def limit(self) -> int:
        """The most tokens that one answer may have, reasoning included."""
        room = self.model.context_window - len(self.tokens)
        return min(self.asked_limit or self.model.max_output_tokens, room)

    @property
    def service_tier(self) -> str:
        """The tier as the answer names it."""
        match self.asked_tier:
            case None | "auto":
                return "default"
            case "fast" | "priority":
                return self.model.fast_tier
            case tier:
                return tier
