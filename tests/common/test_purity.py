"""What may be imported where: common runs inside Home Assistant too, and engines take values and return values."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "addons/caravels_operator/caravels_operator"
COMMON = PACKAGE / "common"
CLIENT = COMMON / "member/client.py"
EVERYWHERE = {"cryptography", "msgspec", "numpy"}
# Engines may compute with the standard library, but neither read a clock, draw chance, log nor touch the outside.
ENGINES = [folder for name in ("market", "demand_response", "battery") if (folder := PACKAGE / name).is_dir()]
ENGINES.append(COMMON / "forecasting")
IMPURE = {
    "asyncio", "concurrent", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil",
    "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
    "aiohttp", "alembic", "onnxruntime", "psycopg", "sqlalchemy",
}  # fmt: skip
IMPURE_FUNCTIONS = {"print", "open", "input"}
IMPURE_METHODS = {"now", "utcnow", "today"}
SEEDED = {"Generator", "default_rng", "SeedSequence", "PCG64", "Philox", "BitGenerator"}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def absolute_imports(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that a module imports by absolute name, at any depth of its code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def relative_targets(path: Path, tree: ast.AST) -> Iterator[Path]:
    """The folders or modules that a module's relative imports name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1]
            yield base.joinpath(*(node.module or "").split(".")) if node.module else base


@pytest.mark.parametrize("path", modules(COMMON), ids=lambda path: str(path.relative_to(COMMON)))
def test_common_imports_only_what_a_home_assistant_container_has(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    allowed = EVERYWHERE | {"aiohttp"} if path == CLIENT else EVERYWHERE
    foreign = {name for name in absolute_imports(tree) if name not in sys.stdlib_module_names} - allowed
    assert not foreign, f"{path.name} imports {foreign}; relative imports and {sorted(allowed)} only"
    for target in relative_targets(path, tree):
        assert target.is_relative_to(COMMON), f"{path.name} imports {target}, outside of common"


@pytest.mark.parametrize(
    "path", [path for engine in ENGINES for path in modules(engine)], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_engines_are_pure(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not set(absolute_imports(tree)) & IMPURE
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in IMPURE_FUNCTIONS, f"{path.name}:{node.lineno} calls {node.func.id}()"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in IMPURE_METHODS, f"{path.name}:{node.lineno} calls {node.func.attr}()"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random":
            assert node.attr in SEEDED, f"{path.name}:{node.lineno} draws from numpy's global chance"
        assert not isinstance(node, ast.Global), f"{path.name}:{node.lineno} keeps global state"


@pytest.mark.parametrize("path", [PACKAGE / "__init__.py", COMMON / "__init__.py"], ids=["caravels_operator", "common"])
def test_nothing_above_the_contract_imports_anything(path: Path) -> None:
    assert not [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_common_loads_neither_the_web_nor_the_database_nor_home_assistant() -> None:
    names = sorted(
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in modules(COMMON)
        if path != CLIENT
    )
    code = (
        "import importlib, sys\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "heavy = {'aiohttp', 'sqlalchemy', 'homeassistant', 'scipy', 'pandas', 'onnxruntime'} & sys.modules.keys()\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
