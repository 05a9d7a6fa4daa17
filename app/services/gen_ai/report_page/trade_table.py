"""What was bought and sold."""

from collections.abc import Sequence

from app.quant.backtest import Trade
from app.quant.backtest.words import exit_reason_in_words
from app.quant.words import Language
from app.services.gen_ai.report_page.figures import NOTHING, count, money, price, signed_percent
from app.services.gen_ai.report_page.table import Cell, Column, Rows, Table
from app.services.gen_ai.report_page.trade_choice import OF_EACH, ChosenTrade, chosen_trades
from app.services.gen_ai.report_page.words import TradeWords


def trade_table(trades: Sequence[Trade], words: TradeWords, language: Language) -> Table:
    """The trades that are listed; with a column that says why, where others are not."""
    chosen = chosen_trades(trades)
    selected = len(chosen) < len(trades)
    if selected:
        lead = words.some.format(total=count(len(trades)), listed=len(chosen), each=OF_EACH)
    else:
        lead = words.all.format(total=len(trades)) if trades else words.none
    columns = [
        Column("#", numeric=True),
        Column(words.bought),
        Column(words.entry_price, numeric=True),
        Column(words.sold),
        Column(words.exit_price, numeric=True),
        Column(words.profit, numeric=True),
        Column(words.fraction, numeric=True),
        Column(words.days, numeric=True),
        Column(words.reason),
    ]
    if selected:
        columns.append(Column(words.mark))
    rows = tuple(_row(each, words, language, selected=selected) for each in chosen)
    return Table("trades", words.heading, tuple(columns), (Rows(rows),) if rows else (), lead)


def _row(chosen: ChosenTrade, words: TradeWords, language: Language, *, selected: bool) -> tuple[Cell, ...]:
    trade = chosen.trade
    texts = [
        str(chosen.number),
        str(trade.entry_day),
        price(trade.entry_price),
        str(trade.exit_day or NOTHING),
        NOTHING if trade.exit_price is None else price(trade.exit_price),
        money(trade.profit),
        signed_percent(trade.profit_fraction),
        NOTHING if trade.days_held is None else count(trade.days_held),
        exit_reason_in_words(trade.exit_reason, language),
    ]
    if selected:
        texts.append(", ".join(words.marks[mark] for mark in chosen.marks))
    return tuple(Cell(text) for text in texts)
