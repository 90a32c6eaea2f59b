# Builds the website into ../site, in a copy of the checkout: run by tools/site. Needs no network.

options(pkgdown.internet = FALSE, width = 80)
override <- list(destination = "../site")
pkgdown::build_site(override = override, devel = FALSE, preview = FALSE, new_process = FALSE, install = FALSE)

# What the pages link to and pkgdown does not make pages of, in the site's style.
site <- pkgdown::as_pkgdown(".", override = override)
page_of_markdown <- function(name) {
  lines <- system2("pandoc", c("--from", "gfm", "--no-highlight", paste0(name, ".md")), stdout = TRUE)
  Encoding(lines) <- "UTF-8"
  is_title <- grepl("^<h1", lines)
  body <- gsub("\\.md([#\"])", ".html\\1", paste(lines[!is_title], collapse = "\n"))
  dir.create(file.path("../site", dirname(name)), showWarnings = FALSE)
  data <- list(pagetitle = gsub("<[^>]*>", "", lines[is_title][1]), body = body)
  pkgdown::render_page(site, "title-body", data, paste0(name, ".html"), depth = 1L)
}
for (name in c("bench/results", "bench/gpu", "docs/DESIGN", "docs/FORMAT")) page_of_markdown(name)
