"""Closed forms, the things on trial."""
