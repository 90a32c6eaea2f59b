# tools/sweep [--page]: runs the sweep and prints its counts; with --page it writes the help page first. Ends 0 only if
# no row is silently different, and each is as its table says.
suppressMessages(library(pytorchbridge))
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "sweep.R"))
source(file.path(here, "page.R"))
tables <- read_tables(here)
if ("--page" %in% commandArgs(TRUE)) {
  writeLines(page_lines(tables), file.path(here, "..", "..", "..", "R", "tensors-and-base-r.R"))
}
results <- lapply(tables, function(table) run_rows(table$rows))
counts <- vapply(results, function(found) {
  kinds <- factor(found$found, OUTCOMES)
  c(calls = nrow(found), table(kinds), skipped = sum(grepl("^skipped", found$found)), silent = sum(is_silent(found)))
}, numeric(9))
print(cbind(counts, all = rowSums(counts)))
wrong <- do.call(rbind, lapply(results, function(found) found[!is_as_said(found), ]))
if (nrow(wrong) > 0) print(wrong, row.names = FALSE)
skipped <- unlist(lapply(results, function(found) grep("^skipped", found$found, value = TRUE)))
if (length(skipped) > 0) print(table(skipped))
cat(sprintf("%d calls, %d silently different\n", sum(counts["calls", ]), sum(counts["silent", ])))
quit(status = as.integer(nrow(wrong) > 0))
