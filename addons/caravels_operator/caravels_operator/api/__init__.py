"""The member port: one noun a file, every route in one table."""
