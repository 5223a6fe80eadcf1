"""The rules of the house as functions: a source in, findings out."""
