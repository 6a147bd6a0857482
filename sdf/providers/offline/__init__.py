"""Writing without a model: a seeded grammar over a pack's own phrase tables."""
