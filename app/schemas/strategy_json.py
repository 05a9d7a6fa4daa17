"""A strategy in a request, taken as it comes: it is checked as a whole, so that everything wrong is said at once."""

from typing import Annotated, Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.quant.strategy import Risk, Rules, Strategy


class _LooksLike:
    """Documents a field as a model without validating it as one; `partly`: each of its fields may be left out."""

    def __init__(self, model: type[BaseModel], *, partly: bool = False) -> None:
        self._model = model
        self._partly = partly

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(self._model.__pydantic_core_schema__)
        if not self._partly:
            return schema
        return {name: part for name, part in handler.resolve_ref_schema(schema).items() if name != "required"}


StrategyJson = Annotated[dict[str, Any], _LooksLike(Strategy)]
RulesJson = Annotated[dict[str, Any], _LooksLike(Rules)]
PartOfRiskJson = Annotated[dict[str, Any], _LooksLike(Risk, partly=True)]
