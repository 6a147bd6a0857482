"""The command line: a thin skin, one file a command."""
