"""Double-entry bookkeeping in a text file."""

__version__ = "1.2.0"
