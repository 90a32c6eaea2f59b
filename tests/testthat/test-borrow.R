skip_if_no_torch()

# R keeps constants of code: a value that is to be written to is made when the test runs.
fresh <- function(x) x[seq_along(x)]

test_that("an in-place operation shows in x, and in every other name of the value", {
  x <- fresh(c(1, 2, 3))
  same <- x
  in_list <- list(x)
  t <- as_tensor(x, copy = FALSE)
  expect_identical(address(t), address(x))
  t$mul_(10)
  expect_identical(x, c(10, 20, 30))
  expect_identical(same, x)
  expect_identical(in_list[[1]], x)
  u <- t$add(1)
  expect_identical(x, c(10, 20, 30))
  expect_false(shares_memory(u, x))
})

# Long enough for R to align it as PyTorch needs it.
complex_values <- function(factor) complex(real = 1:20 * factor, imaginary = factor)

test_that("each type is borrowed with the dtype of R's memory, and written through", {
  cases <- list(
    list(fresh(c(1.5, NA, 3)), "float64", c(3, NA, 6)),
    list(fresh(c(1L, -2L, 3L)), "int32", c(2L, -4L, 6L)),
    list(fresh(as.raw(1:3)), "uint8", as.raw(c(2, 4, 6))),
    list(complex_values(1), "complex128", complex_values(2)),
    list(fresh(integer64(c("1", "-2", "4611686018427387000"))), "int64", integer64(c("2", "-4", "9223372036854774000")))
  )
  for (case in cases) {
    x <- case[[1]]
    t <- borrow(x)
    expect_identical(dtype_of_tensor(t), case[[2]])
    expect_identical(shape_of_tensor(t), length(x) + 0)
    expect_true(shares_memory(t, x))
    t$mul_(2L)
    expect_identical(x, case[[3]])
    array <- as_numpy(x, copy = FALSE)
    expect_true(shares_memory(array, x))
    array$fill(7L)
    expect_identical(as.character(x), rep(as.character(x[1]), length(x)))
    expect_match(as.character(x[1]), "7")
  }
})

test_that("matrices and arrays are borrowed with the same indices", {
  m <- matrix(1:6 + 0, 2)
  t <- borrow(m)
  expect_identical(shape_of_tensor(t), c(2, 3))
  expect_identical(unlist(t$stride()), c(1L, 2L))
  reticulate::py_set_item(t, reticulate::tuple(1L, 2L), 60)
  expect_identical(m[2, 3], 60)
  expect_identical(codes(t), codes(as_tensor(m)))
  a <- array(1:24 + 0L, c(2, 3, 4))
  u <- borrow(a)
  expect_identical(unlist(u$stride()), c(1L, 2L, 6L))
  u$select(2L, 3L)$zero_()
  expect_identical(a[, , 4], matrix(0L, 2, 3))
  expect_identical(a[, , 3], matrix(13:18, 2))
  long <- fresh(integer64(1:6))
  dim(long) <- c(2, 3)
  expect_identical(shape_of_tensor(borrow(long)), c(2, 3))
  x <- fresh(1:6 + 0)
  shaped <- as_tensor(x, shape = c(3, 2), copy = FALSE)
  shaped$select(1L, 1L)$zero_()
  expect_identical(x, c(1, 2, 3, 0, 0, 0))
  expect_null(dim(x))
  expect_identical(shape_of_tensor(borrow(numeric())), 0)
  expect_identical(shape_of_tensor(borrow(matrix(numeric(), 0, 3))), c(0, 3))
  one <- fresh(5)
  expect_identical(shape_of_tensor(as_tensor(one, shape = integer(), copy = FALSE)), numeric())
  requires <- as_tensor(fresh(c(1, 2)), copy = FALSE, requires_grad = TRUE)
  expect_true(requires$requires_grad && requires$is_leaf)
})

test_that("assigning in R makes R's value another one, and the tensor keeps what it borrowed", {
  x <- fresh(c(1, 2, 3))
  t <- borrow(x)
  x[1] <- 100
  expect_identical(as_r(t), c(1, 2, 3))
  expect_false(shares_memory(x, t))
  t$zero_()
  expect_identical(x, c(100, 2, 3))
  values <- fresh(1:100 + 0)
  u <- borrow(values)
  dim(values) <- c(10, 10)
  values[1, 1] <- 0
  expect_identical(as_r(u), 1:100 + 0)
})

