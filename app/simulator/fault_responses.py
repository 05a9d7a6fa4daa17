"""Faults that take the place of an answer, and faults that break the bytes of one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from starlette.responses import Response

from app.simulator.errors import ApiError
from app.simulator.faults import Fault
from app.simulator.responses import NoResponse
from app.simulator.wire import DONE, Part

_WEB_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_SERVER_FAULT = 500
_RATE_LIMITED = 429


def response_instead(fault: Fault | None) -> Response | None:
    """What is answered before anything is generated, so that nothing is billed; None where the fault comes later.

    Raises:
        ApiError: for a fault of kind `status`.
    """
    match fault:
        case Fault(kind="status", status=int(status)):
            raise _status_error(fault, status)
        case Fault(kind="html"):
            return Response(_WEB_PAGE, media_type="text/html")
        case Fault(kind="empty"):
            return Response()
        case Fault(kind="disconnect"):
            return NoResponse()
        case _:
            return None


def _status_error(fault: Fault, status: int) -> ApiError:
    if status >= _SERVER_FAULT:
        kind = "server_error"
    elif status == _RATE_LIMITED:
        kind = "insufficient_quota" if fault.code == "insufficient_quota" else "requests"
    else:
        kind = "invalid_request_error"
    headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    message = fault.text or f"The simulator was told to answer {status}."
    return ApiError(message, status=status, kind=kind, code=fault.code, headers=headers)


def broken_body(whole: Part, fault: Fault | None) -> Part:
    """The JSON body, or the first half of it where the connection or the JSON breaks off."""
    if fault is not None and fault.kind in {"malformed_json", "cut_stream"}:
        return replace(whole, data=whole.data[: len(whole.data) // 2])
    return whole


def broken_events(events: Iterable[Part], fault: Fault | None) -> Iterator[Part]:
    """The events of a stream, up to where the connection dies, or with one whose JSON breaks off."""
    match fault:
        case Fault(kind="cut_stream"):
            yield from islice(events, fault.chunks)
        case Fault(kind="malformed_json"):
            first, second = islice(events, 2)
            yield first
            yield replace(second, data=second.data[: len(second.data) // 2] + b"\n\n")
            yield Part(DONE, second.written)
        case _:
            yield from events
