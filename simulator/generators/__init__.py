"""Building blocks that worlds share."""
