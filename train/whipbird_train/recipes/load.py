"""Load a recipe by name."""

from __future__ import annotations

from importlib import import_module

from whipbird_train.study.recipe import Recipe

__all__ = ["load_recipe"]


def load_recipe(name: str) -> Recipe:
    """Load the recipe of a name in `whipbird_train.recipes.catalog.RECIPES`."""
    recipe: Recipe = import_module(f"whipbird_train.recipes.{name.replace('-', '_')}").recipe()
    return recipe
