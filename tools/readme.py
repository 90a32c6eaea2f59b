"""Writes the README's tables of types from `dtype_table()`: run by tools/format, tested."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


def joined(rows: list[dict[str, object]], names: str, facts: tuple[str, ...]) -> list[list[str]]:
    """Rows that differ only in their name become one row with all of the names."""
    by_facts: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        by_facts.setdefault(tuple(str(row[fact]) for fact in facts), []).append(str(row[names]))
    return [[", ".join(found), *told] for told, found in by_facts.items()]


def markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("|  |", "| |")


def tables() -> dict[str, str]:
    """The Markdown of each table, by the name in the README's marks."""
    sys.path.insert(0, str(ROOT))
    from pytorch_bridge import dtype_table

    table = dtype_table()
    return {
        "to_torch": markdown(
            ["R type", "dtype", "missing values"],
            joined(table["to_torch"], "r_type", ("copied", "missing")),
        ),
        "to_r": markdown(
            ["dtype", "R type", "what is refused"],
            joined(table["to_r"], "dtype", ("r_type", "note")),
        ),
    }


def written(text: str) -> str:
    """The README's text with its tables made anew between the marks."""
    for name, table in tables().items():
        begin, end = f"<!-- {name}: made by tools/format -->", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        text, count = pattern.subn(lambda _, t=table, b=begin, e=end: f"{b}\n\n{t}\n\n{e}", text)
        if count != 1:
            raise SystemExit(f"README.md has {count} tables marked {name}, not 1")
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
