"""Genre packs: folders of data, read into records."""
