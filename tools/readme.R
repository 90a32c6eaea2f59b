# Runs the README's code that shows output, in English and Korean, and ends 0 only if it still prints what the
# README says: run by tools/site.

library(pytorchbridge)
knitr::opts_chunk$set(collapse = TRUE, comment = "#>", error = TRUE)
options(width = 80)

blocks_of <- function(file) {
  lines <- readLines(file, encoding = "UTF-8")
  fences <- grep("^```", lines)
  blocks <- Map(function(from, to) lines[from:to], fences[c(TRUE, FALSE)], fences[c(FALSE, TRUE)])
  Filter(function(block) block[1] == "```r" && any(grepl("^#>", block)), blocks)
}

for (file in c("README.md", "README-ko.md")) {
  blocks <- blocks_of(file)
  for (block in blocks) {
    source <- c("```{r}", grep("^#>", block[-1], value = TRUE, invert = TRUE))
    printed <- strsplit(knitr::knit(text = source, quiet = TRUE, envir = globalenv()), "\n")[[1]]
    if (!identical(printed[nzchar(printed)], block[nzchar(block)])) {
      stop(file, " shows\n", paste(block, collapse = "\n"), "\nand R prints\n", paste(printed, collapse = "\n"))
    }
  }
  cat(length(blocks), "pieces of code in", file, "print what it says\n")
}
