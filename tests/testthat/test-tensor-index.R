skip_if_no_torch()

# A generator draws an array, indices and a call; what R does with the array is the truth.
draw_index <- function(extent) {
  kind <- sample(c(
    "missing", "one", "one", "range", "step", "some", "again", "negative", "one negative", "zero",
    "with zero", "mask", "short mask", "true", "none", "null", "fractions", "tensor", "mask tensor",
    "factor"
  ), 1)
  some <- function(n) sample.int(extent, n, replace = TRUE)
  if (extent == 0 && kind %in% c("one", "range", "step", "some", "again", "with zero", "fractions",
    "tensor", "factor", "true", "short mask")) {
    kind <- "none"
  }
  switch(kind,
    missing = quote(expr = ), # nolint
    one = some(1) * 1,
    range = do.call(`:`, as.list(sort(some(2)))),
    step = seq(some(1), extent, by = sample(3, 1)),
    some = sample.int(extent),
    again = some(extent + 2),
    negative = -sample.int(extent + 1, min(2, extent + 1)),
    `one negative` = -sample.int(extent + 2, 1),
    zero = 0,
    `with zero` = c(0, some(3), 0L),
    mask = sample(c(TRUE, FALSE), extent, replace = TRUE),
    `short mask` = sample(c(TRUE, FALSE), min(2, extent), replace = TRUE),
    true = sample(c(TRUE, FALSE), 1),
    none = integer(),
    null = NULL,
    fractions = some(2) + 0.9,
    tensor = as_tensor(some(3)),
    `mask tensor` = as_tensor(sample(c(TRUE, FALSE), extent, replace = TRUE)),
    factor = factor(some(2), levels = seq_len(extent))
  )
}

draw_shape <- function(ndim) sample(0:5, ndim, replace = TRUE, prob = c(1, 3, 4, 4, 4, 4))

for_r <- function(index) {
  if (is_tensor(index)) as_r(index) else index
}

# The indices as arguments of a call; a missing one stays missing.
call_with <- function(generic, x, indices, ...) {
  do.call(generic, c(list(x), indices, list(...)))
}

# A 1-d array of R is a vector here, as it is from as_r().
plain <- function(x) if (length(dim(x)) == 1) as.vector(x) else x

# What R selects, or NULL where R fails or gives NA, which is no value of the array.
r_selects <- function(x, indices, drop) {
  tryCatch(
    {
      found <- plain(call_with(`[`, x, lapply(indices, for_r), drop = drop))
      if (anyNA(found)) NULL else found
    },
    error = function(e) NULL
  )
}

draw_case <- function() {
  ndim <- sample(4, 1)
  shape <- draw_shape(ndim)
  x <- array(seq_len(prod(shape)) * 3L, shape)
  form <- sample(c("each", "each", "linear", "points"), 1)
  indices <- if (form == "each") {
    lapply(shape, draw_index)
  } else if (form == "linear" || ndim == 1 || any(shape == 0)) {
    list(draw_index(prod(shape)))
  } else {
    list(vapply(shape, function(n) sample.int(n, 4, replace = TRUE), integer(4)))
  }
  order <- if (sample(2, 1) == 1) "C" else "F"
  list(x = x, indices = indices, drop = sample(c(TRUE, TRUE, FALSE), 1), order = order)
}

test_that("what is selected is what R selects, for drawn arrays and indices", {
  skip_if_quick()
  set.seed(20)
  found <- c(selected = 0, refused = 0)
  for (k in 1:700) {
    case <- draw_case()
    wanted <- r_selects(case$x, case$indices, case$drop)
    tensor <- as_tensor(case$x, order = case$order)
    if (is.null(wanted)) {
      found["refused"] <- found["refused"] + 1
      expect_error(
        call_with(`[`, tensor, case$indices, drop = case$drop),
        class = "pytorchbridge_subscript_error"
      )
      next
    }
    found["selected"] <- found["selected"] + 1
    result <- call_with(`[`, tensor, case$indices, drop = case$drop)
    label <- deparse1(lapply(case$indices, for_r))
    expect_identical(as_r(result, type = "integer"), wanted, label = label)
    # The same shape as a tensor of R's result has.
    shape <- if (is.null(dim(wanted))) length(wanted) else dim(wanted)
    expect_identical(dim(result), shape, label = label)
  }
  expect_gt(found[["selected"]], 450)
})

