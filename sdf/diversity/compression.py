"""How far texts shrink when they are packed together: 2 is varied prose, 10 is one form filled in.

Compression says in one number what slower n-gram scores say (Shaib et al. 2024). gzip looks
back 32 KB only, so a corpus in which every document stands twice has the same ratio as
half of it; zstd with a long window sees it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3
_WINDOW_LOG = 27


def zstd_ratio(texts: Sequence[str]) -> float:
    """Bytes over compressed bytes, of all texts one after the other, with a window of 128 MB; 0 for none."""
    import zstandard

    packed = _joined(texts)
    choice = zstandard.ZstdCompressionParameters.from_level(
        _ZSTD_LEVEL, source_size=len(packed), window_log=_WINDOW_LOG, enable_ldm=True
    )
    return _ratio(packed, zstandard.ZstdCompressor(compression_params=choice).compress(packed))


def gzip_ratio(texts: Sequence[str]) -> float:
    """The same with zlib, for comparison with figures that others publish."""
    packed = _joined(texts)
    return _ratio(packed, zlib.compress(packed, _GZIP_LEVEL))


def _joined(texts: Sequence[str]) -> bytes:
    return "\n".join(texts).encode()


def _ratio(whole: bytes, packed: bytes) -> float:
    return len(whole) / len(packed) if whole else 0.0
