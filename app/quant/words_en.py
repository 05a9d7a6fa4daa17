"""A strategy in plain English."""

from app.quant.conditions import number_last
from app.quant.figures import figure, percent
from app.quant.strategy import (
    AnyIndicator,
    AnyOperand,
    BollingerBand,
    Condition,
    MovingAverage,
    Number,
    Oscillator,
    Price,
    Risk,
    Rules,
)

_COMPARISONS = {
    "above": "is above",
    "below": "is below",
    "crosses_above": "crosses above",
    "crosses_below": "crosses below",
}


def entry_in_words(rules: Rules) -> str:
    if rules.conditions:
        return f"Buys when {_conditions(rules)}."
    return "Buys whenever nothing is held, without a condition." if rules.combine == "all" else "Never buys."


def exit_in_words(rules: Rules, risk: Risk) -> str:
    if rules.conditions:
        return f"Sells when {_conditions(rules)}."
    if rules.combine == "all":
        return "Sells on the day after each purchase, without a condition."
    limited = risk.stop_loss is not None or risk.take_profit is not None
    return "Sells only at the limits below." if limited else "Holds and never sells."


def risk_in_words(risk: Risk) -> list[str]:
    return [
        f"Puts {percent(risk.position_size)} of the capital into a position.",
        _limits(risk),
        *([f"Buys nothing for {_days(risk.cooldown)} after a sale."] if risk.cooldown else []),
    ]


def _limits(risk: Risk) -> str:
    limits = []
    if risk.stop_loss is not None:
        limits.append(f"{percent(risk.stop_loss)} below the entry price (stop loss)")
    if risk.take_profit is not None:
        limits.append(f"{percent(risk.take_profit)} above {'it' if limits else 'the entry price'} (take profit)")
    return f"Sells in any case {' or '.join(limits)}." if limits else "There is no stop loss and no take profit."


def _conditions(rules: Rules) -> str:
    return (" and " if rules.combine == "all" else " or ").join(_condition(item) for item in rules.conditions)


def _condition(condition: Condition) -> str:
    condition = number_last(condition)
    return (
        f"{operand_in_words(condition.left)} {_COMPARISONS[condition.comparison]} {operand_in_words(condition.right)}"
    )


def operand_in_words(operand: AnyOperand) -> str:
    match operand:
        case Number():
            return figure(operand.value)
        case Price():
            return f"the {operand.field}"
        case MovingAverage() | Oscillator():
            return f"the {operand.period}-day {_indicator_phrase(operand)}"
        case BollingerBand():
            return (
                f"the {_indicator_phrase(operand)} ({_days(operand.period)}, {figure(operand.deviations)} deviations)"
            )
        case _:
            return f"the {_indicator_phrase(operand)} ({', '.join(map(figure, operand.chosen.values()))})"


def _indicator_phrase(operand: AnyIndicator) -> str:
    return operand.indicator.output(operand.output).label_en


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
