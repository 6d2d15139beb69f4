"""Recipes: one module for each model, with a function ``recipe``. The first line of each says what it makes."""
