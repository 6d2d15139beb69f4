"""Array types by the type of their numbers; shapes are documented where arrays are used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Doubles", "Floats", "Integers", "Reals"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Reals = NDArray[np.floating]  # of either precision
Integers = NDArray[np.int64]
