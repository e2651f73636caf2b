"""The flexibility forecast: device by device, reduction and shifting apart."""
