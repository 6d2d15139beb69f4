"""Settings of species: their names, the place, the lists, and the sounds during which they are held back."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from whipbird.engine.report_rules import Place
from whipbird.models.names import ENGLISH
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.sinks.values import StrictTable, absolute, several

__all__ = ["HoldBackSettings", "ModelSpeciesSettings", "SpeciesSettings"]


def _listed(text: str, info: ValidationInfo) -> str:
    """Make the path of a list absolute; leave names as they are."""
    path = absolute(text, info)
    return path if os.path.isfile(path) else text


Lists = Annotated[list[Annotated[str, AfterValidator(_listed)]], BeforeValidator(several)]
"""Files and names of species, see `whipbird.models.species_list`."""


class SpeciesSettings(StrictTable):
    """Species of all models, in ``[station]``.

    Attributes
    ----------
    names : str
        Language of common names.
    latitude, longitude : float, optional
        Degrees north and east; models with a range model report only species of this place.
    range_threshold : float
        Least probability of a species at the place.
    include, exclude : list of str
        Species that are reported, besides those of the place, and labels that are not.
    """

    names: str = ENGLISH
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    range_threshold: Annotated[float, Field(ge=0, le=1)] = RANGE_THRESHOLD
    include: Lists = Field(default=[])
    exclude: Lists = Field(default=[])

    @property
    def place(self) -> Place | None:
        """The place, if it is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Place(self.latitude, self.longitude, self.range_threshold)


class HoldBackSettings(StrictTable):
    """Sounds during which a model's species are not reported.

    Attributes
    ----------
    while_ : list of str
        Labels of the model; ``while`` in the file.
    score : float, optional
        Least score of such a window. Default: the threshold of the label.
    after : float
        Seconds after such a window for which species are still not reported.
    """

    while_: Annotated[list[str], Field(alias="while", min_length=1), BeforeValidator(several)]
    score: Annotated[float, Field(gt=0, lt=1)] | None = None
    after: Annotated[float, Field(ge=0, le=3600)] = 0.0


class ModelSpeciesSettings(StrictTable):
    """Settings of a model of all sources, in ``[models.NAME]``.

    Attributes
    ----------
    include, exclude : list of str
        In place of the station's.
    hold_back : HoldBackSettings, optional
    """

    include: Lists = Field(default=[])
    exclude: Lists = Field(default=[])
    hold_back: HoldBackSettings | None = None
