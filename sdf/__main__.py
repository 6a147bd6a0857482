"""`python -m sdf`."""

from sdf.cli.main import main

main()