test_that("what cannot be lent is refused, with what to write instead, and nothing stays on loan", {
  before <- loans()
  says <- function(x, ..., kind = "sharing") expect_says(as_tensor(x, copy = FALSE), kind, ...)
  says(TRUE, "logical", "4 bytes", "copy = TRUE")
  says(factor("a"), "factor", "copy = TRUE")
  says(Sys.Date(), "Date", "copy = TRUE")
  says(Sys.time(), "POSIXct", "copy = TRUE")
  says(as.difftime(1, units = "secs"), "difftime", "copy = TRUE")
  says(data.frame(a = 1), "data frame", "copy = TRUE")
  says(structure(c(1, 2), class = "mine"), "mine", kind = "dtype")
  says("a", "character", kind = "dtype")
  says(1:10, "form of its own", "x <- x + 0L", "copy = TRUE")
  says(seq_len(10), "form of its own")
  says(sort(runif(100)), "sort()", "x + 0L")
  bytes <- fresh(as.raw(rep(1, 100)))
  kept <- bytes
  attr(bytes, "a") <- 1 # R wraps it, since `kept` has the same value
  says(bytes, "as.raw(0)")
  bytes <- bytes | as.raw(0)
  expect_true(shares_memory(borrow(bytes), bytes))
  x <- fresh(c(1, 2, 3))
  expect_says(as_tensor(x, dtype = "float32", copy = FALSE), "sharing", "float64",
    "another dtype", "copy = NULL or TRUE")
  expect_says(as_tensor(1L, dtype = "int64", copy = FALSE), "sharing", "int32", "another dtype")
  expect_says(as_tensor(x, shape = 7, copy = FALSE), "dtype", "shape")
  expect_says(as_tensor(fresh(1:3 + 0L), copy = FALSE, requires_grad = TRUE), "dtype")
  expect_says(as_tensor(array(1, rep(1, 65)), copy = FALSE), "dtype", "65 dimensions")
  expect_identical(as_tensor(x, dtype = "float64", device = "cpu", copy = FALSE)$tolist(), x)
  expect_identical(loans(), before)
  # What the messages say works.
  compact <- 1:10
  compact <- compact + 0L
  expect_true(shares_memory(borrow(compact), compact))
  sorted <- sort(runif(100))
  sorted <- sorted + 0L
  expect_true(shares_memory(borrow(sorted), sorted))
})

test_that("short complex vectors are lent only where PyTorch can use their place", {
  for (i in 1:50) {
    z <- complex(real = seq_len(i %% 9 + 1), imaginary = 1)
    kept <- z + 0
    if (as.numeric(.Call(pytorchbridge:::ptb_address, z)) %% 16 == 0) {
      borrow(z)$mul_(2)
      expect_identical(z, kept * 2)
    } else {
      expect_says(borrow(z), "sharing", "multiple of 16 bytes", "copy = TRUE")
      expect_identical(as_r(as_tensor(z, copy = NULL)), z)
    }
  }
})

test_that("lending to a device is refused, and copy = NULL copies", {
  device <- accelerator()
  x <- fresh(c(1, 2, 3))
  expect_says(as_tensor(x, device = device, copy = FALSE), "sharing", "copy = NULL or TRUE")
  expect_identical(as_r(as_tensor(x, device = device, copy = NULL)), x)
})

test_that("copy = NULL shares where the dtype is the one that a copy has", {
  x <- fresh(c(1, 2, 3))
  expect_true(shares_memory(as_tensor(x, copy = NULL), x))
  expect_true(shares_memory(as_tensor(x, dtype = "float64", copy = NULL), x))
  i <- fresh(c(1L, 2L))
  copied <- as_tensor(i, copy = NULL)
  expect_identical(dtype_of_tensor(copied), "int64")
  expect_true(shares_memory(as_tensor(i, dtype = "int32", copy = NULL), i))
  for (value in list(TRUE, 1:10, factor("a"), Sys.Date(), sort(runif(100)))) {
    copied <- as_tensor(value, copy = NULL)
    expect_identical(codes(copied), codes(as_tensor(value)))
    if (is.numeric(value) && !is.object(value)) expect_false(shares_memory(copied, value))
  }
  expect_identical(dtype_of_tensor(as_tensor(x, dtype = "float32", copy = NULL)), "float32")
  expect_false(shares_memory(as_tensor(x), x))
  expect_false(shares_memory(as_tensor(x, copy = TRUE), x))
  expect_says(as_tensor(x, copy = NA), "dtype", "copy")
})

test_that("borrowing a view gives the tensor's memory", {
  a <- torch$ones(3L, dtype = torch$float64)
  v <- view(a)
  before <- loans()
  t <- borrow(v)
  expect_identical(address(t), address(a))
  t$add_(1)
  expect_identical(as_r(a), rep(2, 3))
  expect_identical(v, rep(2, 3))
  expect_true(is_view(v))
  # And round again: views of borrowed memory, and tensors on these.
  x <- fresh(c(1, 2, 3))
  w <- view(borrow(x))
  u <- borrow(w)
  u$add_(1)
  expect_identical(x, c(2, 3, 4))
  expect_identical(address(u), address(x))
  expect_identical(tensor_info(w)$owner, "R")
  rm(t, u, w, x)
  expect_identical(loans(), before)
})

