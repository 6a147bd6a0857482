"""Writing: briefs to prompts, answers to outputs."""
