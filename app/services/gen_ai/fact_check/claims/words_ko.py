"""Korean words that compare."""

import re

from app.services.gen_ai.fact_check.claims.claim import Way

_ADJECTIVES: dict[Way, str] = {
    Way.MORE: r"높|크(?=[고며지다네])|큽|컸|큰|커|많|깊|빨|길(?=[고며지다])|더\s?벌|더\s?잃",
    Way.LESS: r"낮|작(?=[고며지게다은았습])|적(?=[고며지게다은었습])|얕|짧|덜",
    Way.BETTER: r"좋|우수|양호|낫|나은|나았|뛰어나|뛰어난|앞서|앞섰|앞선|앞질|선방|우위|선전|안정적",
    Way.WORSE: r"나쁘|나빴|나쁜|나쁩|부진|뒤지|뒤졌|뒤진|뒤처|뒤쳐|열위|저조|못하(?!고)|못했",
}
ADJECTIVE = re.compile("|".join(f"(?P<{way}>{words})" for way, words in _ADJECTIVES.items()))
THAN = re.compile(r"보다(?:는|도)?|대비|에\s?비[해하]\w*|[와과]\s(?:비교하?|견[주줘])\w*|에\s?견줘")
REACH = 34
"""Characters: the adjective may come some words after 보다."""
VERB_AFTER_THAN = re.compile(
    rf"(?P<{Way.BETTER}>웃[도돌돕]|상회|앞[서섰선섭]|능가|압도)|(?P<{Way.WORSE}>밑[도돌돕]|하회|뒤[지졌진처쳐]|못\s?미|미달)"
)
# 벤치마크를 웃돌다, 벤치마크 수익률은 밑돌다, 벤치마크에 못 미치다.
OBJECT_VERBS: tuple[tuple[Way, re.Pattern[str]], ...] = (
    (Way.MORE, re.compile(r"[을를도은는]\s(?:\S+\s){0,3}?(?P<verb>웃[도돌돕돈]|상회|초과|넘[어었는지])")),
    (
        Way.BETTER,
        re.compile(
            r"[을를도은는]\s(?:\S+\s){0,3}?(?P<verb>앞[서섰선섭지질]|능가|이[기겼긴]|압도|제[치쳤]|추월|따돌|따라잡|뛰어넘)"
        ),
    ),
    (Way.LESS, re.compile(r"[을를도은는]\s(?:\S+\s){0,3}?(?P<verb>밑[도돌돕돈]|하회)")),
    (
        Way.LESS,
        re.compile(r"(?:에(?:게)?는?도?|에도)\s(?:\S+\s){0,3}?(?P<verb>못\s?미|미치지\s?(?:는\s)?못|미달|모자)"),
    ),
    (
        Way.WORSE,
        re.compile(
            r"(?:에(?:게)?는?도?|에도)\s(?:\S+\s){0,3}?"
            r"(?P<verb>뒤[지졌진처쳐]|밀[렸리린])"
        ),
    ),
)
OWN_FIGURE = re.compile(
    r"(?:들)?(?:의|가|이)?\s?(?:[가-힣A-Za-z]+\s?){0,3}?\(?\s?[-\u2212+]?(?:연\s)?[\d.,]+\s?(?:%p|%|달러|배)?"
    r"(?:,\s[\d.,]+%?)*\)?\s?(?:수준)?"
    r"|(?:들)?(?:의|가|이)?\s?(?:[가-힣A-Za-z]+\s?){0,2}"
)
"""Between whom something is compared with and the particle: 의 200.5%, (19.1%), 수익률."""
SAID_OF_IT = re.compile(r"[은는이가도]\s(?![가-힣]+(?:한|린|둔|낸|은)\s)")
"""Right after a mention: something is said of it."""
OF_A_SHARE = re.compile(r"(?:절반|분의\s?[\d일이삼사]|배|두\s?배|세\s?배)\s?$")
"""A part of the other's figure, not the figure: 지수의 3분의 1을 넘었다."""
NEGATION = re.compile(
    r"[가-힣]{0,3}지(?:는|도|를)?\s?(?:않|못)|[가-힣]{0,2}\s?(?:수\s)?없"
    r"|[가-힣]{0,3}(?:기|하기)(?:는|에는)?\s?(?:어렵|힘들|실패)"
)
"""Right after the stem: 앞서지 못했다, 높지 않다."""
NOT_CLAIMED = re.compile(r"[가-힣]{0,3}(?:면|려면|는지|을까|도록|려고|기\s위)")
OTHER_SUBJECT = re.compile(r"(?:은|는|던|린|긴)?\s?(?:설정|변형|조합|경우|값|거래|날)(?:은|는|이|의)")
NONE_OF = re.compile(r"어느\s?(?:것|전략|쪽)도|누구도|아무도|하나도")
ALL_OF = re.compile(r"둘\s?다|모두|모든|전부|양쪽")
ONLY = re.compile(r"뿐|만이?\s|유일|밖에")
SUBJECT_LATER = re.compile(r"[^.;]{0,8}?(?:것|쪽|전략|곳)[은는이가]?\s(?:오직\s)?")
"""지수를 이긴 것은 A뿐이다: from the verb to its subject."""
ADNOMINAL = re.compile(r"(?:은|는|던|한)?\s(?:총|누적|연)?\s?")
"""지수보다 높은 샤프 비율: from the adjective to its noun."""
NEXT_COMPARAND = re.compile(r"보다|대비")
