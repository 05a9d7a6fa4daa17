"""What the upstream says of an error, in its own words: fit to be shown and logged; and whether it is about the model.

OpenAI's form is `{"error": {"message", "type", "param", "code"}}`, on both of its text APIs:
https://developers.openai.com/api/docs/guides/error-codes. Compatible servers have forms of their own.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from app.errors import upstream_sentence
from app.services.gen_ai.wire.loose_json import as_json, read_json
from app.services.gen_ai.wire.messages import StreamFailure

_LONGEST_MESSAGE = 1000
"""Characters."""
_LONGEST_NAME = 128
"""Characters of a type, a parameter or a code."""
_LONGEST_GLIMPSE = 200
_LOOKED_AT = 20_000
"""Characters of a text that are looked at: what is shown is far shorter."""
_SECRET_LENGTH = 12
"""Characters. A key that is shorter, `ollama` or `EMPTY`, is a placeholder, and may be a word of the message."""
_REDACTED = "[key]"
_KEY = re.compile(r"\bsk-[\w*.…-]{6,}|(?<=\bBearer )\S{12,}")
"""A key of OpenAI's, also one that OpenAI quotes with stars in it."""
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
"""What sets a terminal's colours: without its first character it would hide that a key begins after it."""
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class UpstreamWords:
    """None: it does not say. `code` and `type` are for programs, `param` names a part of the request."""

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None

    def fields(self) -> dict[str, str | None]:
        """As problems, attempts and the log show them."""
        return {
            "upstream_message": self.message,
            "upstream_type": self.type,
            "upstream_param": self.param,
            "upstream_code": self.code,
        }

    def sentence(self) -> str:
        """All of it in one line, for a person."""
        return upstream_sentence(self.fields()) or "it gave no reason"


NOTHING_SAID = UpstreamWords()


def secrets_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """What of a request's headers must not come back in anybody's words: the keys."""
    keys = (headers.get("authorization", "").rpartition(" ")[2], headers.get("api-key", ""))
    return tuple(key for key in keys if len(key) >= _SECRET_LENGTH)


def read_words(body: bytes, secrets: Collection[str] = ()) -> UpstreamWords:
    """What an error's body says, in whatever form. Of a page it is only a glimpse."""
    try:
        content = read_json(body)
    except ValueError:
        return UpstreamWords(_shown(_glimpse(body[:_LOOKED_AT].decode(errors="replace")), _LONGEST_MESSAGE, secrets))
    if isinstance(content, list) and content:  # Google's compatible API
        content = content[0]
    told = _told(content)
    message = told.get("message")
    if message is None:
        message = told or content or None
    return UpstreamWords(
        _shown(message, _LONGEST_MESSAGE, secrets),
        _shown(_name(told.get("type")), _LONGEST_NAME, secrets),
        _shown(_name(told.get("param")), _LONGEST_NAME, secrets),
        _shown(_name(told.get("code")), _LONGEST_NAME, secrets),
    )


def page_words(body: bytes, secrets: Collection[str] = ()) -> UpstreamWords:
    """Of a page in place of an answer, a glimpse; nothing of anything else, which may be a part of an answer."""
    return read_words(body, secrets) if body.lstrip()[:1] == b"<" else NOTHING_SAID


def words_of(failure: StreamFailure, secrets: Collection[str] = ()) -> UpstreamWords:
    """What an error within an answer, or within a stream, says."""
    return UpstreamWords(
        message=_shown(failure.message, _LONGEST_MESSAGE, secrets),
        param=_shown(failure.param, _LONGEST_NAME, secrets),
        code=_shown(failure.code, _LONGEST_NAME, secrets),
    )


def _told(content: object) -> dict[str, Any]:
    """The object with the message: OpenAI's `error`, FastAPI's `detail`, the only one of `errors`, or the whole."""
    if not isinstance(content, dict):
        return {"message": content} if isinstance(content, str) else {}
    found: Any = next((content[name] for name in ("error", "detail", "errors") if content.get(name)), content)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, dict):
        return found
    # Some servers put the word for programs beside a text.
    return {name: content.get(name) for name in ("type", "param", "code")} | {"message": found}


