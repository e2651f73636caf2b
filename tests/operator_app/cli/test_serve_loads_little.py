"""`serve` starts in a second and stays small because it loads nothing that it does not use."""

import os
import subprocess
import sys

HEAVY = ("alembic", "demandlib", "matplotlib", "onnxruntime", "pandas", "psycopg", "rich", "scipy")


def test_serve_on_sqlite_loads_neither_engines_it_does_not_use_nor_the_virtual_world() -> None:
    script = "import sys, caravels_operator.cli.serve; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint(HEAVY)
    assert not {name for name in loaded if name.startswith(("caravels_operator.virtual", "caravels_operator.reports"))}
    assert "caravels_operator.app.live" in loaded
