"""Who asks, as OpenAI may know it: the same for the same caller, and nothing that leads back to him.

https://developers.openai.com/api/docs/guides/safety-best-practices: a hash of the user's name, in place of the name.
"""

import hmac
import os
import secrets
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import SecretStr

from app.errors import ConfigurationError

_FILE = "installation.key"


class SafetyIdentifiers:
    """`key` is the installation's; without one it is read from a file in `folder`, which is made when it is missing.

    Replicas that share callers need the same key: gpt-6.2 drops what it has reasoned where the identifier changes.
    """

    def __init__(self, key: SecretStr | None, folder: Path) -> None:
        self._given = key
        self._folder = folder
        self.of = lru_cache(maxsize=4096)(self._hashed)

    def _hashed(self, caller_id: str) -> str:
        return hmac.digest(self._key, caller_id.encode(), "sha256").hex()

    @cached_property
    def _key(self) -> bytes:
        if self._given is not None:
            return self._given.get_secret_value().encode()
        try:
            key = _kept_in(self._folder / _FILE)
        except OSError as error:
            raise ConfigurationError(
                f"{self._folder / _FILE}: {error.strerror}; make the folder writable, or set TOLLGATE_INSTALLATION_KEY"
            ) from error
        if not key:  # without one, whoever knows the callers' names can tell their hashes
            raise ConfigurationError(
                f"{self._folder / _FILE}: it is empty; delete it, so that a new key is made, or set "
                "TOLLGATE_INSTALLATION_KEY"
            )
        return key


def _kept_in(path: Path) -> bytes:
    """The key in a file. It appears there whole: of two processes that start at once, the first one's stays."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # By chance, not by the number of the process: in containers that share the folder each one is 1.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()
