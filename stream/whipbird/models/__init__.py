"""Models: card, bundle, and the model that both make."""
