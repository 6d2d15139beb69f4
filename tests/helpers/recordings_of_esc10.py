"""Sounds of ESC-10, and what YAMNet calls them."""

from models_of_others import read_sound

CLASSES = {  # numbers and names of the classes that are right for each folder
    "baby-cry": {19: "Crying, sobbing", 20: "Baby cry, infant cry"},
    "chainsaw": {341: "Chainsaw", 418: "Power tool"},
    "clock-tick": {400: "Clock", 401: "Tick", 402: "Tick-tock"},
    "dog-bark": {69: "Dog", 70: "Bark"},
    "fire-crackling": {292: "Fire", 293: "Crackle"},
    "helicopter": {333: "Helicopter", 329: "Aircraft"},
    "person-sneeze": {44: "Sneeze"},
    "rain": {283: "Rain", 284: "Raindrop", 285: "Rain on surface"},
    "rooster": {94: "Chicken, rooster", 96: "Crowing, cock-a-doodle-doo"},
    "sea-waves": {288: "Ocean", 289: "Waves, surf"},
}


def esc10_clip(data, name, number):
    """Samples of a clip at 16 kHz, shape (n,)."""
    return read_sound(sorted((data / "noise" / "esc-10" / name).iterdir())[number], 16_000)
