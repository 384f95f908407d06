"""Data sets that are generated, nothing is downloaded."""
