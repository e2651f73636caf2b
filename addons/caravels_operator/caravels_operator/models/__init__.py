"""Models of the operator: training, evaluation, the registry of what homes are offered, and the community's sum."""
