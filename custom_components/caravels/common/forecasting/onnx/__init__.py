"""ONNX files in numpy alone: a reader with guards, and an evaluator of what ridge, MLP and tree exports need."""

from .evaluator import as_rows, check_rows, read_numpy
from .file import read_file

__all__ = ["as_rows", "check_rows", "read_file", "read_numpy"]
