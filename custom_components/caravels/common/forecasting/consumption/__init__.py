"""The consumption forecast: a pooled model, adapted to the home."""
