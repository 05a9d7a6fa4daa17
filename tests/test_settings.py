import os
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl, SecretStr, ValidationError

from app.errors import ConfigurationError
from app.settings import Settings, load_settings, misspelt_settings
from tests.tables import each_line

KEY = "sk-test-0123456789"


@pytest.fixture(autouse=True)
def _empty_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's, no .env, another folder."""
    for name in os.environ:
        if name.upper().startswith(("OPENAI_", "TOLLGATE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def complaint() -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    return caught.value.detail


def test_without_any_setting_the_simulator_answers() -> None:
    """A newcomer needs nothing: no key, the shipped data, a file for the database."""
    settings = load_settings()
    assert settings.upstream == "simulator"
    assert settings.openai_api_key is None
    assert settings.catalog.name == "models.yaml"
    assert settings.policies.name == "policies.yaml"
    assert settings.database_url == "sqlite+aiosqlite:///var/tollgate.db"
    assert (settings.baseline_model, settings.regional_processing) == ("gpt-4", False)
    assert (settings.log_format, settings.log_level) == ("console", "info")
    assert (settings.request_deadline_seconds, settings.max_tries) == (120, 3)


def test_a_key_leads_to_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under OpenAI's own name for it."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = load_settings()
    assert settings.upstream == "openai"
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == KEY


@each_line(
    ("base_url", "upstream"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://API.OpenAI.com./v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.openai.com.example.com/v1", "api.openai.com.example.com"),
        ("https://notopenai.com/v1", "notopenai.com"),
        ("https://mine.openai.azure.com/openai/v1", "mine.openai.azure.com"),
        ("http://user:word@LLM.example.com:8080/v1", "llm.example.com"),
        ("http://localhost:8080/v1", "localhost"),
        ("http://[::1]:8080/v1", "[::1]"),
        ("http://simulator:8080/v1", "simulator:8080"),
        ("http://openai/v1", "openai:80"),
    ],
)
def test_a_compatible_server_goes_by_its_host(base_url: str, upstream: str) -> None:
    """Only OpenAI's own hosts are OpenAI; a host that is called like one of the two names is neither."""
    assert Settings(openai_api_key=SecretStr(KEY), openai_base_url=AnyHttpUrl(base_url)).upstream == upstream


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a copied .env.example has it."""
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert load_settings().upstream == "simulator"


SENT_IN_HEADERS = [
    "OPENAI_API_KEY",
    "OPENAI_ADMIN_KEY",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "TOLLGATE_ALERT_WEBHOOK_SECRET",
]


def test_white_space_around_a_key_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`$(cat key.txt)` of a file from Windows leaves a carriage return; with nothing but space it is not set."""
    for name in SENT_IN_HEADERS:
        monkeypatch.setenv(name, f" \t{'A' * 32}\r\n")
    monkeypatch.setenv("TOLLGATE_ALERT_WEBHOOK_URL", WEBHOOK)
    settings = load_settings()
    secrets = (settings.openai_api_key, settings.openai_admin_key, settings.alert_webhook_secret)
    assert [secret and secret.get_secret_value() for secret in secrets] == ["A" * 32] * 3
    assert (settings.openai_org_id, settings.openai_project_id) == ("A" * 32, "A" * 32)
    monkeypatch.setenv("OPENAI_API_KEY", " \n")
    assert load_settings().upstream == "simulator"


@pytest.mark.parametrize("name", SENT_IN_HEADERS)
@pytest.mark.parametrize(
    ("within", "fault"),
    [
        ("\n", "a line break"),
        ("\r\nX-Other: y", "a line break"),
        ("\x7f", "a control character"),
        ("\t", "a control character"),
        ("é", "a character that is not ASCII"),
        ("\u200b", "a character that is not ASCII"),
    ],
)
def test_a_key_that_cannot_be_sent_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, within: str, fault: str
) -> None:
    """It was a stack trace, or three tries that sent nothing and were charged; it says what is wrong, not the key."""
    monkeypatch.setenv(name, f"sk-PLANTED{within}rest-of-it")
    said = complaint()
    assert f"{name}: it has {fault} within it, which no request can carry; copy it again" in said
    assert "PLANTED" not in said
    assert "rest-of-it" not in said


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the settings' text nor in the message about another setting that is wrong."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = load_settings()
    assert KEY not in f"{settings} {settings!r} {settings.model_dump()}"
    monkeypatch.setenv("TOLLGATE_MAX_TRIES", "0")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert KEY not in f"{caught.value} {caught.value.fields} {caught.value.__cause__!r}"


def test_openais_names_and_ours_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What belongs to OpenAI has its names, the rest our prefix."""
    catalog = tmp_path / "mine.yaml"
    catalog.touch()
    environment = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": "http://localhost:8080/v1",
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "proj_1",
        "TOLLGATE_CATALOG": str(catalog),
        "TOLLGATE_BASELINE_MODEL": "gpt-4o",
        "TOLLGATE_REGIONAL_PROCESSING": "true",
        "TOLLGATE_LOG_FORMAT": "json",
        "TOLLGATE_REQUEST_DEADLINE_SECONDS": "12.5",
        "TOLLGATE_MAX_TRIES": "1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert str(settings.openai_base_url) == "http://localhost:8080/v1"
    assert (settings.openai_org_id, settings.openai_project_id) == ("org-1", "proj_1")
    assert (settings.catalog, settings.baseline_model, settings.regional_processing) == (catalog, "gpt-4o", True)
    assert (settings.log_format, settings.request_deadline_seconds, settings.max_tries) == ("json", 12.5, 1)


def test_a_dotenv_file_is_read_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Names that are not ours are left alone."""
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\nTOLLGATE_MAX_TRIES=2\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("TOLLGATE_MAX_TRIES", "5")
    settings = load_settings()
    assert settings.upstream == "openai"
    assert settings.max_tries == 5


WRONG = {
    "TOLLGATE_CATALOG": ("nowhere.yaml", "nowhere.yaml is not a file; give the path of a YAML file"),
    "TOLLGATE_DATA_DIR": ("nowhere", "nowhere is not a folder; give the path of a folder with CSV files"),
    "TOLLGATE_BACKTEST_WORKERS": ("65", "less than or equal to 64"),
    "TOLLGATE_BACKTEST_QUEUE": ("0", "greater than or equal to 1"),
    "TOLLGATE_POLICIES": (".", ". is not a file; give the path of a YAML file"),
    "TOLLGATE_MAX_TRIES": ("0", "greater than or equal to 1"),
    "TOLLGATE_REQUEST_DEADLINE_SECONDS": ("-1", "greater than 0"),
    "TOLLGATE_DUPLICATE_WINDOW": ("3601", "less than or equal to 3600"),
    "TOLLGATE_LOG_FORMAT": ("xml", "'console' or 'json'"),
    "TOLLGATE_LOG_LEVEL": ("loud", "'debug', 'info'"),
    "TOLLGATE_REGIONAL_PROCESSING": ("perhaps", "valid boolean"),
    "OPENAI_BASE_URL": ("somewhere", "valid URL"),
}


@pytest.mark.parametrize(("name", "value", "expectation"), [(name, *rest) for name, rest in WRONG.items()])
def test_a_wrong_setting_is_named_as_one_sets_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expectation: str
) -> None:
    """The name of the environment variable, and what was expected of it."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv(name, value)
    first, line = complaint().splitlines()
    assert first == "The settings are wrong:"
    assert line.startswith(f"  {name}: ")
    assert expectation in line


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each."""
    monkeypatch.setenv("TOLLGATE_MAX_TRIES", "many")
    monkeypatch.setenv("TOLLGATE_LOG_LEVEL", "loud")
    assert len(complaint().splitlines()) == 3


