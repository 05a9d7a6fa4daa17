"""Why a person must approve what was built, or need not: from the data, in both languages."""

from collections.abc import Iterator

from app.quant.figures import percent
from app.quant.strategy import Strategy
from app.quant.words import Language

_MUCH = 0.5
"""A position of more than this fraction of the capital is worth a second look."""


def approval_reasons(strategy: Strategy, assumptions: int, language: Language) -> list[str]:
    """Why a person must approve: nobody has, and what deserves a look."""
    return list(_reasons_ko(strategy, assumptions) if language == "ko" else _reasons_en(strategy, assumptions))


def waived(language: Language) -> str:
    if language == "ko":
        return "요청에서 승인이 필요 없다고 하여 바로 저장했습니다."
    return "The request waived approval, so it was stored at once."


def only_explained(language: Language) -> str:
    if language == "ko":
        return "기존 전략을 설명했을 뿐이므로 승인할 것이 없습니다."
    return "An existing strategy was explained and nothing was built, so there is nothing to approve."


def _reasons_en(strategy: Strategy, assumptions: int) -> Iterator[str]:
    yield "No person has looked at it yet, and the request did not waive approval."
    if assumptions:
        yield f"The model made {assumptions} assumption{'s' * (assumptions > 1)} where the query left something open."
    if strategy.risk.stop_loss is None:
        yield "It has no stop loss."
    if strategy.risk.position_size > _MUCH:
        yield f"It puts {percent(strategy.risk.position_size)} of the capital into one position."


def _reasons_ko(strategy: Strategy, assumptions: int) -> Iterator[str]:
    yield "아직 사람이 확인하지 않았고, 요청에서 승인을 생략하지 않았습니다."
    if assumptions:
        yield f"질문에 없는 내용을 모델이 {assumptions}가지 가정했습니다."
    if strategy.risk.stop_loss is None:
        yield "손절 기준이 없습니다."
    if strategy.risk.position_size > _MUCH:
        yield f"자본의 {percent(strategy.risk.position_size)}를 한 포지션에 투입합니다."
