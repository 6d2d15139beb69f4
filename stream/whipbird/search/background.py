"""What an archive sounds like as a whole, and the direction from there to an example.

Embeddings have much in common, so that what is most like an example by the plain cosine is often just average. The
example is therefore compared with the background: with m and S the mean and the covariance of the archive's vectors of
unit length, windows are ranked by their cosine to

    w = inverse(S + r I) (q - m)

for an example q, the direction that separates it best from the background (exemplar LDA: Hariharan, Malik and Ramanan
2012, doi 10.1007/978-3-642-33765-9_33). r is a tenth of the mean variance. Similarity counts standard deviations above
the mean of the background. ``python -m benchmarks.search`` compares
this with the plain cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Doubles, Floats

__all__ = ["Background", "Direction", "direction", "unit"]

SHRINK = 0.1  # of the mean variance, added to all
SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Background:
    """Sums over some of an archive's vectors of unit length.

    Attributes
    ----------
    count : int
    total : array, shape (size,)
    products : array, shape (size, size)
        Sum of the outer products.
    """

    count: int
    total: Doubles
    products: Doubles

    @classmethod
    def of(cls, vectors: Floats) -> Background:
        """Of vectors, shape (n, size)."""
        own = unit(vectors).astype(np.float64)
        return cls(len(own), own.sum(axis=0), own.T @ own)

    def __add__(self, other: Background) -> Background:
        return Background(self.count + other.count, self.total + other.total, self.products + other.products)


@dataclass(frozen=True, eq=False)
class Direction:
    """The direction in which to search.

    Attributes
    ----------
    vector : array, shape (1, size)
        Of unit length.
    mean, deviation : float
        Of the cosines of the background to it.
    """

    vector: Floats
    mean: float = 0.0
    deviation: float = 1.0

    def similarity(self, cosine: float) -> float:
        """Standard deviations by which a cosine is above the mean of the background."""
        return (cosine - self.mean) / self.deviation


def direction(vectors: Floats, background: Background) -> Direction:
    """The direction to search in for an example, from its embeddings, shape (n, size).

    Without a background, it is that of the example, and similarity is the cosine.
    """
    example = unit(vectors).astype(np.float64).mean(axis=0)
    if background.count < 2:
        return Direction(unit(np.asarray(example[None], np.float32)))
    mean = background.total / background.count
    covariance = background.products / background.count - np.outer(mean, mean)
    ridge = SHRINK * max(float(np.trace(covariance)) / len(mean), SMALLEST)
    found = np.linalg.solve(covariance + ridge * np.eye(len(mean)), example - mean)
    found /= max(float(np.linalg.norm(found)), SMALLEST)
    deviation = max(float(found @ covariance @ found), SMALLEST**2) ** 0.5
    return Direction(np.asarray(found[None], np.float32), float(mean @ found), deviation)


def unit(vectors: Floats) -> Floats:
    """Vectors, shape (n, size), with a length of 1."""
    lengths: Floats = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(SMALLEST))
    scaled: Floats = vectors / lengths
    return scaled
