"""OpenAI's two text APIs behind one interface: above it nobody knows which one was used."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.services.gen_ai.wire import chat_completions, responses
from app.services.gen_ai.wire.messages import Completion, Envelope, UnreadableAnswerError
from app.services.gen_ai.wire.stream_reader import StreamReader
from app.services.gen_ai.wire.text_request import TextRequest
from app.vocabulary import Wire


class WireFormat(NamedTuple):
    """`path`: after the base URL. `shape` makes the body of a request. `stream_reader` makes a reader of one stream."""

    path: str
    shape: Callable[[TextRequest], dict[str, Any]]
    stream_reader: Callable[[], StreamReader]


_CHAT = WireFormat(chat_completions.PATH, chat_completions.shape, chat_completions.ChatStreamReader)
_RESPONSES = WireFormat(responses.PATH, responses.shape, responses.ResponsesStreamReader)


def format_of(wire: Wire) -> WireFormat:
    return _RESPONSES if wire is Wire.RESPONSES else _CHAT


def read_completion(envelope: Envelope) -> Completion:
    """What a whole answer says: its form tells its wire.

    Raises:
        UnreadableAnswerError: nothing, not even an error.
    """
    return chat_completions.read(envelope) if envelope.response is None else responses.read(envelope)


def says_something(envelope: Envelope) -> bool:
    """Whether a model wrote anything in it, also beside an error: that is billed."""
    try:
        said = read_completion(envelope)
    except UnreadableAnswerError:
        return False
    return bool(said.text or said.refusal or said.calls)
