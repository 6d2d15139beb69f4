"""Studies: a recipe, its experiments, and the model that they produce."""
