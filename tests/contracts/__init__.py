"""What every implementation of a port must do, as test classes that their tests subclass."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.ledger_contract", "tests.contracts.budget_contract", "tests.contracts.budget_machine"
)
