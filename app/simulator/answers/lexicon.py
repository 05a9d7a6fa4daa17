"""The words that name indicators, comparisons and sides, in Korean and English, as patterns.

The patterns meet text in lower case with single spaces. The order counts: at one place the first match wins, so
the longer wording stands before the shorter one.
"""

from app.simulator.answers.tokens import How, MarkName, Place, SideName

PERIOD = r"(?<![0-9.])[0-9]{1,9}(?![0-9]|\.[0-9]| ?%| ?퍼센트)"
UNIT = r"(?:[ -]?(?:days?|일|periods?|bars?|봉|d)(?![a-z]))"
_APART = r" ?(?:,|/|-|과|와|하고|및|and|to|&|vs\.?|대) ?(?:the )?"
_OF = r"(?:의|를|을)?(?:-| )?(?:(?:of|using|with|over|for|to|from)(?: an?| the)?(?: last| past)? ?)?"
_SPAN = r"(?:(?:기간|period|length)(?:을|를|은|는)? ?(?:of |to |from [0-9]{1,9} to |[0-9]{1,9}일?에서 ?|= ?)?)"
_PAIR = rf"(?P<a>{PERIOD})(?:(?:{UNIT} |{UNIT}?{_APART})(?P<b>{PERIOD}){UNIT}?|{UNIT}?)"
_CROSSING = r"(?: ?(?:crossovers?|교차)(?: ?(?:strategy|전략))?)?"

AVERAGES = {
    "TEMA": r"temas?|삼중 ?지수 ?이동 ?평균선?|triple exponential moving averages?",
    "DEMA": r"demas?|이중 ?지수 ?이동 ?평균선?|double exponential moving averages?",
    "EMA": r"emas?|지수 ?이동 ?평균선?|지수 ?이평선?|exponential moving averages?",
    "WMA": r"wmas?|가중 ?이동 ?평균선?|weighted moving averages?",
    "SMA": r"smas?|mas?|단순 ?이동 ?평균선?|이동 ?평균선?|이평선?|simple moving averages?|moving averages?",
}
OSCILLATORS = {
    "RSI": r"rsi|상대 ?강도 ?지수|relative strength index",
    "ADX": r"adx|average directional index",
    "ATR": r"atr|average true range",
    "ROC": r"roc|rate of change|(?:price )?momentum|모멘텀|변화율|등락률",
}


def _average(kind: str, names: str) -> list[tuple[str, str]]:
    name = rf"(?<![a-z])(?:{names})(?![a-z])"
    line = rf"|(?P<a3>{PERIOD}) ?일 ?선(?!물)" if kind == "SMA" else ""
    return [
        (kind, rf"{_PAIR}(?: ?의)? ?{name}{line}"),
        (kind, rf"{name}{_CROSSING}{_OF}{_SPAN}?\(? ?{_PAIR} ?\)?"),
        (kind, name),
    ]


def _oscillator(kind: str, names: str) -> list[tuple[str, str]]:
    name = rf"(?<![a-z])(?:{names})(?![a-z])"
    # "20일 수익률" is a rate of change; a return without a period is a result, and no indicator.
    returns = rf"|(?P<a3>{PERIOD}){UNIT} ?(?:수익률|returns?)" if kind == "ROC" else ""
    return [
        (kind, rf"(?P<a>{PERIOD}){UNIT} ?{name}{returns}"),
        (kind, rf"{name} ?\( ?(?P<a>{PERIOD}){UNIT}? ?\)|{name}{_OF}(?P<a2>{PERIOD}){UNIT}"),
        (kind, rf"{name}{_OF}{_SPAN}(?P<a>{PERIOD}){UNIT}?"),
        (kind, name),
    ]


