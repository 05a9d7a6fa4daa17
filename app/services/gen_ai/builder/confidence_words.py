"""The reasons for a confidence, in both languages."""

from app.quant.words import Language

WORDS: dict[str, dict[Language, str]] = {
    "first_passed": {
        "ko": "첫 답변이 모든 검사를 통과했습니다.",
        "en": "The first answer passed every check.",
    },
    "rejected": {
        "ko": "이 답변에 앞서 거부된 답변이 {rejected}개이며, 위반은 모두 {violations}건이었습니다.",
        "en": "Answers rejected before this one: {rejected}; violations found in them: {violations}.",
    },
    "all_given": {
        "ko": "전략의 수치는 모두 주어진 내용에 있습니다.",
        "en": "Every number of the strategy stands in what was given.",
    },
    "assumed": {
        "ko": "주어지지 않아 가정한 수치의 비율은 {percent}%입니다.",
        "en": "Share of the strategy that nobody gave and that was assumed: {percent}%.",
    },
    "unheard": {
        "ko": "요청에 있지만 전략에는 없는 수치: {unheard}.",
        "en": "Numbers of the request that are not in the strategy: {unheard}.",
    },
    "few_trades": {
        "ko": "시험 실행에서 끝난 거래가 {trades}건뿐이라 거의 아무것도 말해 주지 않습니다.",
        "en": "Trades that the dry run closed: {trades}, which says next to nothing.",
    },
    "some_trades": {
        "ko": "시험 실행에서 끝난 거래가 {trades}건이라 말해 주는 것이 적습니다.",
        "en": "Trades that the dry run closed: {trades}, which says little.",
    },
    "many_trades": {
        "ko": "시험 실행에서 거래 {trades}건이 끝났습니다.",
        "en": "Trades that the dry run closed: {trades}.",
    },
    "no_trades_needed": {
        "ko": "팔지 않는 전략이므로 거래 횟수는 문제가 되지 않습니다.",
        "en": "The strategy is not meant to sell, so the number of trades does not matter.",
    },
    "problems": {
        "ko": "기존 전략의 문제 {problems}건이 그대로 남아 있습니다.",
        "en": "Problems that the existing strategy had and still has: {problems}.",
    },
    "other_series": {
        "ko": "{wished}의 데이터가 없어 {symbol}(으)로 시험했습니다.",
        "en": "There are no bars of {wished}; the dry run used {symbol}.",
    },
}