def test_a_server_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the simulator would answer in the place of the server that was meant."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8080/v1")
    assert "OPENAI_BASE_URL is set but OPENAI_API_KEY is not; set the key too" in complaint()


WEBHOOK = "https://example.com/hook"
GOOD_SECRETS = ["whsec_" + "A" * 32, "A" * 32, "whsec_" + "A" * 43 + "=", "whsec_" + "A" * 43, "A" * 86 + "=="]
BAD_SECRETS = [
    "whsec_",
    "secret",
    "whsec_" + "A" * 31,
    "A" * 88,
    "whsec_" + "!" * 32,
    "a passphrase of forty characters, nice!!",
]


@pytest.mark.parametrize("secret", GOOD_SECRETS)
def test_a_webhook_has_an_address_and_a_secret(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """24 to 64 bytes in base64, with or without its prefix and its padding; the secret is never shown."""
    monkeypatch.setenv("TOLLGATE_ALERT_WEBHOOK_URL", WEBHOOK)
    monkeypatch.setenv("TOLLGATE_ALERT_WEBHOOK_SECRET", secret)
    settings = load_settings()
    assert str(settings.alert_webhook_url) == WEBHOOK
    assert settings.alert_webhook_secret is not None
    assert settings.alert_webhook_secret.get_secret_value() == secret
    assert secret not in f"{settings!r}"


@pytest.mark.parametrize("secret", BAD_SECRETS)
def test_a_secret_that_cannot_sign_is_refused_with_a_way_to_make_one(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("TOLLGATE_ALERT_WEBHOOK_URL", WEBHOOK)
    monkeypatch.setenv("TOLLGATE_ALERT_WEBHOOK_SECRET", secret)
    said = complaint()
    assert "TOLLGATE_ALERT_WEBHOOK_SECRET: " in said
    assert "24 to 64 random bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)" in said
    assert secret == "whsec_" or secret not in said


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("URL", WEBHOOK, "TOLLGATE_ALERT_WEBHOOK_URL is set but TOLLGATE_ALERT_WEBHOOK_SECRET is not"),
        ("SECRET", GOOD_SECRETS[0], "TOLLGATE_ALERT_WEBHOOK_SECRET is set but TOLLGATE_ALERT_WEBHOOK_URL is not"),
    ],
)
def test_half_a_webhook_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    """Without the secret anybody could forge alerts; without the address nobody would get any."""
    monkeypatch.setenv(f"TOLLGATE_ALERT_WEBHOOK_{name}", value)
    assert sentence in complaint()


