"""The file of the catalogue: what must hold across its entries, and how one of one's own adds to the delivered one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.services.gen_ai.rules.data_files import read_data_file
from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile

DELIVERED = Path(__file__).parents[3] / "data" / "models.yaml"
"""The catalogue that comes with Tollgate; a file of one's own adds to it with `extends: delivered`."""


class CatalogFile(BaseModel):
    """The shape of `models.yaml`, and what must hold across its entries.

    With `extends: delivered` a file adds its models and profiles to the delivered ones; one of the same name replaces
    the delivered one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    extends: Literal["delivered"] | None = None
    request_profiles: dict[str, RequestProfile]
    models: tuple[ModelRecord, ...]

    @model_validator(mode="before")
    @classmethod
    def _add_the_delivered(cls, content: object) -> object:
        """Its own entries stay the first, so that an error has the place that it has in the file."""
        if isinstance(content, dict) and not {"extends", "request_profiles"} & content.keys():
            raise PydanticCustomError(
                "catalog", "request_profiles is missing; say `extends: delivered` to add to those"
            )
        if not isinstance(content, dict) or content.get("extends") != "delivered":
            return content
        models, profiles = content.get("models", []), content.get("request_profiles", {})
        if not isinstance(models, list) or not isinstance(profiles, dict):
            return content
        delivered = load_catalog_file(DELIVERED)
        own = [entry.get("model_id") for entry in models if isinstance(entry, dict)]
        rest = [model for model in delivered.models if model.model_id not in own]
        return {
            **content,
            "models": [*models, *rest],
            "request_profiles": {**delivered.request_profiles, **profiles},
        }

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        errors = list(self._complaints())
        if errors:
            raise ValidationError.from_exception_data(type(self).__name__, errors)
        return self

    def _complaints(self) -> Iterator[InitErrorDetails]:
        names: set[str] = set()
        ids = {model.model_id for model in self.models}
        numbered = list(enumerate(self.models))
        for index, model in reversed(numbered) if self.extends else numbered:  # of two, one's own is at fault
            life = model.lifecycle
            for key, name in (("model_id", model.model_id), *(("snapshots", name) for name in model.snapshots)):
                if name in names:
                    yield _at(index, key, f"{name} stands twice among the ids and snapshots; each must stand once")
                names.add(name)
            if model.request_profile not in self.request_profiles:
                known = ", ".join(self.request_profiles)
                yield _at(index, "request_profile", f"no request profile {model.request_profile}; known: {known}")
            if life.successor is not None and life.successor not in ids:
                hint = "where that is so on purpose, say replacement_listed: false"
                yield _at(index, "lifecycle", f"the replacement {life.successor} is not listed; {hint}")
            if not life.replacement_listed and life.replacement in {None, *ids}:
                yield _at(index, "lifecycle", f"replacement_listed: false, but the replacement is {life.replacement}")


def _at(index: int, key: str, sentence: str) -> InitErrorDetails:
    """A complaint about a key of a model."""
    return InitErrorDetails(
        type=PydanticCustomError("catalog", "{sentence}", {"sentence": sentence}),
        loc=("models", index, key),
        input=None,
    )


def load_catalog_file(path: Path) -> CatalogFile:
    """Reads and checks the catalogue.

    Raises:
        ConfigurationError: with the file, the line, the key, and what was expected.
    """
    return read_data_file(path, CatalogFile)
