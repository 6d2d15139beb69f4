"""A model of a few species, each of which is a tone, with names in two languages, codes and a range model."""

import json

import numpy as np

from made_tflite import FULLY_CONNECTED, LOGISTIC, tensor, tflite
from many_labels import heard_labels, many_labels, write_many_labels
from spoilt_bundles import edit, put

OWL, DOG, BOOBOOK, BLACKBIRD = "Strix aluco", "Dog", "Ninox boobook", "Turdus merula"  # in the order of the tones
NAMES = {  # code, English, German
    OWL: ("tawowl1", "Tawny Owl", "Waldkauz"),
    DOG: ("", "Dog", "Hund"),
    BOOBOOK: ("souboo2", "Australian Boobook", ""),
    BLACKBIRD: ("eurbla", "Eurasian Blackbird", "Amsel"),
    "Turdus ignotus": ("", "Nobody's Thrush, Northern", "Drossel"),
    "Turdus obscurus": ("eyethr", "Eyebrowed Thrush", "Drossel"),
    "Larus nemo": ("", "", ""),
    "Larus nullus": ("nogull", "No Gull", "Keine Möwe"),
}
PLACES = {  # weights of latitude, longitude and week, and bias
    OWL: (1, 0, 0, 0),  # in the north
    BOOBOOK: (-1, 0, 0, 0),  # in the south
    BLACKBIRD: (0, 0, -20, 490),  # in the first half of the year, and if the week is not known
}


def labels():
    """The labels, in the order of the network's outputs: those with tones are spread over all."""
    made = many_labels(len(NAMES))
    tones = dict(zip(heard_labels(len(NAMES)), (OWL, DOG, BOOBOOK, BLACKBIRD), strict=True))
    others = iter([name for name in NAMES if name not in tones.values()])
    return [tones.get(label) or next(others) for label in made]


def write_birds(folder, name="birds"):
    """Write the bundle; see `many_labels.made_tones` for its sound."""
    write_many_labels(folder, len(NAMES))
    own = labels()
    renamed = dict(zip(many_labels(len(NAMES)), own, strict=True))

    def change(card):
        card |= {"name": name, "labels": own, "not_species": [DOG]}
        del card["species"]
        points = (card["debounce"], *card["operating_points"].values())
        for point in points:
            point |= {renamed[label]: point.pop(label) for label in list(point)}

    edit(folder, change)
    rows = ["label,code,en,de", *(",".join(map(_quoted, (label, *NAMES[label]))) for label in own)]
    put(folder, "names.csv", "".join(f"{row}\r\n" for row in rows).encode())
    weights = np.array([PLACES.get(label, (0, 0, 0, -9)) for label in own], np.float32)
    put(folder, "range.tflite", range_network(weights[:, :3], weights[:, 3]))
    return folder


def range_network(weights, bias):
    """A network from latitude, longitude and week to a probability for each label."""
    count, inputs = weights.shape
    tensors = [
        tensor("place", (1, inputs)),
        tensor("weights", weights.shape, np.ascontiguousarray(weights)),
        tensor("bias", (count,), np.ascontiguousarray(bias)),
        tensor("sums", (1, count)),
        tensor("probabilities", (1, count)),
    ]
    return tflite(tensors, [(FULLY_CONNECTED, [0, 1, 2], 3), (LOGISTIC, [3], 4)], [0], [4])


def _quoted(cell):
    return f'"{cell}"' if "," in cell else cell


def card_of(folder):
    """Fields of the card."""
    return json.loads((folder / "card.json").read_text())
