"""Figures in CPU seconds; see the Makefile."""
