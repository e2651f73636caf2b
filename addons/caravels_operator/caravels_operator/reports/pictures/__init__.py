"""The pictures of a report, each a function from plain values to a figure."""
