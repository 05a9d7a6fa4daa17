"""Reports that are ordered with a backtest, and written when it is done."""
