"""Runs in the `ha-test` environment: Home Assistant's packages, its plugin, no sockets."""

# The harness ships a custom_components package of its own: ours must be loaded first to be the one that is found.
import custom_components.caravels  # noqa: F401  # loaded for its place
