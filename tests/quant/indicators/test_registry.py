"""The registry is the one place: shapes, schemas, words and TA-Lib agree with it."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError
from talib import abstract

from app.quant.conditions import scale
from app.quant.indicators import INDICATORS, Indicator, Parameter, indicator
from app.quant.strategy import AnyIndicator, AnyOperand
from app.quant.words_en import operand_in_words as in_english
from app.quant.words_ko import operand_in_words as in_korean
from app.schemas.gen_ai.strategy_builder import IndicatorName

_OPERANDS: TypeAdapter[Any] = TypeAdapter(AnyOperand)
_FUNCTION: Any = vars(abstract)["Function"]  # the types that TA-Lib ships do not name it
_EACH = pytest.mark.parametrize("known", INDICATORS, ids=lambda known: known.id)


def _shape(kind: str) -> Any:
    """The operand class of an indicator."""
    return next(shape for shape in get_args(AnyIndicator) if kind in get_args(shape.model_fields["kind"].annotation))


def _data(known: Indicator, **changes: float) -> dict[str, Any]:
    data = {"kind": known.id} | {parameter.name: parameter.default for parameter in known.parameters} | changes
    return data | ({known.output_field: known.outputs[0].name} if known.output_field else {})


def _operands(known: Indicator) -> Iterator[AnyIndicator]:
    for output in known.outputs:
        data = _data(known) | ({known.output_field: output.name} if known.output_field else {})
        yield _OPERANDS.validate_python(data)


def test_every_kind_of_operand_is_registered_once_and_so_is_every_indicator_a_person_can_prefer() -> None:
    kinds = [kind for shape in get_args(AnyIndicator) for kind in get_args(shape.model_fields["kind"].annotation)]
    assert sorted(kinds) == sorted(known.id for known in INDICATORS)
    assert {*kinds, "PRICE"} == set(get_args(IndicatorName))


@_EACH
def test_an_operand_has_the_fields_and_outputs_of_its_indicator(known: Indicator) -> None:
    fields = _shape(known.id).model_fields
    chosen = [parameter.name for parameter in known.parameters]
    assert list(fields) == ["kind", *chosen, *([known.output_field] if known.output_field else [])]
    if known.output_field:
        assert get_args(fields[known.output_field].annotation) == tuple(output.name for output in known.outputs)
    for parameter in known.parameters:
        assert fields[parameter.name].annotation is (int if parameter.whole else float)


@_EACH
def test_a_parameter_can_be_what_the_registry_says_and_nothing_beyond(known: Indicator) -> None:
    for parameter in known.parameters:
        for value in (parameter.lowest, parameter.highest, parameter.default):
            operand = _OPERANDS.validate_python(_data(known, **{parameter.name: value}))
            assert operand.chosen[parameter.name] == value
        for value in (parameter.lowest - 1, parameter.highest + 1):
            with pytest.raises(ValidationError):
                _OPERANDS.validate_python(_data(known, **{parameter.name: value}))


@_EACH
def test_the_json_schema_has_the_limits_of_the_registry(known: Indicator) -> None:
    schema = _shape(known.id).model_json_schema()
    assert schema["additionalProperties"] is False
    for parameter in known.parameters:
        shown = schema["properties"][parameter.name]
        assert (shown["minimum"], shown["maximum"]) == (parameter.lowest, parameter.highest)


@_EACH
def test_ta_lib_has_the_function_with_these_arguments_and_inputs(known: Indicator) -> None:
    function = _FUNCTION(known.function)
    assert {keyword for keyword, _ in known.arguments} <= set(function.parameters)
    assert {name for _, name in known.arguments} == {parameter.name for parameter in known.parameters}
    assert len(function.output_names) == len(known.outputs)
    wanted = function.input_names
    assert known.inputs == (tuple(wanted["prices"]) if "prices" in wanted else (wanted["price"],))


@_EACH
def test_every_output_is_said_in_both_languages(known: Indicator) -> None:
    for operand in _operands(known):
        output = known.output(operand.output)
        assert output.label_en in in_english(operand)
        assert output.label_ko in in_korean(operand)
        assert scale(operand) is known.scale


@_EACH
def test_everything_about_an_indicator_is_written_in_both_languages(known: Indicator) -> None:
    english = [known.name_en, known.description_en, *(parameter.label_en for parameter in known.parameters)]
    korean = [known.name_ko, known.description_ko, *(parameter.label_ko for parameter in known.parameters)]
    assert all(text.isascii() and text.strip() for text in english)
    assert all(any("가" <= letter <= "힣" for letter in text) for text in korean)


def test_a_price_is_no_indicator() -> None:
    with pytest.raises(KeyError):
        indicator("PRICE")


def test_a_whole_parameter_allows_no_fraction() -> None:
    period = Parameter("period", "period", "기간", 2, 50, 14)
    assert [period.allows(value) for value in (1, 2, 2.5, 50, 51)] == [False, True, False, True, False]
    assert period.limits == "2 to 50"
