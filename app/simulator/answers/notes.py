"""What the simulator had to assume, in the person's language: each value that the words did not give."""

from app.simulator.answers.question import Language

Phrase = dict[Language, str]

ASSUMPTIONS: dict[str, Phrase] = {
    "nothing_read": {
        "ko": "아는 지표나 규칙을 찾지 못해 기본 전략(SMA 20/50 교차)을 썼습니다.",
        "en": "No known indicator or rule was found: the default strategy (SMA 20/50 crossover) is used.",
    },
    "averages": {
        "ko": "이동평균 기간이 없어 {short}일과 {long}일로 가정했습니다.",
        "en": "No periods were given for the moving averages: {short} and {long} days are assumed.",
    },
    "filter_only": {
        "ko": "조건이 필터뿐이라 SMA 20/50 교차를 진입 신호로 가정했습니다.",
        "en": "The words give only a filter: the SMA 20/50 crossover is assumed as the signal.",
    },
    "parameters": {
        "ko": "{kind}에 대해 말하지 않은 값은 {values}(으)로 가정했습니다.",
        "en": "Not given for {kind} and therefore assumed: {values}.",
    },
    "level": {
        "ko": "{kind} 기준값이 없어 {value}(으)로 가정했습니다.",
        "en": "No level was given for {kind}: {value} is assumed.",
    },
    "direction": {
        "ko": "비교 방향이 없어 '{condition}'(으)로 가정했습니다.",
        "en": "No comparison was given: '{condition}' is assumed.",
    },
    "exit": {
        "ko": "매도 조건이 없어 '{condition}'(으)로 가정했습니다.",
        "en": "No exit was given: '{condition}' is assumed.",
    },
    "entry": {
        "ko": "매수 조건이 없어 '{condition}'(으)로 가정했습니다.",
        "en": "No entry was given: '{condition}' is assumed.",
    },
    "unused": {
        "ko": "{kind}에 대한 조건을 읽지 못해 쓰지 않았습니다.",
        "en": "{kind} is mentioned without a condition that could be read, so it is not used.",
    },
    "clamped": {
        "ko": "{name}: {given}은(는) 허용 범위를 벗어나 {value}(으)로 바꿨습니다.",
        "en": "{name}: {given} is outside the allowed range, so {value} is used.",
    },
    "swapped": {
        "ko": "단기와 장기 이동평균이 뒤바뀐 것으로 보고 {short}일을 단기로 썼습니다.",
        "en": "The short and long averages seem exchanged: {short} days is used as the short one.",
    },
    "levels": {
        "ko": "과매도 기준이 과매수 기준보다 낮아야 하므로 {low}와(과) {high}(으)로 정했습니다.",
        "en": "The oversold level must lie below the overbought level: {low} and {high} are used.",
    },
    "too_many": {
        "ko": "조건은 한쪽에 {most}개까지라 나머지는 뺐습니다.",
        "en": "A side takes at most {most} conditions; the rest is left out.",
    },
    "position_size": {
        "ko": "투자 비중이 없어 플랫폼 기본 한도인 자금의 20%로 가정했습니다.",
        "en": "No position size was given: 20 % of the capital, the platform's default limit, is assumed.",
    },
    "stop_loss": {"ko": "손절 기준이 없어 두지 않았습니다.", "en": "No stop loss was given: none is set."},
    "take_profit": {"ko": "익절 기준이 없어 두지 않았습니다.", "en": "No take profit was given: none is set."},
    "cooldown": {"ko": "쿨다운이 없어 0일로 가정했습니다.", "en": "No cooldown was given: 0 days is assumed."},
    "no_strategy": {
        "ko": "바꿀 기존 전략을 읽지 못해 새 전략을 만들었습니다.",
        "en": "No existing strategy could be read, so a new one is made.",
    },
    "unchanged": {
        "ko": "바꿀 값을 읽지 못해 기존 전략을 그대로 두었습니다.",
        "en": "No change could be read, so the existing strategy stays as it is.",
    },
    "no_search": {
        "ko": "시뮬레이터는 값을 탐색하지 않습니다. 흔히 쓰는 값을 규칙에 따라 추천했습니다.",
        "en": "The simulator searches nothing: these are customary values, recommended by rule.",
    },
}


class Notes:
    """Collects assumptions in order, each once."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._said: dict[str, None] = {}

    def add(self, key: str, **values: object) -> None:
        self._said[ASSUMPTIONS[key][self.language].format(**values)] = None

    @property
    def said(self) -> list[str]:
        return list(self._said)
