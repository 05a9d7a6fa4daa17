"""A report on a backtest that says nothing but the figures it was given, and what plain rules make of them."""

from app.simulator.answers import report_phrases as phrases
from app.simulator.answers.facts import Facts
from app.simulator.answers.given_facts import GivenFacts
from app.simulator.answers.notes import Phrase
from app.simulator.answers.question import Language, Question
from app.simulator.answers.report_studies import said_of_regimes, said_of_variations
from app.simulator.answers.schema_check import fits
from app.simulator.answers.tokens import Json
from app.simulator.answers.verdicts import MARKS, NEXT, recommendation, risk_level

_NAMES = ("strategy_name", "symbol")
_MOST_FINDINGS = 5
_LEAST_FINDINGS = 3
_ADVICE = {"brief": 1, "standard": 2, "detailed": 3}


def report_answer(question: Question) -> Json:
    given = question.data.get("backtest")
    backtest: Json = given if isinstance(given, dict) else {}
    given_facts = GivenFacts(question.data.get("facts"))
    facts = Facts(given_facts.metrics, given_facts.dates | {name: backtest.get(name) for name in _NAMES})
    language = question.language
    detail = question.data.get("detail", "standard")
    verdict = recommendation(facts)
    report: Json = {
        "executive_summary": _summary(facts, verdict, language),
        "performance_analysis": {
            part: _paragraph(facts, sentences, language) for part, sentences in phrases.PERFORMANCE.items()
        },
        "strategy_insights": _insights(facts, language, known=given_facts.has_parameters),
        "risk_assessment": _risk(facts, language),
        "sensitivity": " ".join(said_of_variations(given_facts, language)) or None,
        "regimes": " ".join(said_of_regimes(given_facts, language)) or None,
        "market_context": _paragraph(facts, phrases.MARKET, language) if _compares(facts) else None,
        "recommendations": _advice(verdict, _ADVICE.get(str(detail), 2), language),
    }
    if detail == "brief":
        report |= dict.fromkeys(_left_out(question, facts))
    return report


def _compares(facts: Facts) -> bool:
    return facts.get("benchmark_return") is not None


def _left_out(question: Question, facts: Facts) -> list[str]:
    """The sections of a brief report that may be null."""
    schema = question.schema or {}
    known = schema.get("properties", {})
    names = ["performance_analysis", "strategy_insights", "sensitivity", "regimes", "market_context"]
    if facts.get("volatility") is None and facts.get("max_drawdown") is None:
        names.append("risk_assessment")
    return [name for name in names if fits(known.get(name, {}), None, schema)]


def _summary(facts: Facts, verdict: str, language: Language) -> Json:
    returns = phrases.COMPARED if {"total_return", "benchmark_return"} <= facts.values.keys() else phrases.RETURN
    measured = facts.said([returns, *phrases.FINDINGS], language)[:_MOST_FINDINGS]
    missing = max(0, _LEAST_FINDINGS - len(measured))
    return {
        "title": facts.said(phrases.TITLE, language)[0],
        "overview": _paragraph(facts, phrases.OVERVIEW, language),
        "key_findings": measured + facts.said(phrases.STANDING, language)[:missing],
        "recommendation": verdict,
    }


def _insights(facts: Facts, language: Language, *, known: bool) -> Json:
    """`known`: whether the parameters of the strategy are."""
    return {
        "strengths": _marked(facts, phrases.STRENGTHS, language),
        "weaknesses": _marked(facts, phrases.WEAKNESSES, language),
        "parameters": (phrases.ADVICE if known else phrases.PARAMETERS)[language],
    }


def _marked(facts: Facts, sentences: dict[str, Phrase], language: Language) -> list[str]:
    return facts.said([sentence for mark, sentence in sentences.items() if MARKS[mark](facts)], language)


def _risk(facts: Facts, language: Language) -> Json:
    return {
        "level": risk_level(facts),
        "volatility": _paragraph(facts, phrases.VOLATILITY, language),
        "drawdown": _paragraph(facts, phrases.DRAWDOWN, language),
        "tail_risk": " ".join(facts.said(phrases.TAIL, language)) or None,
    }


def _advice(verdict: str, most: int, language: Language) -> list[Json]:
    return [
        {
            "action": action[language],
            "rationale": rationale[language],
            "next_steps": [step[language] for step in steps],
        }
        for action, rationale, steps in (NEXT[name] for name in [verdict, "out_of_sample", "costs"][:most])
    ]


def _paragraph(facts: Facts, sentences: list[Phrase], language: Language) -> str:
    return " ".join(facts.said(sentences, language)) or phrases.UNMEASURED[language]
