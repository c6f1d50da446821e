# Sourced by run.sh. Finds a Docker engine; where none runs, and only when asked, installs one from Debian's packages and
# starts it. Only an engine started here is stopped.

engine_pid=''

engine_runs() {
  command -v docker >/dev/null && docker info >/dev/null 2>&1
}

# Usage: need_engine INSTALL(yes|no) LOG_FILE
need_engine() {
  local install=$1 log=$2
  if engine_runs; then return; fi
  if [ "$install" != yes ]; then
    fail 'No Docker engine answers. Start yours, or, on Debian as root, let this script install and start one:' \
      '  npm run test:platform -- --install' \
      'That installs the packages docker.io, iptables and debootstrap, starts dockerd for the time of the run and,' \
      'where the base image cannot be pulled, makes a stand-in of it from packages of Debian and npm.'
  fi
  need_package docker.io dockerd
  need_package iptables iptables
  say 'Starting dockerd'
  # In a session of its own: Ctrl-C must not end it before its containers are removed.
  setsid dockerd >"$log" 2>&1 </dev/null &
  engine_pid=$!
  local tries
  for ((tries = 0; tries < 60; tries++)); do
    if engine_runs; then return; fi
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 1
  done
  tail -n 20 "$log" >&2
  fail 'dockerd does not start: see the lines above.'
}

stop_engine() {
  [ -n "$engine_pid" ] || return 0
  say 'Stopping the dockerd that was started here'
  kill "$engine_pid" 2>/dev/null || true
  wait "$engine_pid" 2>/dev/null || true
  engine_pid=''
}

# Installs a Debian package unless its program is there. Usage: need_package PACKAGE PROGRAM
need_package() {
  PATH=$PATH:/usr/sbin:/sbin command -v "$2" >/dev/null || install_package "$1"
}

install_package() {
  command -v apt-get >/dev/null || fail "The Debian package $1 is needed, and there is no apt-get to install it with."
  [ "$(id -u)" = 0 ] || fail "The Debian package $1 is needed: installing it takes root."
  say "Installing the Debian package $1"
  if [ -z "${apt_updated:-}" ]; then
    quietly apt-get update
    apt_updated=yes
  fi
  DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends "$1"
}
