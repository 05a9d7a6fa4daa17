"""Asks the upstream for its models, with the one client: the meter passes on what cannot cost anything."""

from openai import APIConnectionError, APIStatusError, APITimeoutError

from app.errors import UpstreamError
from app.services.gen_ai.core.metered_client import MeteredOpenAI
from app.services.gen_ai.rules.upstream_models import UpstreamModel, read_models
from app.services.gen_ai.wire.faults import refused

_MOST_BYTES = 20_000_000
"""Ten thousand models are a tenth of it."""
_LONGEST = 500
"""Characters of what the upstream says."""


async def fetch_models(client: MeteredOpenAI) -> tuple[UpstreamModel, ...]:
    """What `GET /v1/models` lists.

    Raises:
        UpstreamError: it cannot be reached, refuses, or does not answer with a list of models.
    """
    source = f"{str(client.base_url).rstrip('/')}/models"
    try:
        content = await _read(client, source)
    except APIStatusError as error:
        fault = refused(error.status_code, error.response.headers, error.response.content)
        raise UpstreamError(f"{source}: {fault.surface}{_words(error, client.api_key)}") from error
    except APITimeoutError as error:
        raise UpstreamError(f"{source} did not answer in time; try again") from error
    except APIConnectionError as error:
        why = str(error.__cause__ or error)
        raise UpstreamError(f"{source} cannot be reached ({why}); check OPENAI_BASE_URL and the network") from error
    return read_models(source, content)


def _words(error: APIStatusError, key: str) -> str:
    """The upstream's own, which may quote the key."""
    said = error.body.get("message") if isinstance(error.body, dict) else None
    return f'. It says: "{said[:_LONGEST].replace(key, "(the key)")}"' if isinstance(said, str) and said else ""


async def _read(client: MeteredOpenAI, source: str) -> bytes:
    content = bytearray()
    async with client.models.with_streaming_response.list() as response:
        async for piece in response.iter_bytes():
            content += piece
            if len(content) > _MOST_BYTES:
                raise UpstreamError(f"{source} sends more than {_MOST_BYTES:,} bytes, which is no list of models")
    return bytes(content)
