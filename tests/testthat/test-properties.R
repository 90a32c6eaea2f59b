skip_if_no_torch()
skip_if_quick()

# Random cases, each known by its seed. A failure prints the line that repeats it first of all:
# PYTORCHBRIDGE_SEED is the seed to begin with.
SEEDS <- as.integer(Sys.getenv("PYTORCHBRIDGE_SEED", "1")) + 0:99

EDGE_VALUES <- list(
  logical = c(TRUE, FALSE),
  integer = c(0L, 1L, -1L, 255L, 256L, .Machine$integer.max, -.Machine$integer.max),
  double = c(0, -0, 1, -1.5, 0.1, 2^31, 2^53, 2^63, 1e300, 5e-324, 2^-1030, Inf, -Inf, NaN),
  complex = complex(real = c(0, -0, 1.5, Inf, NaN, 2^53), imaginary = c(-0, 2, 5e-324, 1, 0, -Inf)),
  raw = as.raw(c(0, 1, 127, 128, 255)),
  integer64 = integer64(c("0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775807"))
)

draw_dim <- function() {
  rank <- sample(0:4, 1)
  if (rank == 0) sample(0:9, 1) else sample(c(0:3, 5, 33), rank, TRUE, prob = c(1, 4, 4, 4, 4, 1))
}

# An array (or, of rank 1, a vector) of random type, shape and values.
draw <- function(type = sample(names(EDGE_VALUES), 1), dim = draw_dim(), na_share = 0) {
  edges <- EDGE_VALUES[[type]]
  n <- prod(dim)
  x <- edges[sample(length(edges), n, TRUE)]
  if (type == "double") {
    plain <- runif(n) < 0.5
    x[plain] <- rnorm(sum(plain)) * 10^sample(-20:20, sum(plain), TRUE)
  }
  if (na_share > 0) {
    x[runif(n) < na_share] <- NA
  }
  if (length(dim) > 1) {
    dim(x) <- dim
  }
  x
}

type_name <- function(x) if (inherits(x, "integer64")) "integer64" else typeof(x)

# Bits of everything, so that -0 and 0, NA and NaN differ.
bits_of <- function(x) {
  if (is.complex(x)) c(bits(Re(x)), bits(Im(x))) else if (is.double(x)) bits(x) else as.vector(x)
}

expect_same <- function(found, wanted) {
  expect_identical(type_name(found), type_name(wanted))
  expect_identical(dim(found), dim(wanted))
  if (length(wanted) > 0) {
    expect_identical(bits_of(found), bits_of(wanted))
  } else {
    expect_length(found, 0)
  }
}

# Runs the property for each seed; the first failure (expectations that fail are errors) ends it.
for_all_seeds <- function(name, property) {
  test_that(name, {
    for (seed in SEEDS) {
      set.seed(seed)
      tryCatch(property(), error = function(e) {
        command <- "tools/run -e 'testthat::test_file(\"tests/testthat/test-properties.R\")'"
        stop("repeat with PYTORCHBRIDGE_SEED=", seed, " ", command, "\n", conditionMessage(e), call. = FALSE)
      })
    }
  })
}

for_all_seeds("what goes to torch comes back, bit by bit", function() {
  x <- draw()
  tensor <- as_tensor(x, order = sample(c("C", "F"), 1))
  expect_identical(shape_of_tensor(tensor), as.double(if (is.null(dim(x))) length(x) else dim(x)))
  expect_same(as_r(tensor, type = type_name(x)), x)
})

for_all_seeds("NA is refused and counted, or comes as asked", function() {
  type <- sample(c("logical", "integer", "double", "integer64"), 1)
  x <- draw(type, na_share = runif(1))
  missing <- as.vector(is.na(x))
  if (type == "double") {
    expect_identical(as.vector(is.na(as_r(as_tensor(x)))), as.vector(is.na(x)))
    expect_identical(as.vector(is.nan(as_r(as_tensor(x)))), as.vector(is.nan(x)))
  } else if (any(missing)) {
    expect_says(as_tensor(x), "missing", paste(sum(missing), "missing value"))
    back <- as_r(as_tensor(x, na = 1L), type = type)
    filled <- x
    filled[missing] <- if (type == "logical") TRUE else 1L
    expect_same(back, filled)
  } else {
    expect_same(as_r(as_tensor(x), type = type), x)
  }
})

for_all_seeds("permuted and sliced tensors are what aperm and indices say", function() {
  dim <- sample(1:5, sample(2:4, 1), TRUE)
  x <- draw(dim = dim)
  slice <- reticulate::py_eval("lambda t, d, a, s: t[(slice(None),) * d + (slice(a, None, s),)]")
  order <- sample(length(dim))
  step <- sample(1:3, length(dim), TRUE)
  from <- vapply(dim, function(n) sample(n, 1), 1L)
  kept <- Map(function(n, from, step) seq(from, n, step), dim, from, step)
  tensor <- as_tensor(x, order = sample(c("C", "F"), 1))
  for (d in seq_along(dim)) {
    tensor <- slice(tensor, d - 1L, from[d] - 1L, step[d])
  }
  tensor <- tensor$permute(as.list(order - 1L))
  wanted <- do.call(`[`, c(list(array(seq_along(x), dim)), kept, drop = FALSE))
  wanted <- aperm(wanted, order)
  truth <- x[as.vector(wanted)]
  dim(truth) <- dim(wanted)
  expect_same(as_r(tensor, type = type_name(x)), truth)
})
