"""What a call is held to: models and their prices, what a call costs at most, policies, budgets."""
