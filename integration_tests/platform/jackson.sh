# Sourced by run.sh, which sets $here and $venvs. Gets the JSON reader of Airbyte's platform, Jackson, from Maven Central, and, only
# when asked, the Java that runs it from Debian's packages.

maven=https://repo1.maven.org/maven2/com/fasterxml/jackson/core

# Usage: need_jackson INSTALL(yes|no)
need_jackson() {
  local install=$1 folder=$venvs/jackson sums=$here/requirements/jackson.sha256 jar version
  if [ "$install" = yes ]; then
    need_package curl curl
    need_package default-jdk-headless javac
  elif ! command -v javac >/dev/null; then
    fail 'A JDK is needed, 17 or later. Install one, or, on Debian as root, let this script do it:' \
      '  npm run test:platform -- --install'
  fi
  mkdir -p "$folder"
  if (cd "$folder" && sha256sum --status --check "$sums" 2>/dev/null); then return; fi
  say 'Fetching Jackson into .venv/jackson'
  rm -f "$folder"/*.jar
  for jar in $(awk '{ print $2 }' "$sums"); do
    version=${jar##*-}
    quietly curl --fail --silent --show-error --output "$folder/$jar" "$maven/${jar%-*}/${version%.jar}/$jar"
  done
  (cd "$folder" && quietly sha256sum --check "$sums")
}
