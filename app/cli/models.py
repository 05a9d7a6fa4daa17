"""`tollgate models`: the catalogue, what a service may use of it, and whether the upstream agrees with it."""

from typing import Annotated

import typer

from app.cli.console import out, print_json, table
from app.cli.endings import say_endings
from app.cli.models_check import check
from app.cli.session import reading
from app.errors import InputError
from app.schemas.gen_ai.models import ModelInfo, ModelListResponse
from app.services.gen_ai.responses import model_info, service_policy
from app.vocabulary import ModelTier
from containers.reading import Reading

models_commands = typer.Typer(add_completion=False)
models_commands.command("check")(check)


@models_commands.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Only what this service may use, and why not the rest")] = None,
    tier: Annotated[str | None, typer.Option(help="Only this tier: MINI, STANDARD, ADVANCED or PREMIUM")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """List the models with today's prices and status; or check them against what the upstream lists."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context.invoked_subcommand, given=service is not None or tier is not None or json)
    elif service is not None:
        _service(reading(), service, as_json=json)
    else:
        _catalog(reading(), _tier(tier), as_json=json)


def _refuse_options_before(command: str, *, given: bool) -> None:
    if given:
        raise InputError(f"models {command}: the options before {command} are those of the list; give its own after it")


def _tier(name: str | None) -> ModelTier | None:
    if name is None:
        return None
    try:
        return ModelTier(name.upper())
    except ValueError:
        raise InputError(f"--tier {name}: there is no such tier; give one of {', '.join(ModelTier)}") from None


def _catalog(rules: Reading, tier: ModelTier | None, *, as_json: bool) -> None:
    infos = [model_info(config) for config in rules.catalog.configs(tier)]
    if as_json:
        print_json(ModelListResponse(models=infos, total=len(infos)).model_dump(mode="json"))
    else:
        columns = {"Model": "left", "Tier": "left", "In": "right", "Cached": "right", "Out": "right", "Status": "wrap"}
        out.print(table("Models (USD per 1M tokens)", columns, [_line(info) for info in infos]))
    say_endings(rules.endings.among(info.model_id for info in infos), as_json=as_json)


def _service(rules: Reading, service: str, *, as_json: bool) -> None:
    answer = service_policy(rules.resolver.offer(service))
    endings = rules.endings.among(info.model_id for info in answer.allowed_models)
    if as_json:
        print_json(answer.model_dump(mode="json"))
        say_endings(endings, as_json=True)
        return
    rows = [[info.model_id, "default" if info.model_id == answer.default_model else "yes", ""]
            for info in answer.allowed_models]  # fmt: skip
    rows += [[denied.model.model_id, "no", denied.reason] for denied in answer.denied_models]
    out.print(table(f"Models for {service}", {"Model": "left", "Allowed": "left", "Why not": "wrap"}, rows))
    if answer.default_reason:
        out.print(answer.default_reason)
    say_endings(endings)


def _line(info: ModelInfo) -> list[str]:
    status = info.status.value.replace("_", " ")
    if info.shutdown_on is not None:
        use = f"; use {info.replacement}" if info.replacement and info.replacement_listed else ""
        status += f" ({info.shutdown_on}{use})"
    return [
        info.model_id,
        info.tier.value,
        *(
            "-" if price is None else f"{price:g}"
            for price in (info.input_price_per_1m, info.cached_input_price_per_1m, info.output_price_per_1m)
        ),
        status,
    ]
