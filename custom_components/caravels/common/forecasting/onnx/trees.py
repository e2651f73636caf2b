"""TreeEnsembleRegressor of ai.onnx.ml: all rows walk down all trees at once, a level a step."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from .forest import MODES, Forest, Integers, read_forest
from .graph import Node
from .linear import rows_of
from .post_transform import post_transform
from .step import Apply, Call
from .tensors import Array
from .told import floats, integer, word

type Rows = NDArray[np.float32]

_WALKERS: Final = 100_000
"""Pairs of a row and a tree that walk at once: bounds the memory of a step."""

_COMPARE: Final = {
    MODES[b"BRANCH_LEQ"]: np.less_equal,
    MODES[b"BRANCH_LT"]: np.less,
    MODES[b"BRANCH_GTE"]: np.greater_equal,
    MODES[b"BRANCH_GT"]: np.greater,
    MODES[b"BRANCH_EQ"]: np.equal,
    MODES[b"BRANCH_NEQ"]: np.not_equal,
}


def build_tree_ensemble(node: Node) -> Apply:
    """The sum, mean, least or largest of what the trees say of each target, plus its base value."""
    forest = read_forest(node)
    targets = integer(node, "n_targets")
    base = floats(node, "base_values")
    if base is None or not base.size:
        base = np.zeros(targets, np.float32)
    if base.size != targets:
        raise ModelRefused("The forest has base values that do not fit its targets.")
    aggregate = word(node, "aggregate_function", "SUM")
    if aggregate not in {"SUM", "AVERAGE", "MIN", "MAX"}:
        raise ModelRefused(f"The forest is joined by {aggregate}, which is not known.")
    finish = post_transform(node, targets)
    columns = int(forest.feature.max()) + 1
    chunk = max(_WALKERS // forest.roots.size, 1)
    modes = np.unique(forest.mode[forest.mode != 0]).tolist()

    def apply(call: Call) -> Sequence[Array]:
        rows = rows_of(call)
        if rows.shape[1] < columns:
            raise ModelRefused(f"The forest looks at {columns} columns and is given {rows.shape[1]}.")
        walkers = rows.shape[0] * forest.roots.size
        call.room.take(rows.shape[0] * targets, rows.itemsize, walkers * max(forest.depth, targets))
        parts = [
            _join(forest, leaves(forest, rows[start : start + chunk], modes), aggregate, base)
            for start in range(0, rows.shape[0], chunk)
        ]
        return (finish(np.concatenate(parts) if parts else np.zeros((0, targets), np.float32)),)

    return apply


def leaves(forest: Forest, rows: Rows, modes: Sequence[int]) -> Integers:
    """Return the leaf that each row reaches in each tree, shape (n, t). `modes` are the comparisons that there are."""
    flat = np.ascontiguousarray(rows).ravel()
    walkers = np.tile(forest.roots, rows.shape[0])
    row = np.repeat(np.arange(rows.shape[0]) * rows.shape[1], forest.roots.size)
    some_unknown = bool(np.isnan(flat).any())
    for _ in range(forest.depth):
        value = flat[row + forest.feature[walkers]]
        threshold = forest.threshold[walkers]
        if len(modes) == 1:
            holds = _COMPARE[modes[0]](value, threshold)
        else:
            mode = forest.mode[walkers]
            holds = np.zeros(walkers.size, np.bool_)
            for kind in modes:
                holds |= (mode == kind) & _COMPARE[kind](value, threshold)
        if some_unknown:
            holds |= forest.unknown_holds[walkers] & np.isnan(value)
        walkers = forest.children[2 * walkers + holds]
    return walkers.reshape(rows.shape[0], forest.roots.size)


def _join(forest: Forest, reached: Integers, aggregate: str, base: Rows) -> Rows:
    """Return what the trees say together, shape (n, k); zero where none speaks of a target, as onnxruntime has it."""
    columns = []
    for weight, speaks, added in zip(forest.weights.T, forest.counts.T, base, strict=True):
        said, heard = weight[reached], speaks[reached]
        if aggregate in {"SUM", "AVERAGE"}:
            total = said.sum(axis=1, dtype=np.float64)
            joined = total if aggregate == "SUM" else total / forest.roots.size
        elif aggregate == "MIN":
            joined = np.where(heard, said, np.inf).min(axis=1)
        else:
            joined = np.where(heard, said, -np.inf).max(axis=1)
        columns.append(np.where(heard.any(axis=1), joined + added, 0))
    return np.stack(columns, axis=1).astype(np.float32)
