"""TreeEnsembleRegressor: comparisons, aggregates and transforms as onnxruntime has them; no tree, no answer."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.onnx.forest import MAX_DEPTH

from .files import ML, by_onnxruntime, graph_file

COLUMNS = 3
BRANCHES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]

type Told = dict[str, list[Any]]


def grow(chance: np.random.Generator, trees: int, depth: int, targets: int, modes: list[str]) -> Told:
    """Random trees over thresholds that rows hit exactly; leaves speak of some targets only."""
    told: Told = {f"nodes_{name}": [] for name in ("treeids", "nodeids", "featureids", "values", "modes")}
    told |= {f"nodes_{name}": [] for name in ("truenodeids", "falsenodeids", "missing_value_tracks_true")}
    told |= {f"target_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")}
    for tree in range(trees):
        numbers = iter(range(1 << 16))

        def branch(level: int, tree: int = tree, numbers: Any = numbers) -> int:
            node: int = next(numbers)
            leaf = level == depth or (level > 0 and chance.random() < 0.25)
            place = len(told["nodes_modes"])
            row: dict[str, int | float | str] = {
                "treeids": tree,
                "nodeids": node,
                "featureids": 0,
                "values": 0.0,
                "truenodeids": 0,
                "falsenodeids": 0,
            }
            row |= {"modes": "LEAF", "missing_value_tracks_true": 0}
            for name, value in row.items():
                told[f"nodes_{name}"].append(value)
            if leaf:
                for target in range(targets):
                    if chance.random() < 0.7:
                        for name, value in zip(("treeids", "nodeids", "ids"), (tree, node, target), strict=True):
                            told[f"target_{name}"].append(value)
                        told["target_weights"].append(float(np.float32(chance.uniform(0, 0.3))))
                return node
            told["nodes_modes"][place] = str(chance.choice(modes))
            told["nodes_featureids"][place] = int(chance.integers(COLUMNS))
            told["nodes_values"][place] = float(chance.integers(-2, 3)) / 2
            told["nodes_missing_value_tracks_true"][place] = int(chance.integers(2))
            told["nodes_truenodeids"][place] = branch(level + 1)
            told["nodes_falsenodeids"][place] = branch(level + 1)
            return node

        branch(0)
    return told


def ensemble(told: Mapping[str, Any], **attributes: Any) -> bytes:
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain=ML, **{**told, **attributes})
    return graph_file([node], columns=COLUMNS)


def rows(chance: np.random.Generator, *, unknown: bool) -> np.ndarray[Any, np.dtype[np.float32]]:
    values = (chance.integers(-3, 4, size=(60, COLUMNS)) / 2).astype(np.float32)
    if unknown:
        values[chance.random(values.shape) < 0.2] = np.nan
    return values


def assert_same(data: bytes, chance: np.random.Generator, *, unknown: bool = False) -> None:
    values = rows(chance, unknown=unknown)
    found, expected = read_numpy(data).run(values), by_onnxruntime(data, values)
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=2e-6, atol=1e-5)  # PROBIT is steep


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    modes=st.lists(st.sampled_from(BRANCHES), min_size=1, max_size=6, unique=True),
    unknown=st.booleans(),
)
def test_comparisons(seed: int, modes: list[str], unknown: bool) -> None:
    chance = np.random.default_rng(seed)
    assert_same(ensemble(grow(chance, 3, 4, 1, modes), n_targets=1), chance, unknown=unknown)


@pytest.mark.parametrize(
    ("aggregate", "transform", "targets"),
    list(
        product(["SUM", "AVERAGE", "MIN", "MAX"], ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"], [1, 2, 3])
    ),
)
def test_aggregates_and_transforms(aggregate: str, transform: str, targets: int) -> None:
    for trees, base in product((1, 4), (None, [0.1] * targets)):
        chance = np.random.default_rng(trees)
        told: dict[str, Any] = dict(grow(chance, trees, 3, targets, ["BRANCH_LEQ"]))
        if base is not None:
            told["base_values"] = base
        data = ensemble(told, n_targets=targets, aggregate_function=aggregate, post_transform=transform)
        assert_same(data, chance)


def test_many_rows_walk_in_parts() -> None:
    chance = np.random.default_rng(5)
    data = ensemble(grow(chance, 40, 3, 2, ["BRANCH_LEQ"]), n_targets=2)
    values = chance.normal(size=(6_000, COLUMNS)).astype(np.float32)
    model = read_numpy(data)
    found = model.run(values)
    np.testing.assert_allclose(found, by_onnxruntime(data, values), rtol=2e-6, atol=2e-6)
    assert np.array_equal(model.run(values[-7:]), found[-7:])
    assert model.run(values[:0]).shape == (0, 2)


def stump() -> Told:
    """One branch and two leaves."""
    told: Told = {
        "nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2], "nodes_featureids": [1, 0, 0],
        "nodes_values": [0.5, 0.0, 0.0], "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
        "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0], "target_nodeids": [1, 2], "target_ids": [0, 0], "target_weights": [1.5, -2.0],
    }  # fmt: skip
    return told


def test_a_stump() -> None:
    found = read_numpy(ensemble(stump(), n_targets=1)).run(
        np.array([[9, 0.5, 9], [0, 0.6, 0], [0, np.nan, 0]], np.float32)
    )
    assert found.tolist() == [[1.5], [-2.0], [-2.0]]


@pytest.mark.parametrize(
    "damage",
    [
        {"nodes_truenodeids": [0, 0, 0]},
        {"nodes_truenodeids": [2, 0, 0]},
        {"nodes_truenodeids": [3, 0, 0]},
        {"nodes_truenodeids": [-1, 0, 0]},
        {"nodes_truenodeids": [1, 0]},
        {"nodes_nodeids": [0, 1, 1]},
        {"nodes_nodeids": [0, 1, 1 << 31]},
        {"nodes_treeids": [0, 0, 1]},
        {"nodes_featureids": [-1, 0, 0]},
        {"nodes_values": [0.5]},
        {"nodes_modes": ["BRANCH_MEMBER", "LEAF", "LEAF"]},
        {"nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"]},
        {"nodes_modes": ["BRANCH_LEQ", "LEAF"]},
        {"nodes_missing_value_tracks_true": [1]},
        {"target_ids": [0, 1]},
        {"target_ids": [0, -1]},
        {"target_nodeids": [1, 1]},
        {"target_nodeids": [0, 1]},
        {"target_nodeids": [1, 3]},
        {"target_weights": [1.0]},
        {"n_targets": 0},
        {"n_targets": 1 << 40},
        {"base_values": [1.0, 2.0]},
        {"aggregate_function": "MEDIAN"},
        {"post_transform": "EXP"},
        {"nodes_values_as_tensor": helper.make_tensor("t", 11, [3], [0.5, 0.0, 0.0])},
    ],
    ids=str,
)
def test_what_is_no_forest_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ModelRefused):
        read_numpy(ensemble(stump(), **{"n_targets": 1, **damage}))


def test_more_columns_than_rows_have_are_refused() -> None:
    model = read_numpy(ensemble({**stump(), "nodes_featureids": [COLUMNS, 0, 0]}, n_targets=1))
    with pytest.raises(ModelRefused, match="4 columns"):
        model.run(np.zeros((1, COLUMNS), np.float32))


def chain(depth: int, *, circle: bool = False) -> Told:
    """A tree that is one branch after the other; or beside a stump branches that lead round in a circle."""
    inner = list(range(depth))
    told: Told = {
        "nodes_nodeids": [*inner, *(depth + node for node in inner), 2 * depth],
        "nodes_truenodeids": [*(depth + node for node in inner), *[0] * (depth + 1)],
        "nodes_falsenodeids": [*(node + 1 for node in inner[:-1]), 2 * depth, *[0] * (depth + 1)],
        "nodes_modes": ["BRANCH_LEQ"] * depth + ["LEAF"] * (depth + 1),
    }
    size = 2 * depth + 1
    if circle:
        told["nodes_nodeids"] += [size, size + 1, size + 2, size + 3]
        told["nodes_truenodeids"] += [size + 1, size, 0, 0]
        told["nodes_falsenodeids"] += [size + 2, size + 3, 0, 0]
        told["nodes_modes"] += ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF"]
        size += 4
    told |= {"nodes_treeids": [0] * size, "nodes_featureids": [0] * size, "nodes_values": [0.0] * size}
    leaves = [node for node, mode in zip(told["nodes_nodeids"], told["nodes_modes"], strict=True) if mode == "LEAF"]
    told |= {"target_nodeids": leaves, "target_treeids": [0] * len(leaves), "target_ids": [0] * len(leaves)}
    told["target_weights"] = [1.0] * len(leaves)
    return told


def test_the_deepest_tree_is_read_and_a_deeper_one_refused() -> None:
    assert read_numpy(ensemble(chain(MAX_DEPTH), n_targets=1)).run(np.ones((1, COLUMNS), np.float32)) == [[1.0]]
    with pytest.raises(ModelRefused, match="deeper"):
        read_numpy(ensemble(chain(MAX_DEPTH + 1), n_targets=1))


def test_branches_in_a_circle_are_refused() -> None:
    with pytest.raises(ModelRefused, match="cycle"):
        read_numpy(ensemble(chain(2, circle=True), n_targets=1))
