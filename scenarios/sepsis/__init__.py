"""Sepsis in an intensive care unit."""
