"""The model catalogue: the records of `models.yaml`, looked up by id or by the snapshot that an answer names."""

import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from app.clock import Clock, today
from app.errors import InvalidModelError
from app.services.gen_ai.core.data_files import read_data_file
from app.services.gen_ai.core.model_config import ModelConfig, ModelRecord, RequestProfile
from app.vocabulary import ModelTier

_DATED = re.compile(r"(?P<model>.+)-\d{4}-\d{2}-\d{2}")


class CatalogFile(BaseModel):
    """The shape of `models.yaml`, and what must hold across its entries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_profiles: dict[str, RequestProfile]
    models: tuple[ModelRecord, ...]

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        names: set[str] = set()
        ids = {model.model_id for model in self.models}
        for model in self.models:
            for name in (model.model_id, *model.snapshots):
                if name in names:
                    raise ValueError(f"{name} stands twice among the ids and snapshots; each must stand once")
                names.add(name)
            if model.request_profile not in self.request_profiles:
                known = ", ".join(self.request_profiles)
                raise ValueError(f"{model.model_id}: no request profile {model.request_profile}; known: {known}")
            if model.lifecycle.replacement is not None and model.lifecycle.replacement not in ids:
                raise ValueError(f"{model.model_id}: its replacement {model.lifecycle.replacement} is not listed")
        return self


def load_catalog_file(path: Path) -> CatalogFile:
    """Reads and checks the catalogue.

    Raises:
        ConfigurationError: with the file, the line, the key, and what was expected.
    """
    return read_data_file(path, CatalogFile)


class ModelCatalog:
    """A cheap view of the loaded file on the injected clock."""

    def __init__(self, file: CatalogFile, clock: Clock) -> None:
        self._profiles = file.request_profiles
        self._records = {model.model_id: model for model in file.models}
        self._by_name = {name: model for model in file.models for name in (model.model_id, *model.snapshots)}
        self._clock = clock

    def record(self, model_id: str) -> ModelRecord:
        """The record of a model.

        Raises:
            InvalidModelError: no model has this id.
        """
        try:
            return self._records[model_id]
        except KeyError:
            known = ", ".join(self._records)
            raise InvalidModelError(f"Model {model_id} is not in the catalogue; known: {known}") from None

    def find(self, answered_as: str | None) -> ModelRecord | None:
        """The record behind the name in an answer, an id or a dated snapshot; None where it is not known."""
        if answered_as is None:
            return None
        found = self._by_name.get(answered_as)
        if found is None and (dated := _DATED.fullmatch(answered_as)):
            model = self._records.get(dated["model"])
            return model if model is not None and model.dated_snapshots else None
        return found

    def config(self, model_id: str) -> ModelConfig:
        """A model as it stands today.

        Raises:
            InvalidModelError: no model has this id.
        """
        return self.record(model_id).on(today(self._clock))

    def profile(self, record: ModelRecord) -> RequestProfile:
        return self._profiles[record.request_profile]

    def configs(self, tier: ModelTier | None = None) -> list[ModelConfig]:
        """Every model that a service could use, as it stands today; only those of a tier if one is given."""
        day = today(self._clock)
        return [
            record.on(day)
            for record in self._records.values()
            if record.tier is not None and (tier is None or record.tier is tier)
        ]
