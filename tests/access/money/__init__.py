"""Whoever sees the work without its money finds no amount of it, wherever he asks."""
