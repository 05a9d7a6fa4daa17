"""The English words for metrics."""

from app.services.gen_ai.fact_check.lexicon.senses import Sense

# Of two words that begin at the same place the one that stands first here is read, so the longer ones come first.
ENGLISH: dict[Sense, str] = {
    Sense.ANNUAL_RETURN: (
        r"annuali[sz]ed (?:total )?(?:returns?|gains?|performance)|annual (?:returns?|performance)|CAGRs?"
        r"|compound(?:ed)? annual (?:growth rates?|returns?)|compound(?:ed|s|ing)?(?= (?:at|by|annual))"
        r"|yearly returns?|annual growth rates?"
    ),
    Sense.EXCESS: r"excess (?:returns?|gains?)|outperformance|active returns?",
    Sense.TOTAL_RETURN: r"total returns?|cumulative returns?|overall returns?|total gains?|in total|overall",
    Sense.DRAWDOWN: (
        r"(?:max(?:imum|\.)?|deepest|worst|largest|biggest|peak) ?drawdowns?|drawdowns?|drew down|draws? down|MDD"
        r"|(?:worst |largest |deepest |biggest )?peak[- ]to[- ]trough(?: (?:falls?|declines?|loss(?:es)?|drops?))?"
        r"|(?:below|from|off|under) (?:its |a |the |their |any )?(?:previous |last |prior |all-time )?"
        r"(?:peaks?|highs?(?:-water marks?)?)(?: to trough)?"
        r"|(?:deepest|largest|worst|biggest) (?:setback|fall|decline|drop|slump|loss from)|setbacks?"
    ),
    Sense.ANNUAL: r"annuali[sz]ed|annuali[sz]ing|annually|annual|(?:per|a|each) year|per annum|p\.a\.|yearly",
    Sense.VOLATILITY: (
        r"volatilit(?:y|ies)|volatile|standard deviation of (?:the )?returns|fluctuat(?:es|ed|ions?)|swings?|swung"
    ),
    Sense.SHARPE: r"Sharpe(?: ratios?)?",
    Sense.SORTINO: r"Sortino(?: ratios?)?",
    Sense.CALMAR: r"Calmar(?: ratios?)?",
    Sense.ALPHA: r"alphas?|more than its (?:market )?exposure",
    Sense.BETA: r"betas?",
    Sense.CORRELATION: r"correlat(?:ions?|ed|es)(?: coefficients?)?",
    Sense.CVAR: r"CVaR|expected shortfalls?|conditional (?:value[- ]at[- ]risk|VaR)|average loss beyond|tail loss",
    Sense.VAR: r"VaR|values?[- ]at[- ]risk",
    Sense.WIN_RATE: r"win(?:ning)? (?:rates?|ratios?|percentage)|hit (?:rates?|ratios?)|success rates?|strike rates?"
    r"|(?:share|proportion|percentage|fraction) of (?:winning|profitable|winners)(?: trades?)?",
    Sense.LOSS_RATE: r"loss rates?|losing rates?",
    Sense.LOSE: (
        r"losing (?:trades?|positions?)|losers?|unprofitable|lost money|at a loss|in the red|losses|bad(?=[,.;)])"
    ),
    Sense.WIN: (
        r"winning (?:trades?|positions?)|winners?|wins?|won|profitable|made money"
        r"|(?:in|with|at) (?:a |the )?(?:profit|gain|black)|paid(?: off)?|successful|good(?=[,.;)])"
    ),
    Sense.TRADES: r"trades?|round[- ]trips?|transactions?|positions? (?:opened|closed)|deals",
    Sense.TRADING: r"traded|trading|opened",
    Sense.RISK_FREE: r"risk[- ]free(?: rate)?|T-bills?|cash at",
    Sense.INITIAL_CASH: (
        r"initial (?:cash|capital|investment|stake)|starting (?:cash|capital|balance|value)|start(?=:)|stake(?= of)"
        r"|started (?:with|from)|at the start|from an? initial"
    ),
    Sense.FINAL_VALUE: (
        r"final (?:value|balance|wealth|account value|equity)|terminal (?:wealth|value)|ending (?:value|balance)"
        r"|finished (?:at|with)|ended (?:at|with)|end(?=:)|at the end"
    ),
    Sense.COMMISSION: r"commissions?",
    Sense.SLIPPAGE: r"slippage",
    Sense.POSITION: (
        r"position (?:sizes?|sizing)|per position|of (?:the|its|his) (?:capital|account|portfolio|equity|cash|money)"
        r"|invests?|invested|commits?|exposure|allocation"
    ),
    Sense.STOP: r"stop[- ]loss(?:es)?|stops?",
    Sense.TARGET: r"take[- ]profits?|(?:profit )?targets?",
    Sense.COOLDOWN: r"cool[- ]?downs?",
    Sense.INDICATOR: (
        r"RSI|MACD|[SEW]MA|DEMA|TEMA|moving averages?|averages?|Bollinger(?: bands?)?|bands?|momentum"
        r"|rate of change|ROC"
        r"|look-?backs?|windows?|thresholds?|oversold|overbought|deviations?|signal lines?|stochastic|ATR|ADX"
        r"|parameters?|periods? of|period(?= \d)|levels?|crossover|at the default"
    ),
    Sense.EXPOSURE: r"market exposure|time in (?:the )?market",
    Sense.TIME_SHARE: (
        r"(?:of|on) (?:all |the )?(?:trading )?(?:days|time|sessions)|of its time|of the (?:test|period|sample)"
    ),
    Sense.BARS: r"bars|sessions|trading days",
    Sense.PROFIT: r"(?:net )?profits?",
    Sense.ACCOUNT: r"account|equity curve|balance|portfolio value|stood at|grew|turned|became|into",
    Sense.DECLINE: (
        r"(?:declin(?:es?|ed|ing)|falls?|drops?|slumps?|fell|dropped|plunged?)"
        r"(?! (?:back )?(?:to|from|behind|short|into|in)\b)|down(?! (?:from|to|the))|gave (?:up|back)|shed"
        r"|evaporat(?:ed|es)|vanish(?:ed|es)|wiped out|disappeared|melted|crash(?:es|ed)?|receded?"
        r"|went down"
    ),
    Sense.LOSS: r"loss|los(?:t|es?|ing)|shr[aiu]nk|negative return",
    Sense.RETURN: (
        r"returns?|returned|returning|gain(?:s|ed|ing)?|earn(?:s|ed|ing|ings)?|made|makes?|making"
        r"|(?:rose|rises?|rising|climb(?:s|ed))(?! (?:to|from|above)\b)"
        r"|up(?= \d)|advanced|appreciated|delivered|delivers|captured|produced|yield(?:s|ed)?|generated|added"
        r"|performance|brought|outperform\w*|underperform\w*|beats?|grown"
    ),
}
