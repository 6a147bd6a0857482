from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash

from sdf.diversity import shingles, signature
from sdf.diversity.signature import estimate


@pytest.mark.parametrize("perms", [64, 128])
@pytest.mark.parametrize("n_words", [0, 3, 200, 3000])
def test_it_equals_datasketch_bit_for_bit(perms: int, n_words: int) -> None:
    hashes = shingles(" ".join(f"w{i * i % 977}" for i in range(n_words)))
    reference = MinHash(perms, seed=1, scheme="affine32", hashfunc=lambda h: h)
    reference.update_batch([h & 0xFFFFFFFF for h in hashes.tolist()])
    ours = signature(hashes, perms)
    assert ours.dtype == np.uint32
    assert np.array_equal(ours, reference.hashvalues)


def test_the_estimate_is_near_the_truth() -> None:
    one, two = np.arange(0, 900, dtype=np.uint64), np.arange(100, 1000, dtype=np.uint64)
    assert estimate(signature(one), signature(one)) == 1
    assert estimate(signature(one), signature(two)) == pytest.approx(0.8, abs=0.11)
