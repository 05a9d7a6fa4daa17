"""Whether the process lives, and whether it can work."""

from typing import Literal

from dependency_injector.wiring import inject
from fastapi import APIRouter
from pydantic import BaseModel

from app.api.dependencies import DatabaseDep
from app.api.errors import problem_responses
from app.errors import TollgateError

router = APIRouter(tags=["health"], prefix="/health")


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class NotReadyError(TollgateError):
    status = 503
    code = "not_ready"
    title = "Tollgate is not ready"


@router.get("/live", operation_id="check_live", summary="Is the process alive?")
async def live() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get("/ready", operation_id="check_ready", summary="Can it work?", responses=problem_responses(503))
@inject
async def ready(database: DatabaseDep) -> Health:
    """Answers `ok` when the database does; without it nothing could be recorded, so nothing is sent."""
    if not await database.is_ready():
        raise NotReadyError("The database does not answer; check TOLLGATE_DATABASE_URL and the server behind it")
    return Health()
