"""What the project's own documents say of it: the map, the tables of types, the versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import readme
import torch

ROOT = Path(__file__).resolve().parents[2]
#: Where the files of the map's columns are.
COLUMNS = {"R": ["R"], "Python": ["pytorch_bridge"], "C": ["src"]}
TESTS = ["tests/testthat", "tests/python"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# ---- the map -------------------------------------------------------------------------------------


def rows_of_map() -> list[list[str]]:
    """The cells of each row in the tables of the section "The map"."""
    section = read("CONTRIBUTING.md").split("\n## The map\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "job"]


def files_of_map(column: int) -> set[str]:
    return {name for row in rows_of_map() for name in re.findall(r"`([^`]+)`", row[column])}


@pytest.mark.parametrize("column", list(enumerate(COLUMNS, 1)), ids=lambda column: column[1])
def test_the_map_names_every_file_and_no_other(column):
    place, name = column
    (folder,) = COLUMNS[name]
    endings = (".R", ".py", ".c", ".h")
    there = {file.name for file in (ROOT / folder).iterdir() if file.suffix in endings}
    assert files_of_map(place) == there


def test_the_map_names_tests_that_are_there():
    there = {file.name for folder in TESTS for file in (ROOT / folder).iterdir()}
    assert files_of_map(4) - there == set()


def test_files_that_the_text_names_are_there():
    for document in ("CONTRIBUTING.md", "docs/DESIGN.md"):
        named = re.findall(r"`((?:R|src|tests|tools|docs|pytorch_bridge)/[^` ]+)`", read(document))
        missing = [name for name in named if not any(ROOT.glob(name)) and "*" not in name]
        assert [name for name in missing if name not in ("tools/NAME",)] == []


# ---- tables of types -----------------------------------------------------------------------------


@pytest.mark.skipif(
    not hasattr(torch, "float8_e8m0fnu"), reason="this PyTorch lacks dtypes of the README's tables"
)
def test_the_readme_has_the_rows_of_the_dtype_table():
    assert readme.written(read("README.md")) == read("README.md")


# ---- documents in two languages ------------------------------------------------------------------


def code_of(document: str) -> list[list[str]]:
    """The lines of code of each chunk, without comments and without what is quoted."""
    chunks = re.findall(r"(?ms)^```\{.*?\}\n(.*?)^```$", read(document))
    bare = [re.sub(r'\s*#.*|"[^"\n]*"', "", chunk) for chunk in chunks]
    return [[line for line in chunk.splitlines() if line] for chunk in bare]


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "vignettes").glob("*-ko.Rmd")))
def test_a_page_in_korean_runs_the_code_of_the_page_in_english(name):
    assert code_of(f"vignettes/{name}") == code_of(f"vignettes/{name.replace('-ko', '')}")


def test_troubleshooting_has_this_packages_messages_as_they_are():
    section = read("vignettes/troubleshooting.Rmd").split("\n# What this package says\n")[1]
    headings = re.findall(r"(?m)^### (.*)$", section.split("\n# ")[0])
    parts = [part for heading in headings for part in re.findall(r"`([^`]+)`", heading)]
    said = read("tests/testthat/messages.txt") + read("tests/python/messages.txt")
    assert [part for part in parts if part not in said] == []


def test_links_between_documents_lead_somewhere():
    for path in (ROOT / "vignettes").glob("*.Rmd"):
        for name in re.findall(r"\]\(([a-z-]+)\.html", path.read_text(encoding="utf-8")):
            assert (path.parent / f"{name}.Rmd").exists(), f"{path.name} links to {name}"


def test_every_document_is_listed():
    listed = read("_pkgdown.yml").split("articles:")[1].split()
    names = [path.stem for path in (ROOT / "vignettes").glob("*.Rmd")]
    assert [name for name in names if name not in listed] == []
    linked = re.findall(r"\(vignettes/([a-z-]+)\.Rmd\)", read("README.md"))
    assert set(linked) == set(names)


def test_the_korean_readme_lists_every_korean_document_by_its_title():
    for path in (ROOT / "vignettes").glob("*-ko.Rmd"):
        title = re.search(r'^title: "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)[1]
        assert f"| [{title}](vignettes/{path.name}) |" in read("README-ko.md")


# ---- versions ------------------------------------------------------------------------------------


def claimed() -> dict[str, str]:
    """The oldest versions, as the files from which they are installed say."""
    in_r = read("R/versions.R")
    description = read("DESCRIPTION")
    return {
        "R": re.search(r"R \(>= ([\d.]+)\)", description)[1],
        "reticulate": re.search(r"reticulate \(>= ([\d.]+)\)", description)[1],
        "Python": re.search(r'OLDEST_PYTHON <- "([\d.]+)"', in_r)[1],
        "NumPy": re.search(r"numpy>=([\d.]+)", in_r)[1],
        "PyTorch": re.search(r"torch>=([\d.]+)", in_r)[1],
    }


def test_description_claims_what_versions_r_says():
    needs = " ".join(read("DESCRIPTION").split())
    old = claimed()
    assert f"Python (>= {old['Python']})" in needs
    assert f"'NumPy' (>= {old['NumPy']})" in needs
    assert f"'PyTorch' (>= {old['PyTorch']})" in needs


def test_pyproject_claims_what_versions_r_says():
    project, old = read("pyproject.toml"), claimed()
    assert f'requires-python = ">={old["Python"]}"' in project
    assert f'dependencies = ["numpy>={old["NumPy"]}", "torch>={old["PyTorch"]}"]' in project
    assert f'target-version = "py{old["Python"].replace(".", "")}"' in project


def test_the_readme_claims_what_versions_r_says():
    section = " ".join(read("README.md").split("## Versions")[1].split())
    told = [f"{name} {version}" for name, version in claimed().items()]
    assert section.startswith(f"{', '.join(told[:-1])} and {told[-1]}, or newer.")


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def test_what_is_claimed_is_what_tools_matrix_runs():
    tools, old = read("tools/versions.sh"), claimed()
    assert re.search(r"oldest_python=python([\d.]+)", tools)[1] == old["Python"]
    packages = re.search(r"oldest_python_packages=\((.*)\)", tools)[1]
    assert minor(re.search(r"torch==([\d.]+)", packages)[1]) == old["PyTorch"]
    assert minor(re.search(r"numpy==([\d.]+)", packages)[1]) == old["NumPy"]


def test_the_workflow_runs_what_tools_matrix_runs():
    tools = read("tools/versions.sh")
    (row,) = re.findall(r"- \{ os: .*torch: .* \}", read(".github/workflows/R-CMD-check.yaml"))
    named = dict(re.findall(r'(\w+): "([\d.]+)"', row))
    assert named.pop("r") == claimed()["R"]
    assert f"oldest_python=python{named.pop('python')}" in tools
    assert sorted(named) == ["numpy", "torch"]
    for name, version in named.items():
        assert f"{name}=={version}" in tools


@pytest.mark.parametrize("name", ["five-minutes", "five-minutes-ko"])
def test_the_first_page_claims_the_same_python(name):
    told = re.findall(r"Python(?: from)? (3\.\d+)", read(f"vignettes/{name}.Rmd"))
    assert set(told) == {claimed()["Python"]}


def test_one_name_of_the_environment():
    name = re.search(r'ENVIRONMENT <- "([^"]+)"', read("R/versions.R"))[1]
    assert f'install_pytorch <- function(envname = "{name}"' in read("R/install.R")
    others = [
        file for file in (ROOT / "R").glob("*.R") if file.name not in ("versions.R", "install.R")
    ]
    assert [file.name for file in others if f'"{name}"' in file.read_text(encoding="utf-8")] == []


def test_the_module_and_the_package_have_one_version():
    version = re.search(r"(?m)^Version: (\S+)", read("DESCRIPTION"))[1]
    assert f'version = "{version}"' in read("pyproject.toml")
