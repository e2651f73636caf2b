"""script/demo: an operator, 26 virtual members and a Home Assistant on this machine, trading in wall time."""
