"""The trees of a TreeEnsembleRegressor as arrays over their nodes, checked to be trees before anything walks them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from .graph import Node
from .told import floats, integer, integers, words

type Integers = NDArray[np.int64]

MAX_DEPTH: Final = 256
MAX_TARGETS: Final = 256
_MAX_ID: Final = 1 << 31

LEAF: Final = 0
MODES: Final = {
    b"LEAF": LEAF, b"BRANCH_LEQ": 1, b"BRANCH_LT": 2, b"BRANCH_GTE": 3, b"BRANCH_GT": 4, b"BRANCH_EQ": 5,
    b"BRANCH_NEQ": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forest:
    """Nodes of all trees, shape (m,) each. A leaf's children are the leaf itself, so that a walk stays there.

    Attributes:
        feature: the column that a node looks at.
        threshold: what it compares it with.
        children: (m * 2,) the node to go to if the comparison fails, and if it holds.
        mode: how it compares, numbered as in `MODES`.
        unknown_holds: whether a value that is not known (nan) counts as holding.
        roots: the trees' first nodes, shape (t,).
        depth: how many steps lead from a root to the farthest leaf.
        weights: what each node adds to each target, zeros but at leaves, shape (m, k).
        counts: which targets a leaf speaks of, shape (m, k); a minimum or maximum passes over the others.
    """

    feature: Integers
    threshold: NDArray[np.float32]
    children: Integers
    mode: NDArray[np.uint8]
    unknown_holds: NDArray[np.bool_]
    roots: Integers
    depth: int
    weights: NDArray[np.float32]
    counts: NDArray[np.bool_]


def read_forest(node: Node) -> Forest:
    """Return the trees of a TreeEnsembleRegressor.

    Raises:
        ModelRefused: lists differ in length, a node has two parents, a child, mode or target is not there, or a tree is
            deeper than 256 or has a cycle.
    """
    tree, number = _list(node, "nodes_treeids"), _list(node, "nodes_nodeids")
    size = tree.size
    feature, yes, no = (_list(node, f"nodes_{name}", size) for name in ("featureids", "truenodeids", "falsenodeids"))
    threshold = floats(node, "nodes_values")
    if threshold is None or threshold.size != size or not size or feature.min() < 0:
        raise ModelRefused("The forest's nodes lack values or columns.")
    mode = _modes(node, size)
    inner = np.flatnonzero(mode != LEAF)
    index = _Index(tree, number)
    children = np.repeat(np.arange(size), 2)
    children[2 * inner] = index.find(tree[inner], no[inner])
    children[2 * inner + 1] = index.find(tree[inner], yes[inner])
    roots, depth = _check_trees(tree, children.reshape(-1, 2)[inner], inner)
    tracks = integers(node, "nodes_missing_value_tracks_true")
    if tracks is not None and tracks.size not in {0, size}:
        raise ModelRefused("The forest's lists differ in length.")
    unknown_holds = np.zeros(size, np.bool_) if tracks is None or not tracks.size else tracks != 0
    weights, counts = _targets(node, index, mode)
    feature[mode == LEAF] = 0
    return Forest(feature, threshold, children, mode, unknown_holds, roots, depth, weights, counts)


class _Index:
    """Finds nodes by their tree's and their own number."""

    def __init__(self, tree: Integers, number: Integers) -> None:
        key = self._key(tree, number)
        self._order = np.argsort(key, kind="stable")
        self._keys = key[self._order]
        if (self._keys[1:] == self._keys[:-1]).any():
            raise ModelRefused("The forest has two nodes of the same number.")

    def find(self, tree: Integers, number: Integers) -> Integers:
        """Return the places of nodes."""
        key = self._key(tree, number)
        place = np.minimum(np.searchsorted(self._keys, key), self._keys.size - 1)
        if (self._keys[place] != key).any():
            raise ModelRefused("The forest refers to a node that is not there.")
        return self._order[place]

    @staticmethod
    def _key(tree: Integers, number: Integers) -> Integers:
        for ids in (tree, number):
            if ids.size and (ids.min() < 0 or ids.max() >= _MAX_ID):
                raise ModelRefused("The forest numbers its nodes beyond 31 bits.")
        return tree * _MAX_ID + number


def _list(node: Node, name: str, size: int | None = None) -> Integers:
    values = integers(node, name)
    if values is None or (size is not None and values.size != size):
        raise ModelRefused(f"The forest lacks {name}, or its lists differ in length.")
    return values


def _modes(node: Node, size: int) -> NDArray[np.uint8]:
    names = words(node, "nodes_modes")
    unknown = set(names) - MODES.keys()
    if unknown or len(names) != size:
        strange = b", ".join(sorted(unknown)).decode(errors="replace")
        raise ModelRefused(f"The forest has modes that are not known: {strange[:100]}, or their list is too short.")
    return np.array([MODES[name] for name in names], np.uint8)


def _check_trees(tree: Integers, children: Integers, inner: Integers) -> tuple[Integers, int]:
    """Return the roots and the depth. With one parent at most and every node reached there is no cycle."""
    parents = np.bincount(children.ravel(), minlength=tree.size)
    if parents.max() > 1:
        raise ModelRefused("The forest has a node with two parents, or a cycle.")
    roots = np.flatnonzero(parents == 0)
    first = np.unique(tree, return_index=True)[1]
    if not np.array_equal(roots, np.sort(first)):
        raise ModelRefused("The forest has a tree that does not start at its first node, or a cycle.")
    place = np.full(tree.size, -1)
    place[inner] = np.arange(inner.size)
    level, depth, reached = roots, 0, roots.size
    while True:
        branches = place[level]
        level = children[branches[branches >= 0]].ravel()
        if not level.size:
            break
        depth, reached = depth + 1, reached + level.size
        if depth > MAX_DEPTH:
            raise ModelRefused(f"The forest has a tree deeper than {MAX_DEPTH}.")
    if reached != tree.size:
        raise ModelRefused("The forest has a cycle.")
    return roots, depth


def _targets(node: Node, index: _Index, mode: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    tree = _list(node, "target_treeids")
    number, target = (_list(node, f"target_{name}", tree.size) for name in ("nodeids", "ids"))
    values = floats(node, "target_weights")
    count = integer(node, "n_targets")
    if values is None or values.size != tree.size or not 0 < count <= MAX_TARGETS or mode.size * count > 1_000_000:
        raise ModelRefused("The forest's targets lack weights, or are too many.")
    place = index.find(tree, number)
    if target.size and (target.min() < 0 or target.max() >= count):
        raise ModelRefused("The forest has a weight for a target that is not there.")
    if (mode[place] != LEAF).any() or np.unique(place * count + target).size != place.size:
        raise ModelRefused("The forest has a weight beside its leaves, or a leaf with two weights for one target.")
    weights = np.zeros((mode.size, count), np.float32)
    # Of a single target every leaf speaks, one without a weight says zero: so does onnxruntime.
    counts = np.full((mode.size, count), count == 1)
    weights[place, target] = values
    counts[place, target] = True
    return weights, counts
