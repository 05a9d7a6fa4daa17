"""English words that compare."""

import re

from app.services.gen_ai.fact_check.claims.claim import Way

_WORSE = (
    r"underperform(?:s|ed|ing)?|lag(?:s|ged|ging)?(?: behind)?|trail(?:s|ed|ing)?"
    r"|f[ae]ll(?:s|ing)? (?:far |well )?behind"
    r"|(?:is|was|are|were|stays?|stayed|remains?|remained|far|well|way|sits?)? ?behind|inferior to"
    r"|missed|misses"
)
_BETTER = (
    r"outperform(?:s|ed|ing)?|beat(?:s|en|ing)?|surpass(?:es|ed|ing)?|outpac(?:es|ed|ing)|outstrip(?:s|ped)|ahead of"
    r"|superior to|overtook|overtakes|eclips(?:es|ed)|outdid|keep(?:s|ing)? up with|kept up with|caught up with"
)
_VERBS: dict[Way, str] = {
    Way.WORSE: _WORSE,
    Way.BETTER: _BETTER,
    Way.MORE: r"exceed(?:s|ed|ing)?|top(?:s|ped|ping)|above",
    Way.LESS: r"below|under|(?:f[ae]ll(?:s|ing)? |stay(?:s|ed) |remain(?:s|ed) )?(?:far |well |just )?short of",
}
# The way, the metric that the adjective names by itself, and the adjective; the longer words first.
_ADJECTIVES: tuple[tuple[Way, str | None, str], ...] = (
    (Way.MORE, "volatility", r"more volatile|riskier|choppier"),
    (Way.LESS, "volatility", r"less volatile|calmer|smoother|steadier|less risky"),
    (Way.MORE, "total_return", r"more profitable"),
    (Way.LESS, "total_return", r"less profitable"),
    (Way.MORE, "max_drawdown", r"deeper|steeper"),
    (Way.LESS, "max_drawdown", r"shallower|milder|gentler"),
    (Way.BETTER, None, r"better|stronger"),
    (Way.WORSE, None, r"worse|weaker|poorer"),
    (Way.MORE, None, r"more|higher|larger|greater|bigger"),
    (Way.LESS, None, r"lower|smaller|less|fewer"),
)
VERB = re.compile(
    r"\b(?:" + "|".join(f"(?P<{way}>{words})" for way, words in _VERBS.items()) + r")(?![\w-])", re.IGNORECASE
)
ADJECTIVE = re.compile(
    r"\b(?:" + "|".join(f"(?P<a{place}>{words})" for place, (_, _, words) in enumerate(_ADJECTIVES)) + r")(?![\w-])",
    re.IGNORECASE,
)
PERFORMS = re.compile(r"(?:out|under)perform|beat", re.IGNORECASE)
"""Verbs that speak of the return unless another metric is named with them."""
THAN = re.compile(r"(?:\([^()]{0,24}\)|[^.;:()]){0,60}?\bthan\b", re.IGNORECASE)
"""From an adjective to its "than", past a figure in brackets: "more (11.8 %) than"."""
TO_OWNER = re.compile(
    r"(?:\s(?:that|those|what|the|its|their|of|in|by|for|suffered|earned|made|recorded|posted|delivered|returned|gained"
    r"|lost|simply|merely|just|both|even|either|returns?|about|around|(?:USD |\$)?[\d.,]+\s?%?|sharpe|sortino|ratio"
    r"|volatility|drawdown|total|annualised))*\s",
    re.IGNORECASE,
)
"""From "than", or from a verb, to whom something is compared with."""
NEGATION = re.compile(
    r"(?:\bnot\b|n['\u2019]t\b|\bnever\b|\bfail(?:s|ed|ing)?\b|\bwithout\b|\bcannot\b|\bnor\b|\bunable\b"
    r"|\bno\b(?= (?:better|higher|lower|worse|more|less)))(?:\s[\w'\u2019-]+){0,4}\s?$",
    re.IGNORECASE,
)
NOT_CLAIMED = re.compile(
    r"\b(?:would|could|might|may|should|if|whether|aims?|aimed|goal|seek\w*|tries|trying|intended|designed|supposed|to)"
    r"(?:\s[\w-]+){0,2}\s?$",
    re.IGNORECASE,
)
DONE_TO = re.compile(r"\b(?:fail\w*|unable|not able|able|manag\w+|enough)\s+to(?:\s\w+)?\s?$", re.IGNORECASE)
"""In spite of the "to" it is said to have happened, or not."""
POSSESSIVE_ALONE = re.compile(r"['\u2019]s?\s?(?:[,;:.)(]|$)")
"""Beats the benchmark's: its figure of the metric that was named."""
OTHER_SUBJECT = re.compile(
    r"\b(?:variations?|variants?|settings?|configurations?|versions?|of (?:these|them|those)|last of|cash|bonds?"
    r"|trades?|losers|winners)\b",
    re.IGNORECASE,
)
"""Somebody whose figures this check does not compare."""
IN_TERMS_OF = re.compile(
    r"\b(?:in terms of|on|by|measured by|as for|for|regarding|judged by)\s(?:the\s|its\s|their\s)?$", re.IGNORECASE
)
RISK_ADJUSTED = re.compile(r"\brisk[- ]adjusted\b", re.IGNORECASE)
CLAUSE = re.compile(r"[,;:(]|\b(?:and|but|while|whereas|although|though|yet)\b")
NONE_OF = re.compile(r"\b(?:neither|none|no (?:strategy|candidate|one|system))\b", re.IGNORECASE)
ALL_OF = re.compile(r"\b(?:both|all (?:three|two|four|five|of them|strategies|candidates)|each|every)\b", re.IGNORECASE)
ONLY = re.compile(r"\bonly\s(?:the\s)?$|\bthe only\b", re.IGNORECASE)


def verb_way(match: re.Match[str]) -> Way:
    return Way(match.lastgroup or "")


def adjective_way(match: re.Match[str]) -> tuple[Way, str | None]:
    """The way, and the metric that the adjective names by itself."""
    way, metric, _ = _ADJECTIVES[int((match.lastgroup or "a0")[1:])]
    return way, metric
