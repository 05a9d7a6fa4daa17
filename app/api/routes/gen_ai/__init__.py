"""The GenAI endpoints under one prefix."""

from fastapi import APIRouter

from app.api.routes.gen_ai.budgets import router as budgets
from app.api.routes.gen_ai.builds import router as builds
from app.api.routes.gen_ai.chatops import router as chatops
from app.api.routes.gen_ai.indicators import router as indicators
from app.api.routes.gen_ai.models import router as models
from app.api.routes.gen_ai.narrative_report import router as narrative_report
from app.api.routes.gen_ai.reports import router as reports
from app.api.routes.gen_ai.strategy_builder import router as strategy_builder
from app.api.routes.gen_ai.usage import router as usage

router = APIRouter(prefix="/api/v1/gen-ai")
for _part in (models, strategy_builder, builds, indicators, narrative_report, reports, chatops, usage, budgets):
    router.include_router(_part)
