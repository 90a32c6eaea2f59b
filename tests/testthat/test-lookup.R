skip_if_no_torch()

test_that("is_tensor() knows tensors and parameters from the rest", {
  expect_true(is_tensor(torch$ones(1L)))
  expect_true(is_tensor(torch$nn$Parameter(torch$ones(1L))))
  for (x in list(1, NULL, "a", np$ones(1L), torch, list(torch$ones(1L)))) {
    expect_false(is_tensor(x))
  }
})

test_that("dtype_table() says what the conversions do", {
  to_torch <- dtype_table("R")
  examples <- list(
    logical = TRUE, integer = 1L, double = 1, complex = 1i, raw = as.raw(1),
    integer64 = integer64(1L), factor = factor("a"), Date = as.Date("2024-01-01"),
    POSIXct = as.POSIXct("2024-01-01", tz = "UTC"), difftime = as.difftime(1, units = "secs")
  )
  expect_setequal(to_torch$r_type, names(examples))
  for (type in names(examples)) {
    row <- to_torch[to_torch$r_type == type, ]
    expect_identical(dtype_of_tensor(as_tensor(examples[[type]])), row$copied)
  }
  not_lent <- to_torch$r_type %in% c("logical", "factor")
  expect_identical(to_torch$borrowed[not_lent], c(NA_character_, NA))
  to_r <- dtype_table("torch")
  expect_setequal(to_r$dtype, available(ALL_DTYPES))
  for (dtype in setdiff(to_r$dtype, COMPLEX_DTYPES)) {
    row <- to_r[to_r$dtype == dtype, ]
    expect_identical(typeof(as_r(from_codes("1", dtype))), row$r_type)
    if (!is.na(row$numpy)) {
      expect_identical(row$numpy, dtype)
      expect_true(reticulate::py_has_attr(np, if (dtype == "bool") "bool_" else dtype))
    }
  }
  expect_true(all(is.na(to_r$numpy[to_r$dtype %in% c("bfloat16", FLOAT8_DTYPES, "complex32")])))
})

test_that("tensor_info() reports a tensor as PyTorch does", {
  tensor <- torch$zeros(3L, 4L, dtype = torch$float32)$t()
  info <- tensor_info(tensor)
  expect_identical(info$dtype, "float32")
  expect_identical(info$shape, c(4, 3))
  expect_identical(info$strides, c(1, 4))
  expect_identical(info$device, "cpu")
  expect_identical(info$bytes, 48)
  hex <- reticulate::py_eval("lambda t: hex(t.data_ptr())")
  expect_identical(info$address, hex(tensor))
  expect_identical(info$owner, "PyTorch")
  expect_false(info$requires_grad)
  expect_false(info$is_contiguous)
  expect_true(tensor_info(tensor$contiguous())$is_contiguous)
  expect_true(tensor_info(torch$ones(1L, requires_grad = TRUE))$requires_grad)
  scalar <- tensor_info(torch$tensor(1))
  expect_identical(scalar$shape, numeric())
})

test_that("tensor_info() reports arrays in NumPy's terms and R vectors in R's", {
  array <- np$zeros(reticulate::tuple(3L, 4L), dtype = "int16")
  info <- tensor_info(array)
  expect_identical(info$dtype, "int16")
  expect_identical(info$strides, c(8, 2))
  expect_identical(info$owner, "NumPy")
  x <- matrix(c(1, 2, 3, 4, 5, 6), 2)
  info <- tensor_info(x)
  expect_identical(info$dtype, "double")
  expect_identical(info$shape, c(2, 3))
  expect_identical(info$strides, c(1, 2))
  expect_identical(info$bytes, 48)
  expect_identical(info$owner, "R")
  expect_match(info$address, "^0x[0-9a-f]{6,}$")
  expect_identical(tensor_info(as.raw(1:3))$bytes, 3)
  expect_identical(tensor_info(integer64(1))$dtype, "integer64")
})

test_that("tensor_info() prints one line a field", {
  lines <- capture.output(print(tensor_info(torch$zeros(2L, 3L))))
  expect_length(lines, 9)
  expect_match(lines[1], "^dtype: +float32$")
  expect_match(lines[2], "^shape: +\\[2, 3\\]$")
  expect_match(lines[3], "^strides: +\\[3, 1\\]$")
  expect_match(lines[5], "^bytes: +24$")
})

test_that("shares_memory() is exact", {
  x <- torch$zeros(6L)
  narrow <- function(start, length) torch$narrow(x, 0L, start, length)
  expect_true(shares_memory(x, narrow(2L, 4L)))
  expect_true(shares_memory(narrow(0L, 3L), narrow(2L, 3L)))
  expect_false(shares_memory(narrow(0L, 3L), narrow(3L, 3L)))
  pairs <- x$reshape(3L, 2L)
  expect_false(shares_memory(pairs$select(1L, 0L), pairs$select(1L, 1L)))
  expect_true(shares_memory(pairs$select(1L, 0L), x))
  expect_true(shares_memory(x, as_numpy(x)))
  expect_false(shares_memory(x, torch$zeros(6L)))
  y <- c(1, 2, 3)
  same <- y
  expect_true(shares_memory(y, same))
  expect_false(shares_memory(y, as_tensor(y)))
  same[1] <- 5
  expect_false(shares_memory(y, same))
})

test_that("pytorch_config() tells the versions that Python tells", {
  config <- pytorch_config()
  expect_identical(config$torch, as.character(torch$`__version__`))
  expect_identical(config$numpy, reticulate::py_to_r(np$`__version__`))
  expect_identical(config$r, format(getRversion()))
  expect_identical(config$reticulate, format(packageVersion("reticulate")))
  # Whose OpenMP is loaded beside PyTorch's is the machine's.
  expect_length(grep("OpenMP", config$problems, invert = TRUE), 0)
  lines <- capture.output(print(config))
  for (text in c(config$torch, config$numpy, config$python, config$reticulate)) {
    expect_true(any(grepl(text, lines, fixed = TRUE)))
  }
  there <- accelerators()$device
  wanted <- if (length(there) > 0) there[1] else "none"
  expect_match(grep("^Devices", lines, value = TRUE), wanted, fixed = TRUE)
})
