"""Where market prices come from."""