def _name(value: object) -> str | None:
    """A word for programs; some servers give the status in its place."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _shown(value: object, longest: int, secrets: Collection[str]) -> str | None:
    """One line without control characters and keys, of so many characters at most; None where nothing is left."""
    if value is None:
        return None
    text = (value if isinstance(value, str) else as_json(value))[:_LOOKED_AT]
    text = _COLOUR.sub("", text)
    text = "".join(" " if letter.isspace() else letter for letter in text if letter.isspace() or letter.isprintable())
    text = " ".join(text.split())
    for secret in secrets:
        text = text.replace(secret, _REDACTED)
    text = _KEY.sub(_REDACTED, text)
    return (text if len(text) <= longest else text[: longest - 1] + "…") or None


def _glimpse(text: str) -> str:
    """What is no JSON: a text as it is, of a page its title or its first words."""
    if not text.lstrip().startswith("<"):
        return text
    title = _TITLE.search(text)
    words = " ".join(unescape(title[1] if title else _TAG.sub(" ", text)).split())
    return f"an HTML page: {words[:_LONGEST_GLIMPSE]}" if words else "an HTML page"


# Whether the upstream refuses the model, so that another one may be taken in its place.

_MODEL_UNKNOWN = "model_not_found"
"""Unknown, or no access to it; OpenAI's word for both."""
_UNSUPPORTED = frozenset({"unsupported_value", "unsupported_parameter", "unsupported_model"})
_ABOUT_THE_REQUEST = frozenset(
    {
        "context_length_exceeded",
        "content_policy_violation",
        "content_filter",
        "invalid_prompt",
        "bio_policy",
        "misalignment_policy_violation",
        "invalid_api_key",
        "unsupported_country_region_territory",
    }
)
"""Every model would refuse it, or it is the account that is refused."""
_EFFORT = frozenset({"reasoning", "reasoning_effort", "reasoning.effort"})
"""A 400 on one of them says that the model lacks an effort, or that it takes no tools with it (then without a code)."""
_UNAUTHORISED = 401
_NOT_THERE = frozenset({403, 404})
_BAD_REQUEST = frozenset({400, 422})
_UNKNOWN = re.compile(r"\bis not a valid model ID\b|^Model Not Exist$|\bInvalid model name passed in\b")
"""How OpenRouter, DeepSeek and LiteLLM say it, with 400 and without a code for it:
https://github.com/OpenRouterTeam/openrouter-examples/issues/74 https://github.com/langbot-app/LangBot/issues/1643
https://github.com/continuedev/continue/issues/11177
"""
_CANNOT = re.compile(r"not support|unsupported", re.IGNORECASE)


def refuses_model(status: int, words: UpstreamWords, model_id: str) -> bool:
    """Whether an error is about the model: unknown, no access to it, or it lacks what the request needs.

    A request that is too long, against a policy or malformed is none, nor is a key that is wrong. Where nothing is
    said that tells (a bare 404 may be a wrong address), it is none either.
    """
    if words.code in _ABOUT_THE_REQUEST or status not in {_UNAUTHORISED, *_NOT_THERE, *_BAD_REQUEST}:
        return False
    message = words.message or ""
    if _is_named(words):
        return True
    if status not in _BAD_REQUEST:  # without a code, Ollama's for one: the model's name is in the sentence
        return status in _NOT_THERE and model_id in message
    if words.code in _UNSUPPORTED or (words.param in _EFFORT and words.code is None):
        return True
    has_no_code = words.code is None or words.code == str(status)
    return has_no_code and bool(_CANNOT.search(message)) and (words.param is not None or model_id in message)


def refuses_all_of_it(status: int, words: UpstreamWords) -> bool:
    """Whether a model that is refused is refused whatever is asked of it, and not for one value of the request."""
    return status in _NOT_THERE or _is_named(words)


def _is_named(words: UpstreamWords) -> bool:
    said = words.code == _MODEL_UNKNOWN or words.param == "model"
    return said or _UNKNOWN.search(words.message or "") is not None
