# shellcheck shell=bash
# Servers, browser and compilers that tests use, from the system's packages. Sourced by script/setup after common.sh.

# missing_servers: one Debian package name a line
missing_servers() {
    local name
    for name in gcc g++ mosquitto rabbitmq-server chromium; do
        PATH="$PATH:/usr/sbin" command -v "$name" >/dev/null || echo "$name"
    done
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
}

ensure_servers() {
    local missing
    mapfile -t missing < <(missing_servers)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        say "Installing ${missing[*]} for the tests"
        install_unstarted "${missing[@]}" >"$TOOLS/servers.log" 2>&1 || say "$(tail -n 3 "$TOOLS/servers.log")"
        mapfile -t missing < <(missing_servers)
        [[ ${#missing[@]} -gt 0 ]] || return 0
    fi
    say "Not on this machine: ${missing[*]}. Tests that need them are skipped; to run those too:" \
        "sudo apt-get install ${missing[*]}"
}

# install_unstarted PACKAGE...: the tests start servers of their own, so none may be started here or at the next boot.
install_unstarted() (
    policy=/usr/sbin/policy-rc.d # what Debian's installers ask before they start a service
    if [[ ! -e "$policy" ]]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get --quiet update
    available=()
    for package in "$@"; do
        apt-cache show "$package" >/dev/null 2>&1 && available+=("$package")
    done
    apt-get --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=120 install "${available[@]}"
    if [[ -d /run/systemd/system ]]; then
        for package in mosquitto rabbitmq-server postgresql; do
            [[ " ${available[*]} " != *" $package "* ]] || systemctl disable --quiet "$package"
        done
    fi
)
