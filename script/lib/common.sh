# shellcheck shell=bash
# Sourced by every script: the places, the tools and the few words they all use.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
TOOLS="$ROOT/.tools"
UV="$TOOLS/uv/bin/uv"
PYTHON_FILE="$TOOLS/python-path" # the interpreter that script/setup found or made

# Importing Home Assistant takes 4.7 s without bytecode files and 2.0 s with them.
unset PYTHONDONTWRITEBYTECODE
# An outer virtual environment or index setting must not leak into ours.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH UV_PYTHON UV_PROJECT_ENVIRONMENT
export UV_PYTHON_INSTALL_DIR="$TOOLS/managed"
export PYTHONPATH="$ROOT/addons/caravels_operator"

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$@"
    exit 1
}

# environment_python GROUP: the interpreter of .venvs/GROUP
environment_python() { printf '%s/.venvs/%s/bin/python\n' "$ROOT" "$1"; }

# run_in GROUP MODULE [ARGS]: python -m MODULE in that environment
run_in() {
    local group="$1"
    shift
    "$(environment_python "$group")" -m "$@"
}
