"""The operator port: what the operator sees in a browser."""