test_that("what is assigned is what R assigns, for drawn arrays, indices and values", {
  skip_if_quick()
  set.seed(21)
  written <- 0
  for (k in 1:700) {
    case <- draw_case()
    selected <- r_selects(case$x, case$indices, FALSE)
    if (is.null(selected)) next
    n <- length(selected)
    divisors <- Filter(function(d) n %% d == 0, seq_len(max(n, 1)))
    value <- sample.int(1000L, divisors[sample.int(length(divisors), 1)]) + 1000L
    if (length(value) == n && n > 0 && sample(2, 1) == 1) dim(value) <- dim(selected)
    wanted <- call_with(`[<-`, case$x, lapply(case$indices, for_r), value = value)
    tensor <- as_tensor(case$x, order = case$order)
    given <- if (sample(3, 1) == 1) as_tensor(value) else value
    result <- call_with(`[<-`, tensor, case$indices, value = given)
    label <- deparse1(lapply(case$indices, for_r))
    expect_identical(as_r(tensor, type = "integer"), plain(wanted), label = label)
    expect_identical(result$data_ptr(), tensor$data_ptr())
    written <- written + 1
  }
  expect_gt(written, 450)
})

test_that("an index that R would write beyond the end for is refused, and nothing is written", {
  for (make in list(function() as_tensor(1:6), function() as_tensor(matrix(1:6, 2)))) {
    tensor <- make()
    expect_says(tensor[7] <- 1L, "subscript", "Index 7 is out of range: the tensor has 6 elements, with indices")
    expect_says(tensor[c(1, 9)] <- 1L, "subscript", "Index 9")
    expect_says(tensor[1:2] <- 1:3, "subscript", "3 values cannot fill 2 elements")
    expect_says(tensor[1:2] <- integer(), "subscript", "0 values cannot fill 2 elements")
    expect_identical(as.integer(tensor), 1:6)
  }
})

test_that("errors name the index and the extent", {
  x <- as_tensor(matrix(1:6, 2))
  expect_says(x[3, 1], "subscript", "Index 3 is out of range: dimension 1 has 2 elements, with indices from 1 to")
  expect_says(x[1, 2:4], "subscript", "Index 4 is out of range: dimension 2 has 3 elements, with indices from 1 to")
  expect_says(x[, c(1, 9, 2)], "subscript", "Index 9", "dimension 2 has 3 elements")
  expect_says(x[as_tensor(c(1L, 5L)), ], "subscript", "Index 5", "dimension 1 has 2 elements")
  expect_says(x[matrix(c(1, 2, 1, 4), 2)], "subscript", "Index 4", "dimension 2 has 3 elements")
  expect_says(x[c(TRUE, FALSE, TRUE), ], "subscript", "mask of 3 values", "dimension 1 has 2")
  expect_says(x[1, 1, 1], "subscript", "3 indices for 2 dimensions")
  expect_says(as_tensor(1:3)[1, 1], "subscript", "2 indices for 1 dimension")
  expect_says(x[c(-1, 1), ], "subscript", "cannot be mixed")
  expect_says(x["a", ], "subscript", "Index 1 is a name (\"a\")")
  expect_says(x[, 1i], "subscript", "Index 2 is of class complex")
  expect_says(x[1e300], "subscript", "out of range")
  expect_says(x[, Inf], "subscript", "out of range")
  expect_says(x[as_tensor(1.5)], "subscript", "float64")
  expect_says(x[matrix(c(-1, 1), 1)], "subscript", "negative")
  expect_says(x[1, , drop = NA], "subscript", "`drop`")
})

test_that("a missing index value is an error", {
  x <- as_tensor(matrix(1:6, 2))
  expect_says(x[NA, 1], "missing", "Index 1", "[1]")
  expect_says(x[1, c(1, NA)], "missing", "Index 2", "[2]")
  expect_says(x[c(TRUE, NA), 1], "missing", "Index 1")
  expect_says(x[c(1L, NA)], "missing", "Index 1")
})

test_that("[[ gives one element as a 0-d tensor, and attributes by name", {
  x <- as_tensor(matrix(1:6, 2))
  expect_identical(dim(x[[2, 3]]), integer())
  expect_identical(as_r(x[[2, 3]]), 6)
  expect_identical(as_r(x[[3]]), 3)
  expect_identical(as_r(as_tensor(7L, shape = integer())[[1]]), 7)
  expect_identical(unlist(x[["ndim"]]), 2L)
  expect_says(x[[1:2, 1]], "subscript", "[[ ]]")
  expect_says(x[[]], "subscript", "[[ ]]")
  expect_says(x[[9]], "subscript", "Index 9")
  x[[2, 1]] <- 20L
  x[[5]] <- 50L
  expect_identical(as_r(x, type = "integer"), matrix(c(1L, 20L, 3L, 4L, 50L, 6L), 2))
  expect_says(x[[1]] <- 1:2, "subscript", "one value")
  expect_says(x[[1:2]] <- 1L, "subscript", "[[ ]]")
})

