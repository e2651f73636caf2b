"""What happens in a community: use cases and the steps of its days."""
