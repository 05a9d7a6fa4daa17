"""The words for metrics, in English and in Korean. A Korean report uses both."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.services.gen_ai.fact_check.lexicon.senses import Sense

# Of two words that begin at the same place the one that stands first here is read, so the longer ones come first.
_ENGLISH: dict[Sense, str] = {
    Sense.ANNUAL_RETURN: (
        r"annuali[sz]ed (?:total )?(?:returns?|gains?|performance)|annual (?:returns?|performance)|CAGRs?"
        r"|compound(?:ed)? annual (?:growth rates?|returns?)|compound(?:ed|s|ing)?(?= (?:at|by|annual))"
        r"|yearly returns?|annual growth rates?"
    ),
    Sense.EXCESS: r"excess (?:returns?|gains?)|outperformance|active returns?",
    Sense.TOTAL_RETURN: r"total returns?|cumulative returns?|overall returns?|total gains?|in total|overall",
    Sense.DRAWDOWN: (
        r"(?:max(?:imum|\.)?|deepest|worst|largest|biggest|peak) ?drawdowns?|drawdowns?|drew down|draws? down|MDD"
        r"|(?:worst |largest |deepest |biggest )?peak[- ]to[- ]trough(?: (?:falls?|declines?|loss(?:es)?|drops?))?"
        r"|(?:below|from|off|under) (?:its |a |the |their |any )?(?:previous |last |prior |all-time )?"
        r"(?:peaks?|highs?(?:-water marks?)?)(?: to trough)?"
        r"|(?:deepest|largest|worst|biggest) (?:setback|fall|decline|drop|slump|loss from)|setbacks?"
    ),
    Sense.ANNUAL: r"annuali[sz]ed|annuali[sz]ing|annually|annual|(?:per|a|each) year|per annum|p\.a\.|yearly",
    Sense.VOLATILITY: r"volatilit(?:y|ies)|volatile|standard deviation of (?:the )?returns|fluctuat(?:es|ed|ions?)",
    Sense.SHARPE: r"Sharpe(?: ratios?)?",
    Sense.SORTINO: r"Sortino(?: ratios?)?",
    Sense.CALMAR: r"Calmar(?: ratios?)?",
    Sense.ALPHA: r"alphas?|more than its (?:market )?exposure",
    Sense.BETA: r"betas?",
    Sense.CVAR: r"CVaR|expected shortfalls?|conditional (?:value[- ]at[- ]risk|VaR)|average loss beyond|tail loss",
    Sense.VAR: r"VaR|values?[- ]at[- ]risk",
    Sense.WIN_RATE: r"win(?:ning)? (?:rates?|ratios?|percentage)|hit (?:rates?|ratios?)|success rates?|strike rates?",
    Sense.LOSS_RATE: r"loss rates?|losing rates?",
    Sense.LOSE: r"losing (?:trades?|positions?)|losers?|unprofitable|lost money|at a loss|in the red|losses",
    Sense.WIN: (
        r"winning (?:trades?|positions?)|winners?|wins?|won|profitable|made money"
        r"|(?:in|with|at) (?:a |the )?(?:profit|gain|black)|paid(?: off)?|successful"
    ),
    Sense.TRADES: r"trades?|round[- ]trips?|transactions?|positions? (?:opened|closed)|deals",
    Sense.TRADING: r"traded|trading|opened",
    Sense.RISK_FREE: r"risk[- ]free(?: rate)?|T-bills?|cash at",
    Sense.INITIAL_CASH: (
        r"initial (?:cash|capital|investment|stake)|starting (?:cash|capital|balance|value)|start(?=:)|stake(?= of)"
        r"|started (?:with|from)|at the start|from an? initial"
    ),
    Sense.FINAL_VALUE: (
        r"final (?:value|balance|wealth|account value|equity)|terminal (?:wealth|value)|ending (?:value|balance)"
        r"|finished (?:at|with)|ended (?:at|with)|end(?=:)|at the end"
    ),
    Sense.COMMISSION: r"commissions?",
    Sense.SLIPPAGE: r"slippage",
    Sense.POSITION: (
        r"position (?:sizes?|sizing)|per position|of (?:the|its|his) (?:capital|account|portfolio|equity|cash|money)"
        r"|invests?|invested|commits?|exposure|allocation"
    ),
    Sense.STOP: r"stop[- ]loss(?:es)?|stops?",
    Sense.TARGET: r"take[- ]profits?|(?:profit )?targets?",
    Sense.COOLDOWN: r"cool[- ]?downs?",
    Sense.INDICATOR: (
        r"RSI|MACD|[SEW]MA|DEMA|TEMA|moving averages?|averages?|Bollinger(?: bands?)?|bands?|momentum"
        r"|rate of change|ROC"
        r"|look-?backs?|windows?|thresholds?|oversold|overbought|deviations?|signal lines?|stochastic|ATR|ADX"
        r"|parameters?|periods? of|period(?= \d)|levels?|crossover|at the default"
    ),
    Sense.TIME_SHARE: (
        r"of (?:all |the )?(?:trading )?(?:days|time|sessions)|of its time|of the (?:test|period|sample)"
    ),
    Sense.BARS: r"bars|sessions|trading days",
    Sense.PROFIT: r"(?:net )?profits?",
    Sense.ACCOUNT: r"account|equity curve|balance|portfolio value|stood at|grew|turned|became|into",
    Sense.DECLINE: (
        r"(?:declin(?:es?|ed|ing)|falls?|drops?|slumps?|fell|dropped|plunged?)"
        r"(?! (?:back )?(?:to|from|behind|short|into|in)\b)|down(?! (?:from|to|the))|gave (?:up|back)|shed"
        r"|evaporat(?:ed|es)|vanish(?:ed|es)|wiped out|disappeared|melted|crash(?:es|ed)?|receded?"
        r"|went down"
    ),
    Sense.LOSS: r"loss|los(?:t|es?|ing)|shr[aiu]nk|negative return",
    Sense.RETURN: (
        r"returns?|returned|returning|gain(?:s|ed|ing)?|earn(?:s|ed|ing|ings)?|made|makes?|making"
        r"|(?:rose|rises?|rising|climb(?:s|ed))(?! (?:to|from|above)\b)"
        r"|up(?= \d)|advanced|appreciated|delivered|delivers|captured|produced|yield(?:s|ed)?|generated|added"
        r"|performance|brought|outperform\w*|underperform\w*|beats?|grown"
    ),
}
_KOREAN: dict[Sense, str] = {
    Sense.ANNUAL_RETURN: (
        r"연(?:환산|평균|율|간|복리)?\s?(?:복리\s?)?(?:총\s?)?수익률|연\s?복리|연평균|연\s?수익(?!률)"
    ),
    Sense.EXCESS: r"초과\s?(?:수익률?|성과)",
    Sense.TOTAL_RETURN: r"(?:총|누적|전체|최종)\s?수익률",
    Sense.ANNUAL: (
        r"연\s?환산|연간|연율|연으로|매년|해마다|한\s?해(?:에)?(?:\s평균)?"
        r"|(?<![가-힣])연(?=\s[-\u2212+약]?\s?\d|\s(?:변동성|알파))"
    ),
    Sense.DRAWDOWN: (
        r"(?:최대|최악의)\s?(?:낙폭|하락률|하락폭|하락|손실폭)|낙폭|하락폭|드로다운|(?:전\s?)?고점(?:에서|\s?대비|으로부터)"
    ),
    Sense.VOLATILITY: r"변동성|표준\s?편차(?=[은는이가\s])",
    Sense.SHARPE: r"샤프의?(?:\s?(?:비율|지수|레이쇼))?",
    Sense.SORTINO: r"소르티노(?:\s?(?:비율|지수|레이쇼))?",
    Sense.CALMAR: r"칼마르?(?:\s?(?:비율|지수|레이쇼))?",
    Sense.ALPHA: r"알파",
    Sense.BETA: r"베타",
    Sense.CVAR: r"기대\s?(?:부족액|손실|숏폴)|조건부\s?VaR|평균\s?손실",
    Sense.VAR: r"최대\s?예상\s?손실|위험\s?가치|하루\s?손실",
    Sense.WIN_RATE: r"승률|적중률|성공률",
    Sense.LOSS_RATE: r"패율|실패율|손실\s?거래\s?비율",
    Sense.TIME_SHARE: r"(?:전체\s?)?(?:거래일|기간|날)의|전체\s?기간|(?:전체의?|나머지)(?=\s\d)",
    Sense.BARS: r"거래일|영업일",
    Sense.LOSE: (
        r"(?:손실|지는|진|잃는|잃은)\s?거래|손실로\s(?:이어|끝|마감|마무리"
        r"|종료)|손해|졌|패배|패(?=[은는이가,\s])|실패|틀(?:렸|린)"
    ),
    Sense.WIN: (
        r"(?:수익|이익|이기는|이긴|버는)\s?거래|(?:수익|이익)(?:으로)\s(?:이어|끝|마감|마무리|종료)|이익(?!률)|이겼|이긴|이기(?=[고는])|승(?=[은는이가,을\s리])|성공|맞(?:혔|힌|춘|췄)|벌고"
    ),
    Sense.TRADES: r"거래(?!일|소|량)|매매|체결|진입|포지션을\s?잡|사서|거래해",
    Sense.RISK_FREE: r"무위험(?:\s?(?:수익률|이자율|금리|자산))?",
    Sense.INITIAL_CASH: (
        r"(?:초기|시작|최초|투입)\s?(?:자금|자본|현금|투자금)|원금|처음의?(?=\s\d)|로\s?시작(?!\s?(?:자금|자본))|맡긴|종잣돈"
    ),
    Sense.FINAL_VALUE: (
        r"(?:최종|기말|만기)\s?(?:평가액|자산|가치|잔액|자본|금액)|계좌\s?잔액|평가액|불어나|불었|불렸|늘었지만"
    ),
    Sense.COMMISSION: r"수수료",
    Sense.SLIPPAGE: r"슬리피지",
    Sense.POSITION: (
        r"포지션\s?(?:크기|비중|규모)|투자\s?비중|(?:자금|자본|계좌"
        r"|자산)의(?=\s?(?:\d|절반|반|[가-힣]+분의))|투입|비중"
    ),
    Sense.STOP: r"손절(?:매|선|폭|라인)?",
    Sense.TARGET: r"익절|목표\s?수익",
    Sense.COOLDOWN: r"쿨다운|대기\s?기간",
    Sense.INDICATOR: (
        r"이동\s?평균(?:선)?|이평선|단기선?|장기선?|볼린저\s?밴드|밴드|모멘텀|관찰\s?기간|룩백|과매도|과매수|기준[값선]|임계값"
        r"|시그널|스토캐스틱|표준\s?편차(?=\s?\d)|파라미터|매개변수|(?<![가-힣])기간(?=[을이은\s]\s?\d|이\s)|교차|변화율"
        r"|기본값|설정|추세선|일선"
    ),
    Sense.PROFIT: r"순이익|수익금|차익",
    Sense.ACCOUNT: r"계좌|자산|잔액",
    Sense.DECLINE: (
        r"하락(?:률)?|폭락|급락|떨어(?:졌|진|지)|내렸|내린|빠(?:졌|진)|밀(?:렸|린|리)|사라(?:졌|진|지)|날아(?:갔|간)|감소|줄(?:었|어들)|꺼(?:졌|진)"
    ),
    Sense.LOSS: r"손실(?:률|폭)?|잃(?:었|어|은|고|으)|까먹",
    Sense.RETURN: (
        r"수익률|수익(?!성)|성과|성적|벌(?:었|어(?!지|진|질|집|졌)|면|며|기|은|\s)|올(?:렸|린|려|리|랐|라(?!갔|가))|오(?:르|른)(?=[는\s고며])"
        r"|상승(?:률)?|늘(?:었|어|린)|거(?:뒀|둔|두)|챙(?:겼|긴)|이익률"
    ),
}


def _compiled(terms: dict[Sense, str], prefix: str) -> str:
    return "|".join(f"(?P<{prefix}_{sense}>{pattern})" for sense, pattern in terms.items())


_PATTERN = re.compile(
    rf"(?<![A-Za-z])(?=[A-Za-z])(?:{_compiled(_ENGLISH, 'en')})(?![A-Za-z])"
    rf"|(?=[가-힣])(?:{_compiled(_KOREAN, 'ko')})",
    re.IGNORECASE,
)


class Term(NamedTuple):
    """A word for a metric, where it stands."""

    start: int
    end: int
    text: str
    sense: Sense


def find_terms(text: str) -> Iterator[Term]:
    for match in _PATTERN.finditer(text):
        sense = Sense((match.lastgroup or "").partition("_")[2])
        yield Term(match.start(), match.end(), match.group(), sense)
