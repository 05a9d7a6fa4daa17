"""What an optimisation says about itself, in both languages; each sentence comes from a figure of the trials."""

from collections.abc import Iterator

from app.quant.figures import figure, percent
from app.quant.study import Optimisation
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import TrialReport

_WEAK = 0.3
"""A rank correlation below this says little: it explains less than a tenth of the order."""

_SAY: dict[str, dict[Language, str]] = {
    "tried": {
        "ko": "조합 {trials}개를 {split} 이전 구간에서 시험해 가장 좋은 것을 골랐습니다. 여러 번 시험하면 우연히 좋아 "
        "보이는 조합이 나오기 마련입니다.",
        "en": "Combinations tried on the days before {split}: {trials}. The best of many looks good by chance alone.",
    },
    "nothing_to_choose": {
        "ko": "비교할 수 있는 조합이 하나뿐이라 고를 것이 없었습니다.",
        "en": "There was nothing to choose between: fewer than two combinations could be compared.",
    },
    "fell": {
        "ko": "고른 구간에서 샤프 비율은 {inside}, 고르지 않은 구간에서는 {outside}입니다.",
        "en": "Its Sharpe ratio is {inside} in the sample that chose it, and {outside} out of it.",
    },
    "worse": {
        "ko": "고르지 않은 구간에서는 바꾸지 않은 전략({unchanged})보다 나을 것이 없습니다.",
        "en": "Out of the sample it is no better than the unchanged strategy ({unchanged}).",
    },
    "rank": {
        "ko": "고르지 않은 구간에서의 순위는 {trials}개 가운데 {rank}위입니다.",
        "en": "Out of the sample it comes {rank} of {trials}.",
    },
    "unrelated": {
        "ko": "두 구간의 순위 상관은 {correlation}이므로, 한 구간의 순위는 다른 구간을 거의 알려 주지 않습니다.",
        "en": "The rank correlation of the two parts is {correlation}: the order in one says little about the other.",
    },
    "chance": {
        "ko": "쓸모없는 조합 {trials}개 중 가장 좋은 것도 우연히 {chance} 정도는 나옵니다.",
        "en": "The best of {trials} worthless combinations is expected to show {chance} by chance.",
    },
    "kept": {
        "ko": "그래서 전략은 그대로 두었습니다.",
        "en": "So the strategy stays as it was.",
    },
    "adopted": {
        "ko": "나중 구간도 채택 여부를 정하는 데 쓰였으므로, 두 구간에 없는 자료로 다시 확인하십시오.",
        "en": "The later part decided whether to take it over: judge it on days that neither part holds.",
    },
}
_CHANGED: dict[Language, str] = {
    "ko": "{changes}. 자본을 모두 투입할 때, 고르지 않은 구간의 총수익률은 {before} → {after}, 샤프 비율은 "
    "{sharpe_before} → {sharpe_after}입니다.",
    "en": "{changes}. Out of the sample, with all the capital in each position, the total return went from {before} to "
    "{after} and the Sharpe ratio from {sharpe_before} to {sharpe_after}.",
}


def warnings(found: Optimisation, language: Language, *, adopted: bool) -> list[str]:
    """What speaks against trusting the best of the trials; the first sentence always does."""
    luck = found.overfitting
    values = {
        "trials": found.trial_count,
        "split": found.split_day,
        "inside": _ratio(luck.best_in_sample),
        "outside": _ratio(luck.best_out_of_sample),
        "unchanged": _ratio(luck.unchanged_out_of_sample),
        "rank": luck.rank_out_of_sample,
        "correlation": _ratio(luck.rank_correlation),
        "chance": _ratio(luck.sharpe_by_chance),
    }
    return [_SAY[key][language].format(**values) for key in _signs(found, adopted=adopted)]


def _signs(found: Optimisation, *, adopted: bool) -> Iterator[str]:
    luck = found.overfitting
    if found.best is None or found.trial_count < 2:  # noqa: PLR2004  one combination is no choice
        yield from ("nothing_to_choose", "kept")
        return
    yield from ("tried", "fell")
    if not is_above(luck.best_out_of_sample, luck.unchanged_out_of_sample):
        yield "worse"
    if luck.rank_out_of_sample is not None and luck.rank_out_of_sample > 1:
        yield "rank"
    if luck.rank_correlation is None or luck.rank_correlation < _WEAK:
        yield "unrelated"
    if luck.sharpe_by_chance is not None and not is_above(luck.best_in_sample, luck.sharpe_by_chance):
        yield "chance"
    yield "adopted" if adopted else "kept"


def is_above(one: float | None, other: float | None) -> bool:
    """Anything is above what is not defined."""
    return one is not None and (other is None or one > other)


def change_words(best: TrialReport, before: TrialReport, language: Language) -> str:
    """Which numbers were changed, and what that did where they were not chosen."""
    changes = [
        f"{each.name}: {figure(each.before)} → {figure(each.value)}"
        for each in best.settings
        if each.before != each.value
    ]
    new, old = best.out_of_sample, before.out_of_sample
    return _CHANGED[language].format(
        changes=", ".join(changes),
        before=percent(round(old.total_return, 4)),
        after=percent(round(new.total_return, 4)),
        sharpe_before=_ratio(old.sharpe_ratio),
        sharpe_after=_ratio(new.sharpe_ratio),
    )


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"
