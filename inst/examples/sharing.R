# A tour of shared memory: R vectors on the memory of tensors, and tensors on the memory of R
# vectors, with their addresses.
#
#   tools/run inst/examples/sharing.R

suppressPackageStartupMessages(library(pytorchbridge))

heading <- function(text) {
  cat("\n", text, "\n", strrep("-", nchar(text)), "\n", sep = "")
}

# Each line of the block with its value, as at R's prompt.
run <- function(block) {
  for (line in as.list(substitute(block))[-1]) {
    writeLines(paste(">", deparse(line, width.cutoff = 500L)))
    result <- withVisible(eval(line, globalenv()))
    if (result$visible) print(result$value)
  }
}

# A call that must fail, with what it says.
refused <- function(call) {
  writeLines(paste(">", deparse(substitute(call))))
  error <- tryCatch(call, pytorchbridge_error = identity)
  stopifnot(inherits(error, "pytorchbridge_sharing_error"))
  writeLines(conditionMessage(error))
}

address <- function(x) tensor_info(x)$address
owner <- function(x) tensor_info(x)$owner

heading("1. NumPy's sharing: b follows add_() and does not follow add()")
run({
  a <- torch$ones(5L)
  b <- as_numpy(a)
  a$add_(1)
  b
  a <- a$add(1)
  b
})

heading("2. The same with an R vector: a view")
run({
  a <- torch$ones(5L, dtype = torch$float64)
  b <- as_r(a, copy = FALSE)
  c(tensor = address(a), view = address(b))
  c(is_view = is_view(b), shares = shares_memory(a, b))
  owner(b)
})
cat("\nadd_() writes to the memory that both show:\n")
run({
  invisible(a$add_(1))
  b
})
cat("\nadd() makes another tensor, elsewhere. The view keeps the memory of the first one:\n")
run({
  a <- a$add(1)
  b
  c(tensor = address(a), view = address(b))
})
stopifnot(identical(b, rep(2, 5)), is_view(b))

heading("3. Reading leaves a view a view; assigning makes an ordinary vector first")
run({
  a <- torch$arange(5L, dtype = torch$float64)
  b <- as_r(a, copy = FALSE)
  c(sum(b), mean(b), b[5], b %*% b)
  is_view(b)
  other <- b
  b[1] <- 100
  b
  c(b = is_view(b), other = is_view(other))
  c(tensor = address(a), b = address(b), other = address(other))
  a
})
stopifnot(is_view(other), identical(other, 0:4 + 0), identical(as_r(a), 0:4 + 0))

heading("4. Matrices: what lies column by column can be viewed")
run({
  m <- torch$arange(6L, dtype = torch$float64)$reshape(2L, 3L)
})
refused(as_r(m, copy = FALSE))
run({
  v <- as_r(m$t(), copy = FALSE)
  v
  c(tensor = address(m), view = address(v))
})

heading("5. The other way: a tensor on the memory of an R vector")
run({
  x <- c(1, 2, 3) + 0
  same <- x
  t <- as_tensor(x, copy = FALSE)
  c(x = address(x), tensor = address(t))
  owner(t)
})
cat("\nWhat writes to the tensor in place writes to x, under every name that the value has:\n")
run({
  invisible(t$mul_(10))
  x
  same
})
stopifnot(identical(x, c(10, 20, 30)), identical(same, x))
cat("\nAssigning in R makes x another vector; the tensor keeps the first one:\n")
run({
  x[1] <- 0
  c(x = address(x), tensor = address(t))
  t
})
refused(as_tensor(1:3, copy = FALSE))
refused(as_tensor(TRUE, copy = FALSE))

heading("6. Nothing dangles")
run({
  v <- as_r(torch$ones(100000L, dtype = torch$float64), copy = FALSE)
  t <- as_tensor(rnorm(100000), copy = FALSE)
  invisible(gc())
  sum(v)
  t$numel()
  back <- unserialize(serialize(v, NULL))
  c(view = is_view(v), back = is_view(back), equal = identical(v, back))
})

heading("7. No time, whatever the length")
seconds <- function(code) {
  code <- substitute(code)
  frame <- parent.frame()
  times <- vapply(1:9, function(i) system.time(for (j in 1:100) eval(code, frame))[["elapsed"]] / 100, 0)
  sprintf("%.0f microseconds", median(times) * 1e6)
}
small <- torch$zeros(1000L, dtype = torch$float64)
large <- torch$zeros(100000000L, dtype = torch$float64)
cat("a view of 1,000 elements:        ", seconds(as_r(small, copy = FALSE)), "\n")
cat("a view of 100,000,000 elements:  ", seconds(as_r(large, copy = FALSE)), "\n")
x <- numeric(1000)
y <- numeric(1e8)
cat("a loan of 1,000 elements:        ", seconds(as_tensor(x, copy = FALSE)), "\n")
cat("a loan of 100,000,000 elements:  ", seconds(as_tensor(y, copy = FALSE)), "\n")
