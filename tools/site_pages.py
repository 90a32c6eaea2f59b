"""Finishes the pages that pkgdown made, and checks them: run by tools/site.

`finish` makes them work without a network; `check` prints what is wrong, and ends 0 if nothing is.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

#: What a page loads: from the network, from the builder's machine, and what needs the former.
LOADED = re.compile(
    r'[ \t]*<(?:script|link)\b[^>]*(?:src|href)="'
    r'(?:(?:https?:)?//|file:|[^":]*pkgdown\.js)[^>]*>(?:</script>)?\n?'
)
#: Quotes that no language takes.
CURLY = re.compile("[\u2018\u2019\u201c\u201d]")
#: The narrowest screen that pages are made for, in pixels.
NARROW = 390


# ---- finishing -----------------------------------------------------------------------------------


def folders() -> dict[str, str]:
    """Folders of the builder's machine that examples show, and what a reader has there."""
    python = str(Path(os.environ.get("RETICULATE_PYTHON", sys.executable)).parent)
    checkout = str(Path(__file__).resolve().parent.parent)
    return {
        python: "~/.virtualenvs/r-pytorchbridge/bin",
        checkout: "pytorchbridge",
        f"{Path.home()}/": "~/",
        f"{tempfile.gettempdir()}/": "tmp/",
    }


def with_words(text: str) -> str:
    """A picture's words belong to it, and are no caption; plots of examples have none."""
    caption = (
        r'<div class="figure">\s*(<img [^>]*)alt="">\s*<p class="caption">([^<]*)</p>\s*</div>'
    )
    text = re.sub(caption, lambda found: f'<p>{found[1]}alt="{found[2].strip()}"></p>', text)
    plot = r'(<span class="r-plt img"><img [^>]*)alt=""'
    return re.sub(plot, r'\1alt="The plot that this example draws."', text)


def finish_page(page: Path) -> None:
    text = LOADED.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r'href="vignettes/([a-z-]+)\.Rmd"', r'href="articles/\1.html"', text)
    text = with_words(text)
    if page.stem.endswith("-ko"):
        text = text.replace('<html lang="en">', '<html lang="ko">')
    for folder, name in folders().items():
        text = text.replace(folder, name)
    page.write_text(text, encoding="utf-8")


def finish(site: Path) -> None:
    for page in site.rglob("*.html"):
        finish_page(page)
    index = json.loads((site / "search.json").read_text(encoding="utf-8"))
    keys = ("path", "id", "what", "title", "text")
    entries = [{key: entry.get(key) or "" for key in keys} for entry in index]
    for entry in entries:
        entry["path"] = entry["path"].lstrip("/")
    script = "var searchIndex = " + json.dumps(entries, ensure_ascii=False) + ";\n"
    (site / "search.js").write_text(script, encoding="utf-8")


# ---- one page ------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page links to, loads, shows and says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.captions: list[str] = []
        self.code: list[str] = []
        self._inside: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.update(value for name in ("id", "name") if (value := found.get(name)))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        if tag == "link" and found.get("href") and found.get("rel") != "canonical":
            self.loads.append(found["href"] or "")
        if tag in ("script", "img", "iframe") and found.get("src"):
            self.loads.append(found["src"] or "")
        if tag == "img":
            self.pictures.append(found)
        if tag in ("code", "pre", "figcaption") or (tag == "p" and found.get("class") == "caption"):
            self._inside.append(tag)
            (self.code if tag in ("code", "pre") else self.captions).append("")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            texts = self.code if self._inside[-1] in ("code", "pre") else self.captions
            texts[-1] += data


# ---- checking ------------------------------------------------------------------------------------


def is_elsewhere(address: str) -> bool:
    return re.match(r"[a-z]+:|//", address) is not None


