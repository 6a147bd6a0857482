"""Anthropic's models through its SDK: the only folder that imports it."""
