"""How alike texts are: shingles, signatures, a near-duplicate index, and what repeats."""

from sdf.diversity.index import NearDuplicateIndex, Neighbour, premise_index
from sdf.diversity.normalise import words
from sdf.diversity.shingles import jaccard, shingles
from sdf.diversity.signature import signature

__all__ = [
    "NearDuplicateIndex",
    "Neighbour",
    "jaccard",
    "premise_index",
    "shingles",
    "signature",
    "words",
]
