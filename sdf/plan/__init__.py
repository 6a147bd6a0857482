"""Plans: which documents to write, any brief computed alone."""
