"""Korean particles and word order: to whom a number belongs, and who is only compared with."""

import re

_OVERTAKES = r"(?:웃|밑|상회|하회|앞|따라|이기|이겼|이긴|능가|넘|압도|제치|제쳤|초과|추월|뛰어넘|제압)"
_FALLS_BEHIND = r"(?:뒤|못\s?미|못\s?하|미치지|미달|밀|모자|크게\s뒤|한참\s(?:뒤|못))"

COMPARED = re.compile(
    r"(?:들)?\s?(?:보다|대비|에\s?비[해하]|에\s?견주|[와과](?:는)?\s?(?:비교|견주|달리|거의|별)"
    rf"|[을를]\s(?:\S+\s){{0,3}}?{_OVERTAKES}|에게?는?(?:도)?\s(?:\S+\s){{0,3}}?{_FALLS_BEHIND})"
)
"""Right after a mention: the mention is what something is compared with."""

COMPARED_FIGURE = re.compile(
    r"(?:의|인)?\s?(?:[가-힣A-Za-z]+\s?){0,3}?\(?\s?[-\u2212+]?[\d.,]+\s?(?:%p|%|달러|배)?\)?\s?"
    r"(?:보다|대비|에\s?비[해하]|에\s?견주|[와과](?:는)?\s?(?:비교|견주|달리)"
    rf"|[을를]\s(?:\S+\s){{0,2}}?{_OVERTAKES}|에는?\s(?:\S+\s){{0,2}}?{_FALLS_BEHIND})"
)
"""The same, with a figure of its own between: 트렌드의 0.90보다."""

SUBJECT = re.compile(
    r"(?:들)?(?:의\s(?:(?![가-힣]*[를을]\s)[가-힣A-Za-z]+\s?){0,3}?)?(?:은|는|이|가|도|에서는|만|쪽이|의\s경우)(?=[\s,])|(?:들)?\s쪽이\s|(?:\s[가-힣]+)?[은는이가도]\s|\s?[:\uff1a]\s"
)
"""Right after a mention: what follows is said of it, until somebody else is named."""

PLACE = re.compile(r"(?:에서|에\s적용|을\s대상|를\s대상|으로\s검증)")
"""Right after the name of what is traded: it is where the strategy trades."""

ATTACHED = re.compile(r"(?:의|이|가)?\s?(?:[가-힣A-Za-z]+\s?){0,4}?\s?[(:]?\s?(?:각각\s)?")
"""Between a mention and a number that is its own."""

FOLLOWED_BY_OWNER = re.compile(
    r"(?:의|인|짜리|였던|이던)\s?"
    r"|(?:[를을에]|까지|로\s가장)\s(?:[가-힣]+\s)?(?:[가-힣]+(?:한|린|낸|둔|던|친|문|난|진|인|른)|번|낸|얻은|넘는|달하는|이르는|남은|높은|낮은|좋은)\s"
    r"|\s(?:하락|상승|폭락|급락|급등|수익을\s낸|손실을\s낸)한?\s"
)
"""Between a number and the one whose it is: "42%를 올린 트렌드"."""

CLOSE = 18
"""Characters: within so many after a name, and in the same clause, a number is of it and of nobody else."""
NOT_BUT = re.compile(r"[이가]?\s아니라")
"""Right behind a number: 15.1%가 아니라 0.3%; either may be somebody else's."""
CLAUSE = re.compile(r"[,;]|[가-힣](?:고|며|지만|는데|으나|면서|니|면|때)\s|\s?(?:동안|반면|사이|데\s비해)\s")
"""Between a mention and a number: the number may be somebody else's."""

RANK_OF = re.compile(r"[은는이가]\s")
"""Between a place and the one who has it: 1위는 리버설."""
ROW = re.compile(r"(?:의\s[-\u2212]?[\d.,]+%?)?\s?(?:\([^)]*\))?(?:[와과,]|이나|나)\s")
"""Between two that are compared with in a row."""
AGAINST = re.compile(r"때의\s$|(?:했|였|었|았)다면\s(?:\S+\s)?$")
"""Right before a number: what would have been, which is somebody else's."""
HELD_AGAINST = re.compile(
    rf"[를을]\s(?:\S+\s){{0,2}}?{_OVERTAKES}|에(?:는|도)?\s(?:\S+\s){{0,2}}?{_FALLS_BEHIND}|보다|에\s?비[해하]|에\s?견[주줘]"
)
"""Right behind a number: something is compared with it, so that it may be somebody else's."""
COUNTERPART = re.compile(r"(?:\s대\s|\s?vs\.?\s?|\s?:\s?)$")
"""Right before a number: it belongs to the other one."""
