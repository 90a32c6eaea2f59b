# Of transfers.py's table the rows of R; see tools/gpu.

suppressPackageStartupMessages(library(pytorchbridge))
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
transfers <- reticulate::import_from_path("transfers", here)

speeds <- transfers$pinned_speeds()
elements <- transfers$ELEMENTS
device <- transfers$device()
x <- as.double(seq_len(elements))
t <- as_tensor(x, device = device)
stopifnot(identical(as_r(t), x))

# As in Python: of the fastest of some rounds.
fastest <- function(call) {
  seconds <- vapply(seq_len(transfers$ROUNDS), function(round) {
    system.time({
      result <- call()
      transfers$module()$synchronize()
    })[["elapsed"]]
  }, 0)
  8 * elements / min(seconds) / 1e9
}
cat(transfers$line("as_tensor(x, device)", fastest(function() as_tensor(x, device = device)), speeds[[1]]), "\n")
cat(transfers$line("as_r(tensor)", fastest(function() as_r(t)), speeds[[2]]), "\n")
