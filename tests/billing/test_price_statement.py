"""The lines of `tollgate price` over the whole corpus."""

from decimal import Decimal

from app.cli.price import make_statement
from app.services.gen_ai.rules.pricing import price_usage, read_usage
from tests.billing.corpus import Case, Priced, find_model, load_corpus
from tests.tables import each_line

PRICED = [(case, case.expected) for case in load_corpus() if isinstance(case.expected, Priced)]


@each_line(("case", "expected"), PRICED)
def test_the_lines_add_up_to_the_cost(case: Case, expected: Priced) -> None:
    """For every case that has a cost: no token is missing, and the rates shown are the rates used."""
    record = find_model(case)
    assert record is not None
    tokens, regional, window = read_usage(case.usage), case.regional, case.window
    statement = make_statement(tokens, record, case.day, case.service_tier, regional=regional, window=window)
    assert statement is not None
    assert statement.cost == price_usage(tokens, record, case.day, case.service_tier, regional=regional, window=window)
    assert sum((line.usd for line in statement.lines), Decimal(0)) == statement.cost.usd
    assert {line.bucket: line.tokens for line in statement.lines} == {
        bucket: count for bucket, count in expected.buckets.model_dump().items() if count or bucket != "cache_write_12h"
    }
    assert statement.cost.price_id == expected.price_id
