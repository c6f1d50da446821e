#!/usr/bin/env bash
# `npm run test:platform [-- --install]`: builds the image and runs Airbyte's own test suites and clients against it and
# a simulated tenant. With --install, what is missing is installed from Debian's packages, see engine.sh, postgres.sh
# and base-image.sh. Everything started here is stopped in the end. The last line counts the tests.
set -euo pipefail
# The image's user must be able to read what is mounted.
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
image=source-tines:dev
example_image=source-helpdesk:dev
venvs=$root/.venv
run_id=run-$$

say() { echo "== $*"; }

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Shows what a command says only when it fails.
quietly() {
  local log
  log=$(mktemp "$work/log.XXXXXX")
  if "$@" >"$log" 2>&1; then return; fi
  tail -n 40 "$log" >&2
  fail "Failed: $*"
}

source "$here/engine.sh"
source "$here/base-image.sh"
source "$here/jackson.sh"
source "$here/postgres.sh"

install=no
for argument in "$@"; do
  case $argument in
    --install) install=yes ;;
    *) fail "Unknown argument: $argument" "Usage: npm run test:platform [-- --install]" ;;
  esac
done

work=$(mktemp -d "${TMPDIR:-/var/tmp}/source-tines-platform.XXXXXX")
# A line "PASSED FAILED" for each suite.
counts_file=$work/counts
touch "$counts_file"
background_pid=''
finished=no

