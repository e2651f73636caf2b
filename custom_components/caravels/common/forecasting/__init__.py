"""Forecasts: pure functions from history to the periods ahead."""
