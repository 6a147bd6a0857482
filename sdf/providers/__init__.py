"""Providers: requests in, responses out, joined by id only."""
