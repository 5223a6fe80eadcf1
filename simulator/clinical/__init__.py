"""Clinical concepts and their codes; pure values."""
