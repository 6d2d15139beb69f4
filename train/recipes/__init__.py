"""The recipes: one module for each model that can be trained, each with a function ``recipe``."""

from __future__ import annotations

from importlib import import_module

from train.keywords import KeywordRecipe

__all__ = ["RECIPES", "load_recipe"]

RECIPES = ("commands", "commands-lecture")


def load_recipe(name: str) -> KeywordRecipe:
    """The recipe of that name, one of `RECIPES`."""
    recipe: KeywordRecipe = import_module(f"train.recipes.{name.replace('-', '_')}").recipe()
    return recipe