test_that("memory that must not change is not lent through a view", {
  fixed <- np$arange(3)
  fixed$setflags(write = FALSE)
  expect_says(borrow(view(fixed)), "sharing", "read-only")
  x <- array(c(1, 2, 3), 3)
  lent <- reticulate::r_to_py(x) # R's memory, which reticulate lends and expects to stay
  v <- view(lent)
  expect_identical(as.vector(v), c(1, 2, 3))
  expect_says(borrow(v), "sharing", "cannot be lent")
})

test_that("PyTorch's warning of memory that is not writable never shows", {
  old <- options(warn = 2)
  on.exit(options(old))
  warnings <- reticulate::import("warnings")
  context <- warnings$catch_warnings()
  context$`__enter__`()
  on.exit(context$`__exit__`(NULL, NULL, NULL), add = TRUE)
  warnings$simplefilter("error")
  fixed <- np$arange(3)
  fixed$setflags(write = FALSE)
  expect_identical(as_r(as_tensor(fixed)), c(0, 1, 2))
  x <- fresh(c(1, 2, 3))
  expect_no_warning({
    t <- as_tensor(x, copy = FALSE)
    array <- as_numpy(x, copy = FALSE)
    torch$from_numpy(array)$add_(1)
    as_tensor(x)
    as_tensor(view(t), copy = FALSE)
    as_numpy(view(t), copy = FALSE)
    as_tensor(array, copy = FALSE)
  })
  expect_identical(x, c(2, 3, 4))
})

test_that("missing values are R's bits in borrowed memory", {
  i <- fresh(c(1L, NA))
  t <- borrow(i)
  expect_identical(codes(t), c("1", "2147483648"))
  x <- fresh(c(NA, NaN))
  u <- borrow(x)
  expect_identical(as_r(u), x)
  t$fill_(5L)
  expect_identical(i, c(5L, 5L))
  expect_false(anyNA(i))
})

test_that("copy = NULL gives the values and the errors of a copy", {
  expect_identical(as_r(as_tensor(c(NA, 1), na = 0, copy = NULL)), c(0, 1))
  expect_says(as_tensor(c(1L, NA), dtype = "int32", copy = NULL), "missing", "x[2]")
  expect_says(as_tensor(bit64::as.integer64(NA), copy = NULL), "missing", "x[1]")
  lowest <- torch$tensor(c(-2147483647L, 1L), dtype = torch$int32) - 1L
  expect_says(as_r(lowest, copy = NULL), "missing", "-2147483648")
  expect_identical(as_r(lowest, copy = NULL, na = "keep"), c(NA, 0L))
  expect_true(is_view(as_r(lowest + 1L, copy = NULL)))
})

test_that("an argument that fails leaves nothing on loan", {
  before <- loans()
  x <- rep(1, 1000)
  expect_error(as_tensor(x, copy = FALSE, device = no_such_name), "no_such_name")
  expect_error(as_tensor(x, copy = FALSE, requires_grad = no_such_name), "no_such_name")
  expect_says(as_tensor(x, copy = FALSE, dtype = quote(float64)), "dtype", "`dtype`")
  expect_says(as_tensor(x, copy = FALSE, device = 1), "dtype", "`device`")
  expect_says(as_tensor(x, copy = FALSE, dtype = "flo"), "dtype", "flo")
  expect_identical(loans(), before)
})

test_that("a failure at any depth of the call leaves nothing on loan", {
  before <- loans()
  x <- rep(1, 1000)
  old <- options(expressions = 1000)
  on.exit(options(old))
  # R gives up ("infinite recursion") in one place of the call after another.
  at_depth <- function(n) if (n > 0) at_depth(n - 1) else as_tensor(x, copy = FALSE)
  ended <- vapply(1:1000, function(n) !inherits(try(at_depth(n), silent = TRUE), "try-error"), NA)
  expect_true(any(ended) && !all(ended))
  expect_identical(loans(), before)
})

test_that("an error that Python keeps keeps no tensor", {
  before <- loans()
  local({
    t <- as_tensor(rep(1, 1000), copy = FALSE)
    expect_says(t[1001] <- 1, "subscript", "1001")
    expect_says(t + torch$ones(2L), "dtype")
  })
  expect_match(reticulate::py_last_error()$message, "Traceback")
  expect_identical(loans(), before)
})
