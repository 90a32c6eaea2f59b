# Measures pytorchbridge beside its peers, everything in turn in one process, and writes results.md
# and charts. Run it through tools/bench.

suppressPackageStartupMessages(library(pytorchbridge))
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
quick <- "--quick" %in% commandArgs(TRUE)
for (file in c("measure.R", "peers.R", "calls.R", "loaders.R", "keep.R", "report.R")) source(file.path(here, file))
compile_memcpy(here)

# ---- sizes ----------------------------------------------------------------------------------------

rounds <- if (quick) 3L else 9L
rows <- if (quick) 1000L else 4000L
columns <- if (quick) 1500L else 5000L
elements <- as.double(rows) * columns
longest <- if (quick) 1e6 else 1e8 # of the growth
view_length <- 1e8
memory_elements <- if (quick) 4e6 else 1e8
loop_length <- if (quick) 50 else 1000

# ---- large tensors to R ---------------------------------------------------------------------------

random <- function(...) py_torch$rand(..., dtype = py_torch$float64)
invisible(py_torch$manual_seed(1L))
elements_int <- as.integer(elements)

for (dtype in c("float64", "float32", "int64", "bool", "uint8", "int32", "bfloat16")) {
  t <- random(elements_int)$mul(100)$to(py_torch[[dtype]])
  x <- as_r(t)
  size <- if (is.double(x)) 8 else 4
  peer <- if (dtype == "bfloat16") reticulate_bfloat16_to_r else reticulate_to_r
  seconds <- compare(paste0("as_r, contiguous ", dtype), list(
    as_r = function() as_r(t),
    reticulate = function() peer(t),
    rpy2 = if (dtype %in% c("float64", "int32")) rpy2_to_r(t),
    "x + 0" = if (dtype == "float64") function() x + 0,
    memcpy = function() memcpy_of(x, size * elements)
  ))
  limit <- if (dtype %in% c("float64", "float32", "int64")) 3 else 2
  goal(paste0("`as_r` of contiguous ", dtype, " over `py_to_r(t$numpy())`"),
    seconds[["reticulate"]] / seconds[["as_r"]], limit, "faster", "x faster")
  if (dtype == "float64") {
    goal("`as_r` of contiguous float64 over memcpy into fresh huge-page memory",
      seconds[["as_r"]] / seconds[["memcpy"]], 1.5, "most", "x the time")
  }
}

for (dtype in c("float32", "float64")) {
  t <- random(rows, columns)$to(py_torch[[dtype]])
  x <- as_r(t)
  seconds <- compare(paste0("as_r, row-major matrix, ", dtype), list(
    as_r = function() as_r(t),
    reticulate = function() reticulate_to_r(t),
    rpy2 = if (dtype == "float64") rpy2_to_r(t),
    "x + 0" = function() x + 0,
    memcpy = function() memcpy_of(x)
  ))
  goal(paste0("`as_r` of a row-major ", dtype, " matrix over `py_to_r(t$numpy())`"),
    seconds[["reticulate"]] / seconds[["as_r"]], 5, "faster", "x faster")
}

# ---- large R values to tensors --------------------------------------------------------------------

m <- matrix(stats::runif(elements), rows, columns)
seconds <- compare("as_tensor, double matrix to row-major float32", list(
  as_tensor = function() as_tensor(m, dtype = "float32"),
  reticulate = function() {
    py_torch$from_numpy(reticulate::r_to_py(m))$to(py_torch$float32)$contiguous()
  },
  memcpy = function() memcpy_of(m, 4 * elements)
))
goal("`as_tensor` of a double matrix to row-major float32 over `torch$from_numpy(r_to_py(m))$to(torch$float32)$contiguous()`",
  seconds[["reticulate"]] / seconds[["as_tensor"]], 2, "faster", "x faster")

compare("as_tensor, double matrix to row-major float64", list(
  as_tensor = function() as_tensor(m),
  reticulate = function() py_torch$from_numpy(reticulate::r_to_py(m))$contiguous(),
  memcpy = function() memcpy_of(m)
))
v <- as.vector(m)
compare("as_tensor, double vector to float64", list(
  as_tensor = function() as_tensor(v),
  reticulate = function() py_torch$from_numpy(reticulate::r_to_py(array(v)))$clone(),
  rpy2 = rpy2_to_tensor(v),
  memcpy = function() memcpy_of(v)
))
rm(m, v, t, x)

x <- stats::runif(1e6)
compare("as_tensor, double vector of 1e6", list(
  as_tensor = function() as_tensor(x),
  list = function() list_to_tensor(x),
  "torch$tensor(x)" = function() py_torch$tensor(x),
  reticulate = function() py_torch$from_numpy(reticulate::r_to_py(array(x))),
  "x + 0" = function() x + 0,
  memcpy = function() memcpy_of(x)
))

# ---- sharing, and small calls ---------------------------------------------------------------------

