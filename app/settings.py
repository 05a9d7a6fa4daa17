"""Every setting, read from the environment and from `.env`; `.env.example` documents each."""

import base64
import binascii
import os
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import (
    AliasChoices,
    AnyHttpUrl,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import ConfigurationError, own_words

_DOTENV = ".env"
_DATA = Path(__file__).parent / "data"
_HOW_TO_MAKE_ONE = "make one with: echo whsec_$(openssl rand -base64 32)"


def _openai(name: str) -> AliasChoices:
    return AliasChoices(name)


class Settings(BaseSettings):
    """OpenAI's own names for what belongs to OpenAI, the prefix TOLLGATE_ for the rest."""

    model_config = SettingsConfigDict(
        env_prefix="TOLLGATE_",
        env_file=_DOTENV,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_by_name=True,
    )

    openai_api_key: Annotated[SecretStr | None, Field(validation_alias=_openai("OPENAI_API_KEY"))] = None
    """Set it, or the base URL, to leave the embedded simulator."""
    openai_base_url: Annotated[AnyHttpUrl | None, Field(validation_alias=_openai("OPENAI_BASE_URL"))] = None
    """Any OpenAI-compatible server; OpenAI itself when only the key is set."""
    openai_org_id: Annotated[str | None, Field(validation_alias=_openai("OPENAI_ORG_ID"))] = None
    openai_admin_key: Annotated[SecretStr | None, Field(validation_alias=_openai("OPENAI_ADMIN_KEY"))] = None
    """Only for `tollgate reconcile --fetch`: reads what was billed, and is sent nowhere else."""
    openai_project_id: Annotated[str | None, Field(validation_alias=_openai("OPENAI_PROJECT_ID"))] = None

    database_url: Annotated[str, Field(repr=False)] = "sqlite+aiosqlite:///var/tollgate.db"
    """The SQLAlchemy URL of an SQLite file, whose folder is made when it is missing, or of a PostgreSQL database."""
    journal_dir: Path = Path("var/journal")
    """Where calls are written down while the database cannot be written; a local folder."""
    catalog: Path = _DATA / "models.yaml"
    policies: Path = _DATA / "policies.yaml"
    data_dir: Path | None = None
    """A folder of a person's own CSV files with daily bars; the sample series are there without it."""
    backtest_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """How many backtests run at a time, each in a process of its own, which takes some 100 MB."""
    backtest_queue: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """How many backtests may wait; who orders one more is told to come back later."""
    chat_kept_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """How long a chat is kept after its end; then it is deleted, with all that was said in it."""
    baseline_model: str = "gpt-4"
    """The model that savings are measured against."""
    regional_processing: bool = False
    """True where the OpenAI project processes data in a region: prices rise by the model's regional factor."""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    request_deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """For one operation in all: every try, every pause between tries, every repair."""
    duplicate_window: Annotated[int, Field(ge=0, le=3600)] = 0
    """For so many seconds a POST that says the same again, without an `Idempotency-Key`, joins the first; 0: never."""
    stream_drain_seconds: Annotated[float, Field(ge=0, le=600)] = 15.0
    """How long a stream is read on, for its usage, after the person who asked has gone."""
    shutdown_seconds: Annotated[float, Field(ge=0, le=600)] = 20.0
    """How long a shutdown waits for calls under way; what takes longer is cut off, and closed as an estimate or as
    unknown within some 2 seconds more."""
    wire: Literal["auto", "chat_completions", "responses"] = "auto"
    """Which of OpenAI's two text APIs requests take where a policy does not say; auto: the one on which the model can
    do what the task asks, and Chat Completions at any other server."""
    upstream_fields: Literal["auto", "openai", "common"] = "auto"
    """Whether requests carry what only OpenAI knows (service tier, prompt caching, safety identifier), or what every
    compatible server does; auto: the first to OpenAI, the second to anybody else."""
    installation_key: SecretStr | None = None
    """What callers' ids are hashed with before OpenAI sees them; without it, one is kept beside the journal."""
    max_tries: Annotated[int, Field(ge=1, le=10)] = 3
    """How often one request is sent before a fault that may pass is reported."""

    alert_webhook_url: AnyHttpUrl | None = None
    """Who is told of budget alerts, beside the log; it needs the secret beside it."""
    alert_webhook_secret: SecretStr | None = None
    """What the webhook is signed with: 24 to 64 random bytes in base64, `whsec_` before them."""

    @field_validator(
        "openai_api_key",
        "openai_admin_key",
        "openai_org_id",
        "openai_project_id",
        "alert_webhook_secret",
        mode="before",
    )
    @classmethod
    def _fits_a_header(cls, value: object) -> object:
        """Without the white space around it, which files and shells leave there; with nothing left it is not set."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        fault = next((fault for character in text if (fault := _no_header_text(character))), None)
        if fault is not None:
            raise ValueError(f"it has {fault} within it, which no request can carry; copy it again")
        return text or None

    @field_validator("catalog", "policies")
    @classmethod
    def _file_exists(cls, path: Path) -> Path:
        if not path.is_file():
            raise ValueError(f"{path} is not a file; give the path of a YAML file")
        return path

    @field_validator("data_dir")
    @classmethod
    def _folder_exists(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_dir():
            raise ValueError(f"{path} is not a folder; give the path of a folder with CSV files of daily bars")
        return path

    @model_validator(mode="after")
    def _key_for_other_servers(self) -> Self:
        if self.openai_base_url is not None and self.openai_api_key is None:
            raise ValueError(
                "OPENAI_BASE_URL is set but OPENAI_API_KEY is not; set the key too (any text for a server without keys)"
            )
        return self

    @field_validator("installation_key")
    @classmethod
    def _key_is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(f"it must have {_SHORTEST_KEY} characters or more; make one with: openssl rand -hex 32")
        return key

    @field_validator("alert_webhook_secret")
    @classmethod
    def _secret_can_sign(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _is_signing_secret(secret.get_secret_value()):
            raise ValueError(f"it must be 24 to 64 random bytes in base64; {_HOW_TO_MAKE_ONE}")
        return secret

    @model_validator(mode="after")
    def _webhook_has_both(self) -> Self:
        if self.alert_webhook_url is not None and self.alert_webhook_secret is None:
            raise ValueError(
                "TOLLGATE_ALERT_WEBHOOK_URL is set but TOLLGATE_ALERT_WEBHOOK_SECRET is not: without it nobody can "
                f"tell an alert from a forgery; {_HOW_TO_MAKE_ONE}"
            )
        if self.alert_webhook_url is None and self.alert_webhook_secret is not None:
            raise ValueError(
                "TOLLGATE_ALERT_WEBHOOK_SECRET is set but TOLLGATE_ALERT_WEBHOOK_URL is not; set the URL, or neither"
            )
        return self

    @property
    def chat_kept(self) -> timedelta:
        return timedelta(days=self.chat_kept_days)

    @property
    def upstream(self) -> str:
        """Who answers: `simulator` without a key; `openai`; or the host of a compatible server, without its port.

        A host of one of those two names keeps its port: money at a server called `openai` is not money at OpenAI.
        """
        if self.openai_api_key is None:
            return "simulator"
        url = self.openai_base_url
        host = (url.host or "").removesuffix(".") if url else _OPENAI_HOST
        if host == _OPENAI_HOST or host.endswith(_OPENAI_HOSTS):
            return "openai"
        return f"{host}:{url.port}" if url and host in {"openai", "simulator"} else host


_SHORTEST_KEY = 32
_OPENAI_HOST, _OPENAI_HOSTS = "api.openai.com", ".openai.com"

_ALIKE = 0.75
"""Of 1: how alike two names must be for one to be the other misspelt; all begin with TOLLGATE_."""


def misspelt_settings() -> Iterator[str]:
    """A sentence for each variable, of the environment or of `.env`, that looks like a setting and is none."""
    known = [_variable(name) for name in Settings.model_fields]
    given = dict.fromkeys(_dotenv_names(), ".env") | dict.fromkeys(os.environ, "the environment")
    for name, place in given.items():
        upper = name.upper()
        if upper.startswith("TOLLGATE_") and not upper.startswith("TOLLGATE_TEST_") and upper not in known:
            nearest = get_close_matches(upper, known, 1, cutoff=_ALIKE)
            hint = f"did you mean {nearest[0]}?" if nearest else "all settings stand in .env.example"
            yield f"{name} in {place} is no setting and changes nothing; {hint}"


def _dotenv_names() -> list[str]:
    """None where the file cannot be read: `Settings` says so itself."""
    try:
        return list(dotenv_values(_DOTENV))
    except (OSError, UnicodeDecodeError):
        return []


def _variable(field: str) -> str:
    return field.upper() if field.startswith("openai_") else f"TOLLGATE_{field.upper()}"


def _no_header_text(character: str) -> str | None:
    if character in "\r\n":
        return "a line break"
    if not character.isascii():
        return "a character that is not ASCII"
    return None if character.isprintable() else "a control character"


def _is_signing_secret(secret: str) -> bool:
    """As the Standard Webhooks specification serialises it, with or without the padding of base64."""
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return 24 <= len(key) <= 64  # noqa: PLR2004  bytes


def load_settings() -> Settings:
    """Reads the environment and `.env`.

    Raises:
        ConfigurationError: a setting is wrong; the message names each one and what was expected.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [_line(details["loc"], own_words(details["msg"])) for details in error.errors()]
        raise ConfigurationError("The settings are wrong:\n" + "\n".join(lines)) from error


def _line(location: tuple[int | str, ...], message: str) -> str:
    if not location:
        return f"  {message}"
    name = str(location[0])
    return f"  {_variable(name) if name.islower() else name}: {message}"
