"""Pure market engines: auction, tariffs, settlement, checks (engines A and B). Values in, values out."""
