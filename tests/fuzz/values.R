# Random values and shapes, and how values are compared.

TYPES <- c("double", "integer", "complex", "raw", "logical")

# What an R value of a type becomes in a tensor that copies it, and in one that borrows its memory.
COPIED <- c(double = "float64", integer = "int64", complex = "complex128", raw = "uint8", logical = "bool")
BORROWED <- c(double = "float64", integer = "int32", complex = "complex128", raw = "uint8")

random_shape <- function() {
  if (chance(0.2)) {
    return(sample(c(500L, 5000L), 1))
  }
  sample(0:6, sample(1:3, 1, prob = c(4, 4, 2)), replace = TRUE, prob = c(1, rep(3, 6)))
}

chance <- function(p) runif(1) < p

one_of <- function(x) x[[sample.int(length(x), 1)]]

random_values <- function(type, n) {
  switch(type,
    double = as.double(ifelse(runif(n) < 0.9, sample(-9:9, n, replace = TRUE), odd_doubles(n))),
    integer = sample(-9:9, n, replace = TRUE),
    complex = complex(real = sample(-9:9, n, replace = TRUE), imaginary = sample(-9:9, n, replace = TRUE)),
    raw = as.raw(sample(0:255, n, replace = TRUE)),
    logical = sample(c(TRUE, FALSE), n, replace = TRUE)
  )
}

odd_doubles <- function(n) {
  sample(c(NA, NaN, Inf, -Inf, -0, 1e-310, 1.5, 2^53, -2^53 - 2, 1e300), n, replace = TRUE)
}

# With a dim where there are several dimensions, as as_r() gives them.
shaped <- function(values, shape) {
  if (length(shape) > 1) array(values, shape) else values
}

# In memory of its own, that nothing else can write to.
own_copy <- function(x) unserialize(serialize(x, NULL))

# Equal, with one NaN like another: arithmetic may choose between their bits.
same <- function(got, want) {
  if (typeof(got) != typeof(want) || length(got) != length(want) || !identical(dim(got), dim(want))) {
    return(FALSE)
  }
  if (is.raw(want)) {
    return(identical(as.vector(got), as.vector(want)))
  }
  missing <- is.na(want)
  identical(as.vector(is.na(got)), as.vector(missing)) && all(got[!missing] == want[!missing])
}

# To the last bits of double arithmetic, whose order of additions may differ.
close_to <- function(got, want) {
  length(got) == length(want) && identical(as.vector(is.na(got)), as.vector(is.na(want))) &&
    isTRUE(all.equal(as.vector(got), as.vector(want), tolerance = 1e-12, check.attributes = FALSE))
}

show <- function(x) {
  text <- paste(deparse(x, nlines = 4L), collapse = " ")
  if (nchar(text) > 300) paste0(substr(text, 1, 300), "...") else text
}

expect <- function(ok, what, got, want) {
  if (!isTRUE(ok)) {
    stop(what, ": got ", show(got), ", not ", show(want), call. = FALSE)
  }
  counts$checks <- counts$checks + 1
}

expect_same <- function(got, want, what) expect(same(got, want), what, got, want)
expect_close <- function(got, want, what) expect(close_to(got, want), what, got, want)

# A call that must fail, with a condition of the package.
expect_error <- function(code, what) {
  condition <- tryCatch(
    {
      code
      NULL
    },
    error = identity
  )
  expect(inherits(condition, "pytorchbridge_error"), what, condition, "a pytorchbridge_error")
}
