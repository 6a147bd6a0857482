"""Near-duplicates in a whole corpus: found, verified, grouped, and all but one of each group left out."""

from sdf.dedup.dedup import DedupReport, dedup
from sdf.dedup.folder import DedupChoice
from sdf.dedup.stages import Progress

__all__ = ["DedupChoice", "DedupReport", "Progress", "dedup"]
