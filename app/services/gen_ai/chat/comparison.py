"""A comparison, computed: ranks, correlations, and what makes figures hard to compare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.errors import InputError
from app.quant.ranking import RankableMetric, Ranked, rank_strategies
from app.quant.words import Language
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.chat.contenders import Contender, PairCorrelation, pair_correlations


def caveats(contenders: Sequence[Contender], language: Language) -> list[str]:
    """What to beware of when these are compared, in sentences."""
    known = [(one.name, one.finished) for one in contenders if one.finished is not None]
    korean = language == "ko"
    found = [*_unknown(contenders, korean=korean)]
    if len({finished.result.symbol for _, finished in known}) > 1:
        listing = ", ".join(f"{name} {finished.result.symbol}" for name, finished in known)
        found.append(
            f"서로 다른 종목의 결과이므로 수치를 그대로 비교할 수 없습니다: {listing}."
            if korean
            else f"They ran over different series, so that their figures do not compare one to one: {listing}."
        )
    if len({_period(finished) for _, finished in known}) > 1:
        listing = ", ".join(f"{name} {' ~ '.join(_period(finished))}" for name, finished in known)
        found.append(
            f"서로 다른 기간의 결과입니다: {listing}." if korean else f"They ran over different periods: {listing}."
        )
    if len({finished.result.config.model_dump_json() for _, finished in known}) > 1:
        found.append(
            "초기 현금, 최대 비중, 비용의 설정이 서로 다릅니다."
            if korean
            else "They ran with different cash, position limits or costs."
        )
    return [*found, *_outdated(contenders, korean=korean)]


def _period(finished: FinishedBacktest) -> tuple[str, str]:
    return finished.result.first_day.isoformat(), finished.result.last_day.isoformat()


def _unknown(contenders: Sequence[Contender], *, korean: bool) -> Iterator[str]:
    names = ", ".join(one.name for one in contenders if one.finished is None)
    if names:
        yield (
            f"수치만 주어져 종목과 기간을 확인할 수 없습니다: {names}."
            if korean
            else f"Series and period are not known, only figures were given: {names}."
        )


def _outdated(contenders: Sequence[Contender], *, korean: bool) -> Iterator[str]:
    for one in contenders:
        ran = one.finished.backtest.strategy_version if one.finished else None
        if ran is not None and one.version is not None and ran != one.version:
            yield (
                f"{one.name}: 백테스트는 버전 {ran}의 규칙으로 실행되었고, 지금 전략은 버전 {one.version}입니다."
                if korean
                else f"{one.name}: the backtest ran version {ran} of the rules, which are at version {one.version}."
            )


# A comparison, computed: ranks, correlations, caveats.


@dataclass(frozen=True, slots=True)
class Compared:
    """`ranking`: the best first; `contenders` in the order in which they were named."""

    contenders: Sequence[Contender]
    metrics: Sequence[RankableMetric]
    ranking: Sequence[Ranked]
    correlations: Sequence[PairCorrelation]
    caveats: Sequence[str]

    def contender(self, name: str) -> Contender:
        return next(one for one in self.contenders if one.name == name)


def compared(contenders: Sequence[Contender], metrics: Sequence[RankableMetric], language: Language) -> Compared:
    """Ranks them; reads whole curves, which takes some milliseconds: call it in a thread.

    Raises:
        InputError: none of them has a value for any of the metrics.
    """
    if all(one.values.get(metric) is None for one in contenders for metric in metrics):
        raise InputError(f"no strategy has a value for any of {', '.join(metrics)}; rank by another metric")
    ranking = rank_strategies({one.name: one.values for one in contenders}, metrics)
    return Compared(contenders, metrics, ranking, pair_correlations(contenders), caveats(contenders, language))