def test_settings_do_not_change_while_the_process_runs() -> None:
    """They are frozen."""
    settings = Settings(max_tries=2)
    assert settings.max_tries == 2
    with pytest.raises(ValidationError):
        settings.max_tries = 3  # type: ignore[misc]  # that it is refused is what is tested


def test_a_misspelt_setting_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of the environment and of .env; what only the tests know is none of it."""
    (tmp_path / ".env").write_text("TOLLGATE_LOG_LEVLE=debug\nTOLLGATE_MAX_TRIES=2\nOTHER=1\n")
    monkeypatch.setenv("TOLLGATE_DATABSE_URL", "x")
    monkeypatch.setenv("tollgate_log_format", "json")
    monkeypatch.setenv("TOLLGATE_TEST_ANYTHING", "1")
    monkeypatch.setenv("TOLLGATE_ZZZ", "1")
    assert list(misspelt_settings()) == [
        "TOLLGATE_LOG_LEVLE in .env is no setting and changes nothing; did you mean TOLLGATE_LOG_LEVEL?",
        (
            "TOLLGATE_DATABSE_URL in the environment is no setting and changes nothing; "
            "did you mean TOLLGATE_DATABASE_URL?"
        ),
        "TOLLGATE_ZZZ in the environment is no setting and changes nothing; all settings stand in .env.example",
    ]
