"""Nothing else in the project opens a way to the upstream: what the one client does not send is not metered."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = {
    ("containers/gen_ai.py", "MeteredOpenAI"),
    ("containers/gen_ai.py", "AsyncClient"),  # under the meter
    ("containers/gen_ai.py", "DefaultAsyncHttpxClient"),  # under the meter
    ("app/services/gen_ai/ledger/openai_costs.py", "AsyncClient"),  # reads OpenAI's bill, which is free
    ("app/services/gen_ai/ledger/alerts.py", "AsyncClient"),  # the webhook of whoever is told of alerts
    ("app/cli/demo/command.py", "AsyncClient"),  # the demo asks its own server
}
_CLIENTS = frozenset(
    {"AsyncOpenAI", "OpenAI", "AsyncAzureOpenAI", "AzureOpenAI", "MeteredOpenAI", "AsyncClient", "Client"}
    | {"DefaultAsyncHttpxClient", "DefaultHttpxClient", "DefaultAioHttpClient", "AsyncHTTPTransport", "HTTPTransport"}
    | {"ClientSession", "create_connection", "open_connection", "urlopen", "HTTPSConnection", "HTTPConnection"}
)
_OTHER_WAYS = frozenset({"requests", "aiohttp", "httpx", "urllib3", "websockets", "http.client", "urllib.request"})
_WIRE_METHODS = frozenset({"get", "post", "request", "stream", "send"})


@cache
def _nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Each call and each import of the project, with its file."""
    return tuple(
        (str(path.relative_to(ROOT)), node)
        for folder in ("app", "containers")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.Import | ast.ImportFrom)
    )


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_clients_are_made_in_known_places_only() -> None:
    """Each with the reason why it is no way round the meter."""
    made = {(path, _name(node)) for path, node in _nodes() if isinstance(node, ast.Call) and _name(node) in _CLIENTS}
    assert made == ALLOWED


def test_no_other_library_speaks_http() -> None:
    found = []
    for path, node in _nodes():
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [(path, name) for name in names if name in _OTHER_WAYS or name.split(".")[0] in _OTHER_WAYS]
    assert found == []


def test_nobody_calls_the_module_functions_that_open_a_connection() -> None:
    """`httpx2.post(...)` needs no client."""
    found = [
        (path, ast.unparse(node.func))
        for path, node in _nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _WIRE_METHODS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"httpx2", "openai"}
    ]
    assert found == []