test_that("numbers, ranges and gaps give views of memory; other indices do not", {
  x <- as_tensor(matrix(1:12, 3))
  flat <- as_tensor(1:10)
  expect_true(shares_memory(x[2, ], x))
  expect_false(shares_memory(x[1:2, c(4, 2)], x))
  expect_true(shares_memory(x[, 2:3], x))
  expect_true(shares_memory(x[1:3, seq(1, 4, 2)], x))
  expect_true(shares_memory(x[5], x))
  expect_true(shares_memory(x[[5]], x))
  expect_true(shares_memory(flat[seq(2, 8, 3)], flat))
  expect_true(shares_memory(flat[-1], flat))
  expect_false(shares_memory(flat[c(3, 1)], flat))
  expect_false(shares_memory(flat[flat > 2L], flat))
  y <- x[2, ]
  y[1] <- 99L
  expect_identical(as_r(x, type = "integer")[2, 1], 99L)
})

test_that("values are converted to the dtype, or refused if they would change", {
  long <- as_tensor(1:3)
  expect_says(long[2] <- 1.5, "lossy", "1.5", "int64")
  expect_says(long[1:2] <- c(1, 2.5), "lossy", "2.5")
  expect_says(long[1] <- NaN, "lossy", "nan")
  expect_says(long[1] <- NA, "missing", "int64")
  expect_says(long[1:2] <- c(1L, NA), "missing", "[2]")
  expect_says(long[1] <- 1i, "lossy")
  expect_says(long[1] <- "a", "dtype", "character")
  long[2] <- 20
  expect_identical(as_r(long), c(1, 20, 3))
  byte <- as_tensor(as.raw(1:3))
  expect_says(byte[1] <- 300L, "lossy", "300", "uint8")
  expect_says(byte[1] <- -1, "lossy", "-1")
  expect_identical(as_r(byte), 1:3)
  bool <- as_tensor(c(TRUE, FALSE))
  expect_says(bool[1] <- 2L, "lossy", "bool")
  bool[2] <- 1
  expect_identical(as_r(bool), c(TRUE, TRUE))
  double <- as_tensor(c(1, 2, 3))
  double[1] <- NA
  double[2] <- Inf
  expect_identical(bits(as_r(double))[1], NA_BITS)
  expect_identical(as_r(double)[2:3], c(Inf, 3))
  float <- as_tensor(c(1, 2), dtype = "float32")
  float[1:2] <- c(NA, 0.1)
  expect_true(is.nan(as_r(float)[1]))
  expect_equal(as_r(float)[2], 0.1, tolerance = 1e-7)
  expect_says(float[1] <- 1e300, "lossy", "float32")
  double <- torch$zeros(3L, dtype = torch$float64)
  double[] <- c(1, NA, NaN)
  expect_identical(bits(as_r(double)), bits(c(1, NA, NaN)))
  double[1] <- NA
  double[3] <- NA_integer_
  expect_identical(is.na(as_r(double)) & !is.nan(as_r(double)), c(TRUE, TRUE, TRUE))
})

test_that("a tensor assigned to a part of itself is read before it is written", {
  x <- as_tensor(1:10)
  truth <- 1:10
  x[2:10] <- x[1:9]
  truth[2:10] <- truth[1:9]
  expect_identical(as_r(x, type = "integer"), truth)
  x[1:9] <- x[2:10]
  truth[1:9] <- truth[2:10]
  expect_identical(as_r(x, type = "integer"), truth)
})

test_that("every dtype is read and written by numbers, ranges, masks and vectors", {
  for (dtype in available(setdiff(ALL_DTYPES, "float8_e8m0fnu"))) {
    values <- if (dtype == "bool") c(1, 0, 1, 1, 0, 0) else c(1, 2, 3, 4, 5, 6)
    if (dtype %in% COMPLEX_DTYPES) values <- values + 0i
    x <- as_tensor(matrix(values, 2), dtype = dtype)
    y <- matrix(values, 2)
    as_given <- function(t) as_r(t, type = if (dtype %in% COMPLEX_DTYPES) "complex" else "double")
    expect_identical(as_given(x[c(2, 1), c(3, 1)]), y[c(2, 1), c(3, 1)], label = dtype)
    expect_identical(as_given(x[c(6, 2)]), y[c(6, 2)], label = dtype)
    x[c(2, 1), c(3, 1)] <- y[1, 1]
    y[c(2, 1), c(3, 1)] <- y[1, 1]
    expect_identical(as_given(x), y, label = dtype)
    x[c(4, 3)] <- x[1:2, 1]
    y[c(4, 3)] <- y[1:2, 1]
    expect_identical(as_given(x), y, label = dtype)
    expect_identical(dtype_of_tensor(x), dtype)
  }
})

