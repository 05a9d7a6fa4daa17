"""The rules that calls are held to, read from the data files: models, policies, budgets."""

from dependency_injector import containers, providers

from app.services.gen_ai.ledger.alerts import BudgetAlerts
from app.services.gen_ai.rules.budgets import BudgetBook
from app.services.gen_ai.rules.model_catalog import ModelCatalog, load_catalog_file
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry, load_policy_file


class RulesContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()

    catalog_file = providers.ThreadSafeSingleton(load_catalog_file, core.settings.provided.catalog)
    policy_file = providers.ThreadSafeSingleton(load_policy_file, core.settings.provided.policies, catalog_file)
    catalog = providers.Factory(ModelCatalog, catalog_file, core.clock)
    policies = providers.Factory(PolicyRegistry, policy_file)
    resolver = providers.Factory(ModelResolver, catalog, policies, core.clock)
    budget_book = providers.ThreadSafeSingleton(BudgetBook, policy_file.provided.budgets)
    alerts = providers.ThreadSafeSingleton(BudgetAlerts)
