# Builds the website into ../site, in a copy of the checkout: run by tools/site. Needs no network.

options(pkgdown.internet = FALSE, width = 80)
override <- list(destination = "../site")
pkgdown::build_site(override = override, devel = FALSE, preview = FALSE, new_process = FALSE, install = FALSE)

# What the pages link to and pkgdown does not make pages of, in the site's style. It puts the README's pictures
# beside those of the help pages.
site <- pkgdown::as_pkgdown(".", override = override)
page_of_markdown <- function(name) {
  lines <- system2("pandoc", c("--from", "gfm", "--no-highlight", paste0(name, ".md")), stdout = TRUE)
  Encoding(lines) <- "UTF-8"
  is_title <- grepl("^<h1", lines)
  body <- gsub("README.md", "index.html", paste(lines[!is_title], collapse = "\n"), fixed = TRUE)
  body <- gsub("\\.md([#\"])", ".html\\1", gsub("man/figures/", "reference/figures/", body, fixed = TRUE))
  dir.create(file.path("../site", dirname(name)), showWarnings = FALSE)
  data <- list(pagetitle = gsub("<[^>]*>", "", lines[is_title][1]), body = body)
  pkgdown::render_page(site, "title-body", data, paste0(name, ".html"), depth = if (dirname(name) == ".") 0L else 1L)
}
for (name in c("bench/results", "bench/gpu", "docs/DESIGN", "docs/FORMAT", "README-ko")) page_of_markdown(name)
