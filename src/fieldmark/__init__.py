"""fieldmark."""
