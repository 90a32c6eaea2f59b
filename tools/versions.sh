# shellcheck shell=bash disable=SC2034
# Sourced by tools/environment.sh: the versions that the tests and the code's form were made with. What
# the package itself needs stands in R/versions.R.

python_packages=(torch==2.13.0 pytest==9.2.0 hypothesis==6.170.15 ruff==0.17.6 mypy==2.4.1
  safetensors==0.8.0)
numpy_1=1.26.4 # for a reticulate that does not know NumPy 2
numpy_2=2.3.5

# Formatters and linters differ between versions.
clang_format=14
lintr=3.0.2

# What `tools/matrix oldest` runs, beside Debian bookworm's R and reticulate: what the project claims.
oldest_python=python3.9
oldest_python_packages=(torch==2.1.0 numpy==1.23.0 pytest hypothesis)
