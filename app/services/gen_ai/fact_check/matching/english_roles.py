"""English word order: to whom a number belongs, and who is only compared with."""

import re

ARTICLES = re.compile(r"(?:(?:the|a|its|their|simply|merely|just|own|same|underlying|passive)\s)*$", re.IGNORECASE)

COMPARED = re.compile(
    r"(?:\b(?:than(?:\sin|\sfor|\swith)?|of what|what|versus|against|compared (?:with|to)|relative to|beat(?:s|en|ing)?"
    r"|outperform\w*|underperform\w*|lag(?:s|ged|ging)?|trail\w*|exceed\w*|surpass\w*|top(?:s|ped|ping)?|outpac\w+"
    r"|ahead of|behind|below|above|over|under|match(?:es|ed|ing)?|miss(?:es|ed|ing)?|short of|(?:keep|kept) up with"
    r"|from|as|tracks?|unlike|times)|\bvs\.?)"
    r"\s(?:that of\s|those of\s|what\s|the (?:returns?|sharpe(?: ratio)?|volatility) of\s)?$",
    re.IGNORECASE,
)
"""Right before a mention (articles removed): the mention is what something is compared with."""

PLACE = re.compile(r"\b(?:on|in|to|trades?|traded|trading|buys?|of trading|across|within|applied to)\s$", re.IGNORECASE)
"""Right before the name of what is traded: it is where the strategy trades."""

MONEY_IN = re.compile(
    r"\b(?:dollars?|money|cash|capital|left|invested|put|held|parked|parking|sitting|stayed)\s(?:in|into|on)\s$",
    re.IGNORECASE,
)
"""Right before the name of what is traded: it is held, and so the benchmark."""

ATTACHED = re.compile(
    r"(?:['\u2019]s?)?(?:\s(?!by\b|with\b|returning\b|while\b|and\b|but\b|so\b)[\w.&-]+){0,4}?\s?"
    r"(?:\(|,?\s?which(?:\s\w+){1,5}\s)?(?:about\s|only\s|just\s|roughly\s)?"
)
"""Between what something is compared with and a number that is its own."""
UNSURE = re.compile(r"(?:['\u2019]s?)?(?:\s[\w-]+){0,2}\swith\s(?:a\s)?(?:\w+\s){0,3}")
"""As above, where the number may be either's: "beat the index with 18.4 %"."""

FOLLOWED_BY_OWNER = re.compile(
    r"(?:\s(?!and\b|but\b|while\b|or\b|exceed|beat|outp|surpass|topp?s?\b|match|trail|lag|fell\b|falls\b|is\b|was\b)"
    r"[\w-]+){0,3}?\s(?:for|by|of|that|which)\s(?:that of\s)?"
    r"(?:the\s|its\s|holding\s|simply\s|a\s)*"
    r"|\s\((?:the\s)?(?=\S+\))",
    re.IGNORECASE,
)
"""Between a number and the one whose it is: "11.0 % for the benchmark"."""

CLOSE = 36
"""Characters: within so many after a name, and in the same clause, a number is of it and of nobody else."""
NOT_BUT = re.compile(r"\s(?:instead of|rather than)\s", re.IGNORECASE)
"""Right behind a number: 0.3 % instead of 15.1 %; either may be somebody else's."""
CLAUSE = re.compile(r"[,;:\u2014]|\b(?:and|but|while|whereas|where|although|though|which|that|when|as|because|since)\b")
"""Between a mention and a number: the number may be somebody else's."""

ROW = re.compile(r"(?:['\u2019]s)?\s?(?:\([^)]*\)|[-\u2212]?[\d.,]+%?)?,?\s?(?:(?:and|or)\s)?(?:the\s|that of\s)?")
"""Between two that are compared with in a row."""
AGAINST = re.compile(
    r"\b(?:than|against|versus|vs?\.?|to)\s(?:(?:only|just|about|the|a|an|its|some|roughly)\s)*$", re.IGNORECASE
)
"""Right before a number: something is compared with it, so that it may be somebody else's."""
HELD_AGAINST = re.compile(r"\s(?:one|you|we|that could|which could|available|on offer)\b")
"""Right behind a number: the same."""
COUNTERPART = re.compile(
    r"(?:\b(?:against|versus|compared (?:with|to)|rather than|instead of)|\bvs?\.?)\s"
    r"(?:(?:only|just|about|a|an|the|some|roughly)\s)*$",
    re.IGNORECASE,
)
"""Right before a number: it belongs to the other one."""
