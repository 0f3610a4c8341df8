#!/usr/bin/env bash
# Runs the tests: `tests/run.sh [--all] [arguments of cargo test]`.
#
# With --all, tests that take a sample of many cases take all or many more of them: a process dying after each single call, fifty
# bad days, rows and expressions of many seeds on both engines, Athena's SQL over many more values and tables.
#
# Needs cargo, Python 3.11 or later with its venv module, Java 17 with its compiler (Spark, Trino), Maven (Trino) and Chromium
# (dashboards; installed by apt-get where that is possible). Everything else is fetched once into
# ${PIPECTL_CACHE:-~/.cache/pipectl}: the build, a Python environment with the judges of tests/python/requirements.txt, and Trino.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${PIPECTL_CACHE:-$HOME/.cache/pipectl}
requirements=$root/tests/python/requirements.txt

die() {
  echo "tests/run.sh: $1" >&2
  exit 1
}

python_at_least_3_11() {
  local candidate
  for candidate in "${PIPECTL_PYTHON:-}" python3.11 python3; do
    if [[ -n $candidate ]] && command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "no Python 3.11 or later found (tried python3.11, python3); install one, or name it in PIPECTL_PYTHON"
}

# The environment's folder carries the hash of what is in it; it is complete when the marker stands in it.
ensure_python_environment() {
  local python=$1 venv=$2
  [[ -e $venv/complete ]] && return
  echo "tests/run.sh: installing the Python judges into $venv (once, about 700 MB)" >&2
  rm -rf "$venv"
  mkdir -p "$cache"
  # Debian splits ensurepip into its own package, and venv then stops half way with a long text.
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    die "$python lacks venv or ensurepip; on Debian or Ubuntu: apt-get install python3-venv"
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" ||
    die "pip could not install tests/python/requirements.txt"
  touch "$venv/complete"
}

# The judge of Athena's SQL: Trino's jars by Maven, and tests/trino/Judge.java compiled. Its folder carries the hash of both.
ensure_trino() {
  local folder=$1
  [[ -e $folder/complete ]] && return
  command -v mvn >/dev/null || die "no mvn found: Trino's jars come by Maven (Debian: apt-get install maven)"
  command -v javac >/dev/null || die "no javac found: the judge of Athena's SQL is compiled (Debian: apt-get install openjdk-17-jdk-headless)"
  echo "tests/run.sh: fetching Trino 435 into $folder (once, about 90 MB)" >&2
  rm -rf "$folder"
  mkdir -p "$folder/classes"
  mvn --quiet --batch-mode --file "$root/tests/trino/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/lib" >&2 ||
    die "mvn could not fetch what tests/trino/pom.xml names"
  javac -proc:none -nowarn -cp "$folder/lib/*" -d "$folder/classes" "$root/tests/trino/Judge.java" >&2 ||
    die "tests/trino/Judge.java does not compile"
  touch "$folder/complete"
}

java_is_17() {
  command -v java >/dev/null || die "no java found: Spark 3.5.4 runs on Java 17 (Debian: apt-get install openjdk-17-jre-headless)"
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
  [[ $version == 17 ]] || die "java is version ${version:-unknown}, Glue 5.0 and these tests run on 17; put Java 17 first in PATH"
}

# The browser that judges dashboards. Debian's package is the browser itself; elsewhere the name can be a link to another.
ensure_chromium() {
  [[ -x /usr/bin/chromium ]] && return
  local root_rights=()
  if [[ $(id -u) != 0 ]]; then root_rights=(sudo -n); fi
  if command -v apt-get >/dev/null && "${root_rights[@]}" true 2>/dev/null; then
    echo "tests/run.sh: installing Chromium by apt-get (once)" >&2
    "${root_rights[@]}" apt-get install -y chromium >/dev/null 2>&1 ||
      { "${root_rights[@]}" apt-get update >/dev/null 2>&1 && "${root_rights[@]}" apt-get install -y chromium >/dev/null 2>&1; } || true
  fi
  [[ -x /usr/bin/chromium ]] ||
    die "no /usr/bin/chromium found and apt-get could not install it; install the package chromium (Debian: apt-get install chromium)"
}

command -v cargo >/dev/null || die "no cargo found: https://rustup.rs"
java_is_17
ensure_chromium
python=$(python_at_least_3_11)
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
hash=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read() + sys.argv[2].encode()).hexdigest()[:12])' \
  "$requirements" "$version")
venv=$cache/venv-$hash
ensure_python_environment "$python" "$venv"
trino=$cache/trino-$(cat "$root/tests/trino/pom.xml" "$root/tests/trino/Judge.java" | "$python" -c \
  'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:12])')
ensure_trino "$trino"

if [[ ${1:-} == --all ]]; then
  export PIPECTL_TEST_ALL=1
  shift
fi

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export PIPECTL_TEST_PYTHON=$venv/bin/python
export PIPECTL_TEST_TRINO=$trino
cd "$root"
exec cargo test "$@"
