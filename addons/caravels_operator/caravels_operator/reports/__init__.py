"""Tables and pictures of what the ledger holds: it reads, and writes files."""