_THREE = rf"\(? ?(?P<a>{PERIOD})[ ,/-]{{1,2}}(?P<b>{PERIOD})[ ,/-]{{1,2}}(?P<c>{PERIOD}) ?\)?"
_MACD_LINE = r"(?: ?(?:(?P<histogram>histogram|히스토그램)|(?P<signal>signal line|signal|시그널 ?선|시그널)|line|선))?"
_STOCHASTIC = r"(?:slow |fast )?(?:stochastics?(?: oscillator)?|스토캐스틱|stoch)"
_BAND = (
    r"(?<![a-z])(?:(?P<lower>lower(?! than)|하단|하한)|(?P<upper>upper|상단|상한)"
    r"|(?P<middle>middle|mid|중심|중간|중앙))"
)
_BANDS = r"(?:bollinger(?: bands?)?|볼린저 ?밴드|볼린저|bbands)"
_BAND_SIZE = rf"\(? ?(?P<a>{PERIOD}){UNIT}?(?:[ ,]{{1,2}}(?P<dev>[0-9](?:\.[0-9]{{1,3}})?))? ?\)?"

INDICATORS: tuple[tuple[str, str], ...] = (
    *(entry for kind, names in AVERAGES.items() for entry in _average(kind, names)),
    *(entry for kind, names in OSCILLATORS.items() for entry in _oscillator(kind, names)),
    ("MACD", rf"macd(?:{_OF}{_THREE})?{_MACD_LINE}(?![a-z])"),
    ("MACD", rf"{_THREE} ?macd{_MACD_LINE}(?![a-z])"),
    ("SIGNAL", r"(?<!매수 )(?<!매도 )(?<!buy )(?<!sell )(?<![a-z])(?:signal(?: line)?|시그널 ?선?|신호 ?선)(?![a-z])"),
    ("BBANDS", rf"{_BANDS}{_OF}{_SPAN}?{_BAND_SIZE}(?:의)?(?: ?{_BAND}(?: ?(?:밴드|선|bands?))?)?"),
    ("BBANDS", rf"(?P<a>{PERIOD}){UNIT} ?{_BANDS}(?:의)?(?: ?{_BAND}(?: ?(?:밴드|선|bands?))?)?"),
    ("BBANDS", rf"{_BAND} ?{_BANDS}|{_BANDS}(?:의)? ?{_BAND.replace('P<', 'P<x')}(?: ?(?:밴드|선|bands?))?"),
    ("BBANDS", rf"{_BAND} ?(?:밴드|bands?)"),
    ("BBANDS", _BANDS),
    ("BAND", rf"{_BAND} ?(?:선|(?=[ 에을이가,.)]|$))"),
    ("STOCH", rf"{_STOCHASTIC}(?:{_OF}{_THREE})?(?: ?%?(?:(?P<k>k)|(?P<d>d))(?![a-z]))?"),
    ("STOCH_LINE", r"(?<![a-z0-9])%?(?:(?P<k>k)|(?P<d>d))(?![a-z0-9])(?: ?(?:line|선))?"),
    ("open", r"시가(?!총)|opening price"),
    ("high", r"고가|daily high"),
    ("low", r"저가|daily low"),
    ("close", r"가격|주가|종가|closing price|(?<![a-z])(?:price|close)(?![a-z])(?! (?:out|the|all|my))"),
)

_DROP = r"(?:drops?|falls?|dips?|goes|moves?|closes?|is|stays|trades|slips?|sinks?) (?:back )?"
_RISE = r"(?:rises?|climbs?|goes|moves?|closes?|is|stays|trades|gets) (?:back )?"
_CROSS = r"(?<![a-z])cross(?:es|ed|ing)?(?: back)?"
_DOWNWARDS = r"(?:로|에서|에)?(?: ?(?:내려|떨어|하락)[가-힣]*)?"
_UPWARDS = r"(?:로|에서|에)?(?: ?(?:올라|오르|상승)[가-힣]*)?"

