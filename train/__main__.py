"""``python -m train RECIPE``: retrain a shipped model from its recordings."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from train.recipes import RECIPES, load_recipe


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("WHIPBIRD_DATA", "../shared/data")) / "speech-commands",
        help="folder of the recordings (default: speech-commands in $WHIPBIRD_DATA, or in ../shared/data)",
    )
    parser.add_argument("--run", type=Path, help="folder of checkpoints and history (default: runs/RECIPE)")
    parser.add_argument("--bundle", type=Path, help="folder to write the model to (default: models/RECIPE)")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's own number")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"no folder {arguments.data}; name the recordings with --data or WHIPBIRD_DATA")
    from train.keywords import train_keywords

    run = arguments.run or Path("runs") / arguments.recipe
    bundle = arguments.bundle or Path("models") / arguments.recipe
    recipe = load_recipe(arguments.recipe)
    card = train_keywords(recipe, arguments.data, run, bundle, arguments.seed, arguments.epochs)
    print(f"{bundle}: validation accuracy {card.results['validation_accuracy']:.1%}")


if __name__ == "__main__":
    main()
