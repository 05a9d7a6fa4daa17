"""What the search for indicators answers."""

from typing import Self

from pydantic import BaseModel, Field

from app.quant.indicators import Indicator, Output, Parameter


class IndicatorParameter(BaseModel):
    """A number that a strategy chooses."""

    name: str = Field(description="The field of the operand")
    name_en: str
    name_ko: str
    lowest: float
    highest: float
    default: float
    whole: bool = Field(description="Whether it has no fraction; most are numbers of bars")

    @classmethod
    def of(cls, parameter: Parameter) -> Self:
        return cls(
            name=parameter.name,
            name_en=parameter.label_en,
            name_ko=parameter.label_ko,
            lowest=parameter.lowest,
            highest=parameter.highest,
            default=parameter.default,
            whole=parameter.whole,
        )


class IndicatorOutput(BaseModel):
    """A line of an indicator."""

    name: str = Field(description="The value of the operand's `output_field`")
    name_en: str
    name_ko: str

    @classmethod
    def of(cls, output: Output) -> Self:
        return cls(name=output.name, name_en=output.label_en, name_ko=output.label_ko)


class IndicatorInfo(BaseModel):
    """An indicator that a strategy can use."""

    id: str = Field(description="The `kind` of its operands")
    name_en: str
    name_ko: str
    description_en: str
    description_ko: str
    aliases: list[str] = Field(description="What else people call it, or look for when they mean it")
    parameters: list[IndicatorParameter]
    outputs: list[IndicatorOutput]
    output_field: str | None = Field(description="The operand's field that chooses a line; null: there is only one")
    scale: str = Field(description="What its values mean")
    lowest: float | None = Field(description="Its values never lie below; null: no limit")
    highest: float | None = Field(description="Its values never lie above; null: no limit")

    @classmethod
    def of(cls, indicator: Indicator) -> Self:
        return cls(
            id=indicator.id,
            name_en=indicator.name_en,
            name_ko=indicator.name_ko,
            description_en=indicator.description_en,
            description_ko=indicator.description_ko,
            aliases=list(indicator.aliases),
            parameters=[IndicatorParameter.of(parameter) for parameter in indicator.parameters],
            outputs=[IndicatorOutput.of(output) for output in indicator.outputs],
            output_field=indicator.output_field,
            scale=indicator.scale.name,
            lowest=indicator.scale.lowest,
            highest=indicator.scale.highest,
        )


class IndicatorListResponse(BaseModel):
    indicators: list[IndicatorInfo] = Field(description="The best match first")
    total: int
