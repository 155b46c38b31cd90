"""Tocsin: from an alert to the right person awake, and to what the team learns from it."""

__version__ = "0.1.0"
