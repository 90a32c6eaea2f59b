# shellcheck shell=bash
# Sourced by the other tools: where everything is, how R and Python find it, and what they share.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv="$checkout/.venv"
library="$checkout/.rlib"
source "$checkout/tools/versions.sh"

export RETICULATE_PYTHON=${RETICULATE_PYTHON:-$venv/bin/python}
# Libraries that only tests use; they are made for the Python of .venv.
if [ "$RETICULATE_PYTHON" = "$venv/bin/python" ]; then export PYTORCHBRIDGE_LIBRARIES="$checkout/.libraries"; fi
# Where R's tests find the stand-in for an accelerator, which the built package does not contain.
export PYTORCHBRIDGE_ACCELERATOR="$checkout/tests/accelerator"
export R_LIBS="$library${R_LIBS:+:$R_LIBS}"
export PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# missing_modules NAME...: prints those of the modules that the Python in use does not have.
missing_modules() {
  "$RETICULATE_PYTHON" - "$@" <<'END'
import importlib.util, sys
print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name) is None))
END
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# missing_debian NAME...: prints those of the Debian packages that are not installed.
missing_debian() {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

# install_debian NAME...: installs those of the Debian packages that are missing.
install_debian() {
  local missing log
  mapfile -t missing < <(missing_debian "$@")
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "these Debian packages are missing; install them as root: ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  log=$(mktemp)
  # An update may fail for one source of many; whether the packages are there is what counts.
  as_root apt-get update -qq >"$log" 2>&1 || true
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "these Debian packages could not be installed: ${missing[*]}"
  }
  rm -f "$log"
}

# The checkout's files that belong to the project, each ended by a zero byte. Git knows them; in a
# copy without git they are all but those that the tools made.
project_files() {
  local file
  cd "$checkout" || return
  {
    git ls-files -z --cached --others --exclude-standard 2>/dev/null ||
      find . \( -name .git -o -name .venv -o -name .rlib -o -name .matrix -o -name .libraries -o -name .hypothesis \
        -o -path ./tests/accelerator/built -o -name '.*_cache' -o -name __pycache__ \) -prune -o ! -type d -print0
  } | while IFS= read -r -d '' file; do
    # Git also lists what is deleted and not committed yet.
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
  done
}

# copy_project FOLDER: a clean copy, so that builds leave nothing in the checkout. R CMD build in the
# checkout itself would first copy .venv and .matrix.
copy_project() {
  mkdir -p "$1"
  project_files | tar -C "$checkout" --null -T - -cf - | tar -C "$1" -xf -
}

# ---- formatters -----------------------------------------------------------------------------------

# pinned NAME: the version of a Python package in tools/versions.sh.
pinned() { printf '%s\n' "${python_packages[@]}" | sed -n "s/^$1==//p"; }

version_of_ruff() { "$RETICULATE_PYTHON" -m ruff --version 2>/dev/null | sed 's/^ruff //' || true; }

version_of_clang_format() {
  clang-format --version 2>/dev/null | grep -o 'version [0-9]*' | sed 's/version //' || true
}
