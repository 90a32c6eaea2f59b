// The table of contents and the search of each page, without a network: pkgdown's own fetch their
// libraries from one. `searchIndex` is in search.js, which tools/site makes.
(function () {
  const root = new URL(".", document.currentScript.src).href;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text || "";
    return made;
  }

  function link(address, className, text) {
    const made = element("a", className, text);
    made.href = address;
    return made;
  }

  function idOf(heading) {
    return heading.id || heading.parentElement.id;
  }

  function titleOf(heading) {
    return heading.textContent.replace(/\s+/g, " ").trim();
  }

  function fillContents(nav) {
    const headings = [...document.querySelectorAll("main h2, main h3, main h4")].filter(idOf);
    if (headings.length < 2) {
      nav.remove();
      return;
    }
    const list = element("ul", "nav flex-column");
    for (const heading of headings) {
      const inner = heading.tagName === "H2" ? "" : " inner";
      const item = element("li", "nav-item");
      item.append(link("#" + idOf(heading), "nav-link" + inner, titleOf(heading)));
      list.append(item);
    }
    nav.append(list);
  }

  // All words must be there; a title that has them comes first.
  function found(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (where) => words.every((word) => where.toLowerCase().includes(word));
    const entries = searchIndex.filter((entry) => has(entry.title + " " + entry.what + " " + entry.text));
    entries.sort((a, b) => has(b.what) - has(a.what));
    return entries.slice(0, 20);
  }

  function show(results, text) {
    results.replaceChildren();
    if (text.trim().length < 2) return;
    const entries = found(text);
    for (const entry of entries) {
      const item = link(root + entry.path + (entry.id ? "#" + entry.id : ""), "", entry.what);
      item.append(element("small", "", entry.title));
      results.append(item);
    }
    if (entries.length === 0) results.append(element("small", "p-2", "Nothing has these words."));
  }

  function loadIndex(then) {
    if (typeof searchIndex !== "undefined") return then();
    const script = document.createElement("script");
    script.src = root + "search.js";
    script.onload = then;
    document.head.append(script);
  }

  function prepareSearch(input) {
    const results = element("div", "bg-white border rounded shadow");
    results.id = "search-results";
    input.after(results);
    input.form.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("input", () => loadIndex(() => show(results, input.value)));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && results.querySelector("a")) results.querySelector("a").click();
      if (event.key === "Escape") results.replaceChildren();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const nav = document.getElementById("toc");
    const input = document.getElementById("search-input");
    if (nav) fillContents(nav);
    if (input) prepareSearch(input);
  });
})();
