"""Asks the upstream for its models, with the one client: the meter passes on what cannot cost anything."""

from openai import APIConnectionError, APIStatusError, APITimeoutError

from app.errors import UpstreamError
from app.services.gen_ai.core.metered_client import MeteredOpenAI
from app.services.gen_ai.rules.upstream_models import UpstreamModel, read_models
from app.services.gen_ai.wire.upstream_words import read_words, secrets_of

_MOST_BYTES = 20_000_000
"""Ten thousand models are a tenth of it."""
_CLIENT_ERROR = 400
_KEY_REFUSED = frozenset({401, 403})
_SERVER_ERROR = 500
_TOO_MANY = 429


async def fetch_models(client: MeteredOpenAI) -> tuple[UpstreamModel, ...]:
    """What `GET /v1/models` lists.

    Raises:
        UpstreamError: it cannot be reached, refuses, or does not answer with a list of models.
    """
    source = f"{str(client.base_url).rstrip('/')}/models"
    try:
        content = await _read(client, source)
    except APIStatusError as error:
        raise UpstreamError(f"{source} answered with status {error.status_code}, {_refusal(error)}") from error
    except APITimeoutError as error:
        raise UpstreamError(f"{source} did not answer in time; try again") from error
    except APIConnectionError as error:
        why = str(error.__cause__ or error)
        raise UpstreamError(f"{source} cannot be reached ({why}); check OPENAI_BASE_URL and the network") from error
    return read_models(source, content)


async def _read(client: MeteredOpenAI, source: str) -> bytes:
    content = bytearray()
    async with client.models.with_streaming_response.list() as response:
        async for piece in response.iter_bytes():
            content += piece
            if len(content) > _MOST_BYTES:
                raise UpstreamError(f"{source} sends more than {_MOST_BYTES:,} bytes, which is no list of models")
    return bytes(content)


def _refusal(error: APIStatusError) -> str:
    """What it says, without the key, and where to look."""
    status, answer = error.status_code, error.response
    if status < _CLIENT_ERROR:
        where = answer.headers.get("location", "elsewhere").partition("?")[0][:200]
        return f"a redirect to {where}, which is not followed; if the API is there, set OPENAI_BASE_URL to it"
    words = read_words(answer.content, secrets_of(answer.request.headers)).sentence()
    if status in _KEY_REFUSED:
        return f"and says: {words}; check OPENAI_API_KEY, OPENAI_ORG_ID and OPENAI_PROJECT_ID"
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        return f"and says: {words}; try again later"
    return f"and says: {words}; check OPENAI_BASE_URL"
