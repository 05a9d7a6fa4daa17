"""A catalogue and policies small enough to be read at a glance; tests change a line of them and load the result."""

from pathlib import Path

from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.service_policy import PolicyFile, load_policy_file

CATALOG = """\
request_profiles:
  chat:
    instruction_role: system
    token_limit: max_completion_tokens
    streaming: true
    encoding: o200k_base
    chat_completions: {tools: always, sampling: always, structured_output: json_schema}
models:
  - model_id: small
    tier: MINI
    capabilities: [CHAT]
    supports_rag: true
    description: the small one
    context_window: 1000
    max_output_tokens: 100
    snapshots: [small-1]
    request_profile: chat
    lifecycle: {shutdown_on: 2026-12-31, replacement: large}
    regional_factor: 1.1
    sources: [https://example.com/small]
    prices:
      - valid_from: 2026-01-01
        standard: {input: 1, output: 2}
      - valid_from: 2026-06-01
        standard: {input: 0.5, output: 1.5}
        service_tiers: {batch: {input: 0.25, output: 0.75}}
  - model_id: large
    tier: PREMIUM
    capabilities: [CHAT, ANALYSIS]
    supports_rag: true
    description: the large one
    context_window: 1000
    max_output_tokens: 100
    snapshots: []
    request_profile: chat
    lifecycle: {}
    sources: [https://example.com/large]
    prices:
      - valid_from: 2026-01-01
        standard: {input: 10, output: 20}
"""

POLICIES = """\
services:
  - service_name: talk
    allowed_tiers: [MINI, PREMIUM]
    default_model: small
    required_capabilities: [CHAT]
  - service_name: think
    allowed_tiers: [PREMIUM]
    default_model: large
    required_capabilities: [CHAT, ANALYSIS]
"""


def changed(text: str, old: str, new: str) -> str:
    """The text with the first `old` replaced; a test that replaces nothing would test nothing."""
    assert old in text, f"{old!r} does not stand in the file"
    return text.replace(old, new, 1)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load_catalog(folder: Path, text: str = CATALOG) -> CatalogFile:
    return load_catalog_file(write(folder, "models.yaml", text))


def load_policies(folder: Path, text: str = POLICIES, catalog: str = CATALOG) -> PolicyFile:
    return load_policy_file(write(folder, "policies.yaml", text), load_catalog(folder, catalog))
