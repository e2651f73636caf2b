"""The generation forecast: what the sun and the site make of the weather."""
