"""Corpora on the disk, ours and anyone's: JSONL (plain, gzip, zstd), Parquet, Arrow, folders of them, runs."""

from sdf.corpora.read import Corpus, Facts, Row, open_corpus

__all__ = ["Corpus", "Facts", "Row", "open_corpus"]