def broken_links(page: Page, pages: dict[Path, Page]) -> list[str]:
    """Links and loaded files that are not there, anchors that the page does not have."""
    found = []
    for address in page.links + page.loads:
        if is_elsewhere(address) or address == "#":
            continue
        name, _, anchor = unquote(address).partition("#")
        file = (page.path.parent / name.partition("?")[0]).resolve() if name else page.path
        if file.is_dir():
            file = file / "index.html"
        if not file.exists():
            found.append(f"links to {address}, which is not there")
        elif anchor and file in pages and anchor not in pages[file].ids:
            found.append(f"links to {address}, and there is no such part")
    return found


def from_the_network(page: Page) -> list[str]:
    return [
        f"loads {address}"
        for address in page.loads
        if is_elsewhere(address) and not address.startswith("data:")
    ]


def pictures_without_words(page: Page) -> list[str]:
    """Pictures that say nothing to who cannot see them, or twice the same to who can."""
    found = []
    for picture in page.pictures:
        words = " ".join((picture.get("alt") or "").split())
        if not words and "logo" not in (picture.get("class") or ""):
            found.append(f"has no words for the picture {(picture.get('src') or '')[:60]}")
        if words and any(" ".join(text.split()) == words for text in page.captions):
            found.append(f"says a picture's words in its caption again: {words[:60]}")
    return found


def curly_quotes(page: Page) -> list[str]:
    """Code that cannot be copied. What R and PyTorch say has their own quotes."""
    lines = [line for text in page.code for line in text.splitlines() if "#>" not in line]
    return [
        f"has curly quotes in code: {line.strip()[:60]}" for line in lines if CURLY.search(line)
    ]


def places_of_the_builder(page: Page) -> list[str]:
    text = page.path.read_text(encoding="utf-8")
    return [f"names a folder of this machine, {place}" for place in folders() if place in text]


#: Shows each page in a frame as wide as a phone, and writes those down that are wider.
MEASURE = """<!DOCTYPE html><meta charset="utf-8"><body><script>
const pages = %s, width = %d, wide = [];
async function measure(page) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width: ${width}px; height: 800px; border: 0`;
  const loaded = new Promise((done) => { frame.onload = done; });
  frame.src = page;
  document.body.append(frame);
  await loaded;
  const shown = frame.contentDocument;
  const found = shown.documentElement.scrollWidth;
  if (found > width) wide.push(`${page}: is ${found} pixels wide`);
  for (const code of shown.querySelectorAll("main pre")) {
    const line = code.textContent.trim().slice(0, 50);
    if (code.scrollWidth > code.clientWidth + 1) wide.push(`${page}: cuts code off: ${line}`);
  }
  frame.remove();
}
(async () => {
  for (const page of pages) await measure(page);
  document.title = "measured";
  document.body.textContent = JSON.stringify(wide);
})();
</script>"""


def too_wide(site: Path, pages: list[Path]) -> list[str]:
    """Pages that do not fit on a phone, as a browser shows them."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("widths were not checked, as there is no chromium")
        return []
    names = [str(page.relative_to(site)) for page in pages]
    measure = site / "measure.html"
    measure.write_text(MEASURE % (json.dumps(names), NARROW), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        options += [f"--user-data-dir={profile}", "--virtual-time-budget=600000", "--dump-dom"]
        shown = subprocess.run(
            [browser, *options, measure.as_uri()], capture_output=True, text=True, check=False
        ).stdout
    measure.unlink()
    if "<title>measured" not in shown:
        return ["the browser did not measure the pages"]
    body = re.search(r"<body>(.*)</body>", shown, re.DOTALL)
    return json.loads(html.unescape(body[1])) if body else ["the browser showed nothing"]


def check(site: Path) -> int:
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    wrong = []
    for page in pages.values():
        found = broken_links(page, pages) + from_the_network(page) + pictures_without_words(page)
        found += curly_quotes(page) + places_of_the_builder(page)
        wrong += [f"{page.path.relative_to(site)}: {what}" for what in dict.fromkeys(found)]
    wrong += too_wide(site, list(pages))
    for line in wrong:
        print(line)
    print(f"{len(pages)} pages checked, {len(wrong)} things to mend")
    return 1 if wrong else 0


if __name__ == "__main__":
    task, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    if task == "finish":
        finish(folder)
    else:
        sys.exit(check(folder))
