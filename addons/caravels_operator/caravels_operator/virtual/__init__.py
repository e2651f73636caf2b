"""Virtual members: simulated buildings and people under the real agent. A client of the operator, not a part of it."""
