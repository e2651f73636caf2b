"""The operator of a CARAVELS energy community: app, command line and engines."""
