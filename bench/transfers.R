# Of transfers.py's table the rows of R; see tools/gpu.

suppressPackageStartupMessages(library(pytorchbridge))
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
transfers <- reticulate::import_from_path("transfers", here)

speeds <- transfers$pinned_speeds()
elements <- transfers$ELEMENTS
device <- transfers$device()
synchronize <- transfers$module()$synchronize
x <- stats::runif(elements)
t <- as_tensor(x, device = device)
stopifnot(identical(as_r(t), x))
m <- matrix(x, 2^13)
tm <- as_tensor(m, device = device)
stopifnot(identical(as_r(tm), m))

# As in Python: of the fastest of some rounds, each with what the last one took given back.
fastest <- function(call) {
  seconds <- vapply(seq_len(transfers$ROUNDS), function(round) {
    gc()
    start <- Sys.time()
    result <- call()
    synchronize()
    as.double(Sys.time() - start, units = "secs")
  }, 0)
  8 * elements / min(seconds) / 1e9
}
row <- function(name, call, most) cat(transfers$line(name, fastest(call), most), "\n", sep = "")
row("R: as_tensor(x, device)", function() as_tensor(x, device = device), speeds[[1]])
row("R: as_tensor(matrix, device)", function() as_tensor(m, device = device), speeds[[1]])
single <- function() as_tensor(x, dtype = "float32", device = device)
row("R: as_tensor(x, \"float32\", device), R's bytes", single, speeds[[1]])
i <- rev(seq_len(2 * elements))
row("R: as_tensor(integers, device), R's bytes", function() as_tensor(i, device = device), speeds[[1]])
row("R: as_tensor(x)$to(device)", function() as_tensor(x)$to(device), speeds[[1]])
row("R: as_r(tensor)", function() as_r(t), speeds[[2]])
row("R: as_r(matrix)", function() as_r(tm), speeds[[2]])
ts <- single()
row("R: as_r(float32 tensor), R's bytes", function() as_r(ts), speeds[[2]])
row("R: as_r(tensor$cpu())", function() as_r(t$cpu()), speeds[[2]])