short <- py_torch$ones(1000L, dtype = py_torch$float64)
long <- py_torch$ones(as.integer(view_length), dtype = py_torch$float64)
seconds <- compare("as_r(t, copy = FALSE), by length", list(
  "1e3" = function() as_r(short, copy = FALSE), "1e8" = function() as_r(long, copy = FALSE)
), 15L, n = if (quick) 40 else 2000) # so many that R's collector falls on both alike
goal("views: time at 1e8 over time at 1e3", seconds[["1e8"]] / seconds[["1e3"]], 1.5, "most", "x the time")
short_x <- as_r(short)
long_x <- as_r(long)
seconds <- compare("as_tensor(x, copy = FALSE), by length", list(
  "1e3" = function() as_tensor(short_x, copy = FALSE), "1e8" = function() as_tensor(long_x, copy = FALSE)
), 15L, n = if (quick) 40 else 2000)
goal("borrows: time at 1e8 over time at 1e3", seconds[["1e8"]] / seconds[["1e3"]], 1.5, "most", "x the time")
rm(long, long_x)

three <- c(1, 2, 3)
t <- py_torch$tensor(three, dtype = py_torch$float64)
seconds <- compare("as_r, 3 elements", list(
  as_r = function() as_r(t),
  reticulate = function() reticulate_to_r(t),
  rpy2 = rpy2_to_r(t)
), 15L, n = if (quick) 40 else 200)
goal("3 elements: `as_r(t)` over `py_to_r(t$numpy())`", seconds[["as_r"]] / seconds[["reticulate"]], 0.6, "most", "x the time")
seconds <- compare("as_tensor, 3 elements", list(
  as_tensor = function() as_tensor(three),
  "torch$tensor(x)" = function() py_torch$tensor(three),
  reticulate = function() py_torch$from_numpy(reticulate::r_to_py(array(three))),
  list = function() list_to_tensor(three)
), 15L, n = if (quick) 40 else 200)
goal("3 elements: `as_tensor(c(1, 2, 3))` over `torch$tensor(c(1, 2, 3))`",
  seconds[["as_tensor"]] / seconds[["torch$tensor(x)"]], 0.8, "most", "x the time")

# ---- calls, beside Python's own ---------------------------------------------------------------------

say("small calls")
judge_calls(if (quick) 3L else 9L)
judge_loaders(if (quick) 3L else 9L)

# ---- saved, shared, in files ------------------------------------------------------------------------

say("saved, shared and in files")
kept <- measure_keeping(quick)
for (i in seq_len(nrow(kept))) goal(kept$what[i], kept$value[i], kept$limit[i], "most", kept$unit[i])

# ---- growth ---------------------------------------------------------------------------------------

growth <- do.call(rbind, lapply(10^seq(2, log10(longest)), function(n) {
  t <- py_torch$rand(as.integer(n), dtype = py_torch$float64)
  x <- as_r(t)
  copies <- per_call(list(
    "as_r(t)" = function() as_r(t),
    "as_tensor(x)" = function() as_tensor(x),
    "py_to_r(t$numpy())" = function() reticulate_to_r(t),
    "from_numpy(r_to_py(x))" = function() py_torch$from_numpy(reticulate::r_to_py(array(x))),
    "from_numpy(np$array(x))" = if (n <= 1e6) function() list_to_tensor(x)
  ), 5L, max(1, min(if (quick) 20 else 200, 1e5 / n)))
  views <- per_call(list("as_r(t, copy = FALSE)" = function() as_r(t, copy = FALSE)), 5L, 50)
  seconds <- c(copies, views)
  say("growth, ", format(n, scientific = TRUE))
  data.frame(n = n, way = names(seconds), seconds = unname(seconds))
}))

# ---- memory ---------------------------------------------------------------------------------------

say("peak memory")
rscript <- file.path(R.home("bin"), "Rscript")
case_names <- system2(rscript, c(file.path(here, "memory.R"), "names", "4"), stdout = TRUE)
if (quick) case_names <- case_names[c(1, 3, 9, 12)]
memory <- do.call(rbind, lapply(case_names, function(name) {
  found <- memory_of_case(here, shQuote(name), memory_elements)
  data.frame(what = name, peak = found[1], result = found[2], extra = found[1] / found[2] - 1)
}))
own <- !startsWith(memory$what, "reticulate")
goal("extra memory beyond the result, the worst direction and layout", 100 * max(memory$extra[own]), 1, "most", "%")

loops <- c("loop of as_tensor()", "loop of t + 1", "loop of torch$add(t, 1)", "reticulate: loop of t$add(1)")
if (quick) loops <- loops[1:2]
loop_peaks <- do.call(rbind, lapply(loops, function(name) {
  length <- if (name %in% loops[1:2]) loop_length else min(loop_length, 50)
  say(name)
  data.frame(what = name, length = length, peak = memory_of_case(here, shQuote(name), length)[2])
}))
for (i in 1:2) {
  goal(paste0(loop_peaks$what[i], ", ", loop_peaks$length[i], " results of 100 MB: peak resident memory"),
    loop_peaks$peak[i] / 1e9, 1.5, "most", "GB")
}

# ---- report ---------------------------------------------------------------------------------------

output <- if (quick) file.path(here, "quick") else here
dir.create(output, showWarnings = FALSE)
write_report(output, do.call(rbind, rows_met), do.call(rbind, times), memory, loop_peaks)
draw_charts(output, do.call(rbind, times), growth)
say("wrote ", output)
