"""What every node runs, member and operator alike. Free of Home Assistant; mirrored into the integration."""
