"""The scenarios: one folder each."""
