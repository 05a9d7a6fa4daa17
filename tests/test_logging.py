"""What is logged says where something broke, and nothing of what people wrote."""

import uuid
from typing import Literal

import pytest
import structlog

from app.logging import configure_logging


def _break_with(said: str) -> None:
    raise RuntimeError("a bug")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_an_unexpected_error_is_logged_without_local_variables(
    capfdbinary: pytest.CaptureFixture[bytes], log_format: Literal["console", "json"]
) -> None:
    configure_logging(log_format, "info")
    said = uuid.uuid4().hex
    try:
        _break_with(said)
    except RuntimeError:
        structlog.get_logger(__name__).exception("it_broke")
    logged = capfdbinary.readouterr().err
    for piece in (b"it_broke", b"_break_with", b"RuntimeError: a bug"):
        assert piece in logged
    assert said.encode() not in logged