finish() {
  local code=$? passed failed
  trap '' INT TERM
  set +e
  if [ -n "$background_pid" ]; then
    { echo "$background_pid" && ps -o pid= --ppid "$background_pid"; } | xargs kill 2>/dev/null
    wait "$background_pid" 2>/dev/null
  fi
  if engine_runs; then
    docker ps -aq --filter "label=source-tines.test=$run_id" | xargs -r docker rm -f >/dev/null
  fi
  stop_engine
  stop_postgres
  read -r passed failed < <(awk '{ passed += $1; failed += $2 } END { print passed + 0, failed + 0 }' "$counts_file")
  rm -rf "$work"
  # What did not run has not passed.
  if [ "$finished" != yes ]; then failed=$((failed + 1)); fi
  if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  echo "$passed passed, $failed failed"
  if [ "$code" -eq 0 ] && [ "$failed" -gt 0 ]; then code=1; fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A venv is made again only when its requirements change.
make_venvs() {
  local python name stamp uv=$venvs/uv/bin/uv index
  python=$(find_python) || fail 'Python 3.11 or 3.12 with the module venv is needed (Debian: python3, python3-venv).'
  stamp=$(sha256sum <"$here/requirements/uv.txt")
  if [ "$(cat "$venvs/uv/.stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "${venvs:?}/uv"
    quietly "$python" -m venv "$venvs/uv"
    quietly "$venvs/uv/bin/python" -m pip install --disable-pip-version-check -r "$here/requirements/uv.txt"
    echo "$stamp" >"$venvs/uv/.stamp"
  fi
  # From where pip would get them, with the certificates that this machine trusts.
  if index=$("$venvs/uv/bin/python" -m pip config get global.index-url 2>/dev/null); then export UV_DEFAULT_INDEX=$index; fi
  export UV_NATIVE_TLS=1
  for name in suites client helpdesk checks; do
    stamp=$(cat "$here/requirements/$name.txt" "$here/requirements/$name.lock.txt" | sha256sum)
    if [ "$(cat "$venvs/$name/.stamp" 2>/dev/null)" = "$stamp" ]; then continue; fi
    say "Installing Python packages into .venv/$name"
    rm -rf "${venvs:?}/$name"
    quietly "$python" -m venv --without-pip "$venvs/$name"
    quietly "$uv" pip install --python "$venvs/$name/bin/python" \
      -r "$here/requirements/$name.txt" -c "$here/requirements/$name.lock.txt"
    echo "$stamp" >"$venvs/$name/.stamp"
  done
}

find_python() {
  local python
  for python in python3.11 python3.12 python3; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# Sets build_image.
build_image() {
  local bundle=${NODE_EXTRA_CA_CERTS:-${SSL_CERT_FILE:-}}
  build_image=$base_image
  # A machine's own certificates serve the stage that installs packages, and never reach the image.
  if [ -f "$bundle" ]; then
    build_image=source-tines-build:dev
    mkdir "$work/build-image"
    cp "$bundle" "$work/build-image/ca.pem"
    printf 'FROM %s\nCOPY ca.pem /ca.pem\nENV NODE_EXTRA_CA_CERTS=/ca.pem\n' "$base_image" >"$work/build-image/Dockerfile"
    quietly docker build --tag "$build_image" "$work/build-image"
  fi
  say "Building $image"
  PLATFORM_SOURCE=https://git.example.com/source-tines
  PLATFORM_REVISION=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)
  PLATFORM_CREATED=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
  quietly docker build --network host --tag "$image" \
    --build-arg "NODE_IMAGE=$base_image" --build-arg "BUILD_IMAGE=$build_image" \
    --build-arg "IMAGE_SOURCE=$PLATFORM_SOURCE" --build-arg "IMAGE_REVISION=$PLATFORM_REVISION" \
    --build-arg "IMAGE_CREATED=$PLATFORM_CREATED" "$root"
  docker image prune --force --filter label=io.airbyte.name=airbyte/source-tines >/dev/null
  say "Building $example_image"
  quietly docker build --tag "$example_image" --build-arg "NODE_IMAGE=$base_image" "$root/examples/helpdesk"
}

# Usage: run_tests VENV FOLDER_OF_THE_PROJECT PYTEST_ARGUMENTS...
run_tests() {
  local venv=$1 folder=$2 report=$work/${2//\//-}.xml code=0 counts
  shift 2
  say "Tests: $folder"
  (cd "$root/$folder" && "$venvs/$venv/bin/python" -m pytest --junitxml="$report" "$@") || code=$?
  counts=$("$venvs/$venv/bin/python" - "$report" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
number = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
print(number["tests"] - number["failures"] - number["errors"] - number["skipped"], number["failures"] + number["errors"])
PYTHON
  ) || counts='0 1'
  count "$code" "$counts"
}

# The suite of the CDK on a real server. Usage: run_jest FOLDER_OF_THE_PROJECT
run_jest() {
  local folder=$1 report=$work/${1//\//-}.json code=0 counts
  say "Tests: $folder"
  (cd "$root" && npx jest --config "$folder/jest.config.cjs" --json --outputFile "$report" >/dev/null) || code=$?
  counts=$(node -p 'const { numPassedTests, numFailedTests } = require(process.argv[1]); `${numPassedTests} ${numFailedTests}`' \
    "$report") || counts='0 1'
  count "$code" "$counts"
}

# Usage: count EXIT_CODE 'PASSED FAILED'
count() {
  local passed=${2% *} failed=${2#* }
  # A runner can fail without a failed test, for example when there are none.
  if [ "$1" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  echo "$passed $failed" >>"$counts_file"
}

if [ "$install" = yes ] && ! find_python >/dev/null; then install_package python3-venv; fi
need_engine "$install" "$work/dockerd.log"
need_jackson "$install"
need_postgres "$install"
make_venvs &
background_pid=$!
need_base_image "$install" "$root/Dockerfile"
quietly npm --prefix "$root" run build --silent
build_image
wait "$background_pid" || exit 1
background_pid=''

export PLATFORM_DOCKER PLATFORM_RUN=$run_id PLATFORM_IMAGE=$image
export PLATFORM_BASE_IMAGE=$base_image PLATFORM_BUILD_IMAGE=$build_image
export PLATFORM_SOURCE PLATFORM_REVISION PLATFORM_CREATED
PLATFORM_DOCKER=$(command -v docker)
export PATH=$here/docker-wrapper:$PATH
# Compiled once for all of them, and not between the sources.
export PYTHONPYCACHEPREFIX=$venvs/pycache
# The suites mostly wait for containers, so the others run meanwhile. What they say is shown when they are done.
run_tests suites integration_tests/platform/suites --connector-image "$image" --read-from-streams=all >"$work/suites.log" 2>&1 &
background_pid=$!
run_tests client integration_tests/platform/client
run_tests checks integration_tests/platform/checks
wait "$background_pid" || true
background_pid=''
cat "$work/suites.log"
export POCKETBASE=$venvs/helpdesk/bin/pocketbase
run_jest examples/helpdesk/server
run_tests suites examples/helpdesk/integration_tests --connector-image "$example_image" --read-from-streams=all
finished=yes
