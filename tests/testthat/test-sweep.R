skip_if_no_torch()

# Base R's functions beside plain R: see sweep/sweep.R.
for (file in c("sweep.R", "page.R")) source(test_path("sweep", file), local = TRUE)
tables <- read_tables(test_path("sweep"))

needs_of <- function(row) if (is.null(row$needs)) "" else row$needs

for (table in tables) {
  needs <- vapply(table$rows, needs_of, "")
  for (package in unique(needs)) {
    test_that(paste0("the sweep, ", table$title, if (nzchar(package)) paste(" with", package)), {
      if (nzchar(package)) skip_if_not_installed(package)
      results <- run_rows(table$rows[needs == package])
      wrong <- results[!is_as_said(results), ]
      expect(nrow(wrong) == 0, paste(utils::capture.output(print(wrong, row.names = FALSE)), collapse = "\n"))
    })
  }
}

test_that("the sweep has calls enough, and finds what is silently different", {
  calls <- sum(vapply(tables, function(table) sum(lengths(lapply(table$rows, function(row) row$arrays))), 0))
  expect_gt(calls, 350)
  made_up <- on(list(c(3, 1)), value = typeof(x), tensor = x + x)
  expect_identical(is_silent(run_rows(made_up)), c(TRUE, FALSE))
})

# In a checkout the page is compared as it is written; where there is only the installed package, by its calls.
test_that("the help page is made of the tables", {
  written <- test_path("..", "..", "R", "tensors-and-base-r.R")
  if (file.exists(written)) {
    expect_identical(readLines(written, encoding = "UTF-8"), page_lines(tables))
    return()
  }
  page <- tools::Rd_db("pytorchbridge")[["tensors-and-base-r.Rd"]]
  skip_if(is.null(page), "the package is installed without its help pages")
  bare <- function(text) gsub("[\\\\[:space:]]", "", text)
  text <- bare(paste(as.character(page), collapse = ""))
  rows <- unlist(lapply(tables, function(table) table$rows), recursive = FALSE)
  for (row in Filter(function(row) !row$outcome %in% c("tensor", "value"), rows)) {
    expect_true(grepl(bare(text_of(row$call)), text, fixed = TRUE), label = text_of(row$call))
  }
})
