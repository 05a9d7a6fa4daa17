"""Reads comparisons from an English sentence."""

from collections.abc import Iterator
from typing import NamedTuple

from app.services.gen_ai.fact_check.claims import words_en as words
from app.services.gen_ai.fact_check.claims.claim import Comparison, Quantity, Way
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, Named, metric_named
from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.subjects import Owner

_REACH = 60
_OF = frozenset({"of", "of the", "for", ":"})


class _Found(NamedTuple):
    """The words that compare, the metric that they name by themselves, and whom something is compared with.

    `within`: from where a metric may be named between them and the other one.
    """

    start: int
    end: int
    within: int
    way: Way
    metric: str | None
    other: Mention | None
    is_adjective: bool = False


def comparisons(reader: ClaimReader) -> Iterator[Comparison]:
    if reader.asks:
        return
    for found in (*_verbs(reader), *_adjectives(reader)):
        claim = _claim(reader, found)
        if claim:
            yield claim


def _verbs(reader: ClaimReader) -> Iterator[_Found]:
    sentence = reader.sentence
    for match in words.VERB.finditer(sentence.words, sentence.start, sentence.end):
        other = _other_after(reader, match.end())
        alone = words.PERFORMS.match(match.group()) and not _is_mentioned_after(reader, match.end())
        if other or alone:
            yield _Found(match.start(), match.end(), match.end(), words.verb_way(match), None, other)


def _adjectives(reader: ClaimReader) -> Iterator[_Found]:
    sentence = reader.sentence
    for match in words.ADJECTIVE.finditer(sentence.words, sentence.start, sentence.end):
        than = words.THAN.match(sentence.words, match.end(), sentence.end)
        other = _other_after(reader, than.end()) if than else None
        if than and other:
            way, metric = words.adjective_way(match)
            yield _Found(match.start(), than.end(), match.start(), way, metric, other, is_adjective=True)


def _other_after(reader: ClaimReader, position: int) -> Mention | None:
    """Whom a verb or a "than" at a position compares with."""
    for mention in reader.mentions:
        if mention.start >= position and mention.called is not Called.PRONOUN:
            gap = reader.text(position, mention.start)
            return mention if len(gap) <= _REACH and words.TO_OWNER.fullmatch(gap) else None
    return None


def _is_mentioned_after(reader: ClaimReader, position: int) -> bool:
    """Whether somebody is named behind a verb, in the same clause."""
    return any(
        position <= mention.start <= position + _REACH and not words.CLAUSE.search(reader.text(position, mention.start))
        for mention in reader.mentions
    )


def _claim(reader: ClaimReader, found: _Found) -> Comparison | None:
    before = reader.text(reader.sentence.start, found.start)
    start = max((end.end() for end in words.CLAUSE.finditer(before)), default=0)
    clause = reader.sentence.words[reader.sentence.start + start : found.start]
    if words.NOT_CLAIMED.search(before) and not words.DONE_TO.search(before):
        return None
    if words.OTHER_SUBJECT.search(clause):
        return None
    subject = reader.mention_before(found.start, but=[] if found.other is None else [found.other])
    named = Named(found.metric, loss=False) if found.metric else _metric(reader, found, subject)
    if named is None and found.way in {Way.MORE, Way.LESS} and found.is_adjective:
        return None  # more of what?
    stop = found.other.end if found.other else found.end
    others = frozenset[Owner]() if found.other is None else reader.ownership.owners(found.other)
    owners = reader.ownership.owners(subject) if subject else reader.ownership.default
    return Comparison(
        found.start,
        stop,
        reader.text(found.start, stop),
        found.way,
        reader.ownership.default if owners == others else owners,  # nobody beats himself
        others,
        named.metric if named else None,
        reader.scope_at(found.start),
        negated=bool(words.NEGATION.search(before)),
        quantity=_quantity(clause),
        loss=bool(named and named.loss),
        signed=reader.writes_losses_with_a_minus(found.start, found.end),
        named=reader.named_before(found.start),
    )


def _metric(reader: ClaimReader, found: _Found, subject: Mention | None) -> Named | None:
    """The metric: named within the comparison, by "in terms of", or right before it."""
    text = reader.sentence.words
    after = found.other.end if found.other else found.end
    within = reader.terms_between(found.within, found.other.start if found.other else found.end)
    before = reader.terms_between(reader.sentence.start, found.start)
    behind = reader.terms_between(after, after + _REACH)
    in_terms_of = [
        *(term for term in behind if words.IN_TERMS_OF.search(text[after : term.start])),
        *(term for term in before if words.IN_TERMS_OF.search(text[reader.sentence.start : term.start])),
    ]
    if within or in_terms_of:
        return metric_named(within[-1] if within else in_terms_of[0])
    if words.RISK_ADJUSTED.search(reader.sentence.said):
        return Named("sharpe_ratio", loss=False)
    elliptic = found.other is not None and words.POSSESSIVE_ALONE.match(text, found.other.end)
    if words.PERFORMS.match(text, found.start) and not elliptic:
        return None
    left = subject.start if subject and subject.end <= found.start else reader.sentence.start
    of_subject = [term for term in before if term.start >= left or text[term.end : left].strip() in _OF]
    chosen = of_subject or (before if elliptic or not words.VERB.match(text, found.start) else [])
    return metric_named(chosen[-1]) if chosen else None


def _quantity(clause: str) -> Quantity:
    if words.NONE_OF.search(clause):
        return Quantity.NONE
    if words.ONLY.search(clause.partition("\x00")[0]):
        return Quantity.ONLY
    return Quantity.ALL if words.ALL_OF.search(clause) else Quantity.ONE