test_that("indexing is in autograd's graph, and its rules hold", {
  w <- torch$arange(6L, dtype = torch$float32)$reshape(2L, 3L)$requires_grad_()
  sum(w[2, c(1, 3)] * as_tensor(c(2, 5), dtype = "float32"))$backward()
  expect_identical(as_r(w$grad), matrix(c(0, 2, 0, 0, 0, 5), 2))
  expect_says(w[1, 1] <- 0, "python", "leaf")
  y <- w * 2
  y[1, ] <- 0
  w$grad <- NULL
  sum(y)$backward()
  expect_identical(as_r(w$grad), matrix(c(0, 2, 0, 2, 0, 2), 2))
})

test_that("expanded tensors are not written to, and sparse ones not indexed", {
  x <- torch$zeros(1L, 3L)$expand(2L, 3L)
  expect_says(x[1, 1] <- 1, "sharing", "expanded", "clone()")
  expect_says(torch$eye(2L)$to_sparse()[1, 1], "dtype", "to_dense()")
})

test_that("indexing works on a device", {
  skip_if_quick()
  device <- accelerator()
  set.seed(22)
  for (k in 1:200) {
    case <- draw_case()
    wanted <- r_selects(case$x, case$indices, TRUE)
    if (is.null(wanted)) next
    tensor <- as_tensor(case$x, device = device)
    result <- call_with(`[`, tensor, case$indices)
    expect_identical(result$device$type, device)
    expect_identical(as_r(result, type = "integer"), wanted)
    call_with(`[<-`, tensor, case$indices, value = 7L)
    truth <- call_with(`[<-`, case$x, lapply(case$indices, for_r), value = 7L)
    expect_identical(as_r(tensor, type = "integer"), plain(truth))
  }
  x <- as_tensor(1:3, device = device)
  expect_says(x[1:2] <- as_tensor(1:2), "device", "to_device")
})

test_that("a 0-d tensor is an index, and is indexed as R's vector of length 1 is", {
  x <- as_tensor(c(1.5, 2.5, 3.5))
  two <- torch$tensor(2L)
  expect_identical(as_r(x[two]), 2.5)
  expect_identical(as_r(x[x$argmax() + 1L]), 3.5)
  expect_identical(as_r(x[torch$tensor(TRUE)]), c(1.5, 2.5, 3.5))
  expect_identical(as_r(x[[two]]), 2.5)
  x[two] <- 0
  expect_identical(as_r(x), c(1.5, 0, 3.5))
  m <- as_tensor(matrix(1:4, 2), dtype = "int32")
  expect_identical(as_r(m[two, ]), c(2L, 4L))
  z <- torch$tensor(7)
  for (i in list(1, TRUE, -2, c(1, 1), numeric(), two - 1L)) {
    r <- if (is_tensor(i)) 1 else i
    expect_identical(as_r(z[i]), 7[r])
  }
  z[1] <- 3
  expect_identical(as_r(z), 3)
  z[[1]] <- 4
  z[TRUE] <- z + 1
  expect_identical(as_r(z), 5)
  expect_says(z[2], "subscript", "1 element")
  expect_identical(as_r(rev(z)), 5)
  expect_identical(as_r(cumsum(z)), 5)
})

test_that("a missing text is no number", {
  x <- as_tensor(c(1, 2))
  expect_says(x[1] <- NA_character_, "dtype", "character")
  expect_identical(as_r(x), c(1, 2))
})

test_that("a factor is not joined to a tensor, whose codes would not be R's", {
  skip_if_no_torch()
  f <- factor(c("b", "a"))
  remedies <- function(expression) {
    expect_says(expression, "dtype", "A factor does not", "as.integer(x)", "as_tensor(x)")
  }
  t <- as_tensor(c(5, 6, 7))
  remedies(t[1:2] <- f)
  remedies(t[[1]] <- f[1])
  remedies(c(t, f))
  remedies(cbind(as_tensor(c(5, 6)), f))
  remedies(sum(t, f))
  remedies(max(t, f))
  expect_identical(as_r(t), c(5, 6, 7))
  t[1:2] <- as.integer(f)
  expect_identical(as_r(t), c(2, 1, 7))
  expect_identical(as_r(c(t, as_tensor(f))), c(2, 1, 7, 1, 0))
  expect_identical(as_r(t[f]), as_r(t)[f]) # as an index
})