COMPARISONS: tuple[tuple[How, Place, str], ...] = (
    ("crosses_above", "any", r"골든 ?크로스|golden cross(?:es)?"),
    ("crosses_below", "any", r"(?:데드|데스) ?크로스|(?:death|dead) cross(?:es)?"),
    ("crosses_above", "before", r"상향 ?(?:돌파|교차)|위로 ?(?:돌파|교차|뚫)|뚫고 ?올라"),
    ("crosses_below", "before", r"하향 ?(?:돌파|교차|이탈)|아래로 ?(?:돌파|교차|뚫|이탈)|뚫고 ?내려|이탈"),
    ("crosses_above", "before", r"돌파"),
    ("crosses", "before", r"교차"),
    ("crosses_above", "around", rf"{_CROSS} (?:above|over|up through|upwards?|up)|break(?:s|ing)? (?:out )?above"),
    (
        "crosses_below",
        "around",
        rf"{_CROSS} (?:below|under|down through|downwards?|down)|break(?:s|ing)? (?:down )?below",
    ),
    ("crosses", "any", r"(?<![a-z])(?:crossovers?|cross(?:es|ing)?(?: through)?)(?![a-z])"),
    (
        "below",
        "before",
        (
            rf"이하|미만|(?<![가-힣])(?:아래|밑){_DOWNWARDS}|보다 ?(?:낮|작|아래)[가-힣]*"
            r"|하회|밑돌|내려[가-힣]+|떨어[가-힣]+"
        ),
    ),
    (
        "above",
        "before",
        (
            rf"이상(?!한)|초과|(?<![가-힣])위(?=로|에|이|일|면|쪽|[ ,.]|$){_UPWARDS}"
            r"|보다 ?(?:높|크|위)[가-힣]*|상회|웃돌|넘[으어을는]|올라가[가-힣]*"
        ),
    ),
    ("below", "around", rf"(?:{_DROP})?(?<![a-z])(?:below|under|beneath|less than|lower than|at most)(?![a-z])|<=?|≤"),
    (
        "above",
        "around",
        (
            rf"(?:{_RISE})?(?<![a-z])(?:above|greater than|higher than|more than|at least|exceeds?"
            r"|over(?! (?:the |a )?(?:last |past )?[0-9]+[ -]?(?:day|bar|period)))(?![a-z])|>=?|≥"
        ),
    ),
    ("touches", "any", r"닿|터치|도달|(?<![a-z])(?:touch(?:es|ing)?|hits?|reach(?:es)?|tags?)(?![a-z])"),
    ("oversold", "any", r"과매도|over-?sold"),
    ("overbought", "any", r"과매수|over-?bought"),
)

SIDES: dict[SideName, str] = {
    "entry": r"(?<!과)매수|매입|진입|(?<![가-힣])(?:사고|사줘|사서|사며|사는|사자|산다|사면|사라|사세요|살 때|삽니다)"
    r"|(?<![a-z])(?:buy|buys|buying|enter|enters|entry|go long|long when)(?![a-z])",
    "exit": r"(?<!과)매도|청산|(?<![가-힣])(?:팔|파는|판다|팝니다)"
    r"|(?<![a-z])(?:sell|sells|selling|exit|exits|close (?:out|the position|all|my position))(?![a-z-])",
}
MARKS: dict[MarkName, str] = {
    "or": r"또는|혹은|이거나|거나|(?<![a-z])or(?![a-z])",
    "opposite": r"반대|(?<![a-z])(?:opposite|reverse)(?![a-z])",
    "only": r"때만|경우에만|필터|(?<![a-z])(?:only|filter)(?![a-z])",
    "break": r"[,;\n]|\.(?= |$)",
}
# Numbers that are no part of a rule: dates, spans of a backtest, names of indices.
SKIPPED = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,4} ?(?:년|월|개월|years?|months?|weeks?|주(?!가))"
    r"|s&p ?500|(?:코스피|kospi|나스닥|nasdaq|코스닥|kosdaq|니케이|nikkei) ?[0-9]{2,3}(?![0-9])"
)
NUMBER = rf"(?:(?<=[ <>=])-)?(?<![0-9.])(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]+)(?:\.[0-9]+)?(?P<days>{UNIT})?"
