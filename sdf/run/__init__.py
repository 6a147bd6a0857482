"""Runs: the ledger, waves, decisions and everything on disk."""
