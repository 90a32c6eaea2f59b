# Runs the README's code that shows output, and ends 0 only if it still prints what the README says: run by tools/site.

library(pytorchbridge)
knitr::opts_chunk$set(collapse = TRUE, comment = "#>", error = TRUE)
options(width = 80)

lines <- readLines("README.md", encoding = "UTF-8")
fences <- grep("^```", lines)
blocks <- Map(function(from, to) lines[from:to], fences[c(TRUE, FALSE)], fences[c(FALSE, TRUE)])
blocks <- Filter(function(block) block[1] == "```r" && any(grepl("^#>", block)), blocks)
for (block in blocks) {
  source <- c("```{r}", grep("^#>", block[-1], value = TRUE, invert = TRUE))
  printed <- strsplit(knitr::knit(text = source, quiet = TRUE, envir = globalenv()), "\n")[[1]]
  if (!identical(printed[nzchar(printed)], block[nzchar(block)])) {
    stop("README.md shows\n", paste(block, collapse = "\n"), "\nand R prints\n", paste(printed, collapse = "\n"))
  }
}
cat(length(blocks), "pieces of the README's code print what it says\n")
