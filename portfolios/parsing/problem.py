"""What is wrong with a file as a whole, and how the process that reads it says so."""

REFUSED = 3
"""How the process ends if it has said what is wrong with the file."""


class ProblemError(Exception):
    """The file cannot be read; the sentence says why, to follow the file's name."""
