# What src/python_memory.c, python_tensors.c, python_transfer.c, python_operands.c and python_index.c do without a
# detour through Python is what the detour gives, and what R has of the same arrays.

by_detour <- function(code) {
  before <- options(pytorchbridge.direct_calls = FALSE)
  on.exit(options(before))
  code
}

# A tensor whose storage ends before its last element.
emptied <- function(bytes = 0L) {
  x <- torch$arange(10, dtype = torch$float64)
  x$untyped_storage()$resize_(bytes)
  x
}

dtype_of <- function(t) tensor_info(t)$dtype

FLOATS <- c("float64", "float32", "float16", "bfloat16")
OPERATORS <- c("+", "-", "*", "/", "^", "%%", "%/%", "==", "!=", "<", "<=", ">", ">=")

test_that("operators of floats are what they are by the detour, for every form of an operand", {
  skip_if_no_torch()
  x <- c(1.5, -2, 4)
  read <- function(results) lapply(results, function(result) list(as_r(result), dtype_of(result)))
  for (dtype in FLOATS) {
    t <- as_tensor(x, dtype = dtype)
    others <- list(t, -0.5)
    if (dtype == "float64") others <- c(others, list(c(2, 0.5, 3), as_tensor(c(2, 1, 3), dtype = "float32"), 2L, 1:3))
    for (operator in OPERATORS) {
      both <- function(other) read(list(match.fun(operator)(t, other), match.fun(operator)(other, t)))
      expect_identical(lapply(others, both), by_detour(lapply(others, both)))
    }
  }
})

test_that("a few numbers beside a float64 tensor are as R has them", {
  skip_if_no_torch()
  x <- c(1.5, -2, 4)
  t <- as_tensor(x)
  for (operator in setdiff(OPERATORS, "^")) {
    f <- match.fun(operator)
    expect_identical(as_r(f(t, c(2, 0.5, 3))), f(x, c(2, 0.5, 3)))
    expect_identical(as_r(f(c(2, 0.5, 3), t)), f(c(2, 0.5, 3), x))
  }
  w <- as_tensor(x, requires_grad = TRUE)
  sum(w * c(1, 2, 3))$backward()
  expect_identical(as_r(w$grad), c(1, 2, 3))
  expect_says(t * c(1, 2), "dtype", "do not fit")
})

test_that("functions of floats, and sums, are what they are by the detour", {
  skip_if_no_torch()
  for (dtype in FLOATS) {
    t <- as_tensor(c(0.25, 0.5, 0.75), dtype = dtype)
    for (name in c("abs", "sqrt", "floor", "exp", "log", "log1p", "cos", "tanh", "lgamma", "sum", "round")) {
      f <- match.fun(name)
      expect_identical(as_r(f(t)), by_detour(as_r(f(t))))
    }
    expect_identical(as_r(log(t, 2)), by_detour(as_r(log(t, 2))))
    expect_identical(as_r(round(t, 1)), by_detour(as_r(round(t, 1))))
  }
})

test_that("subclasses, complex numbers and integers take the detour", {
  skip_if_no_torch()
  parameter <- torch$nn$Parameter(as_tensor(c(1, 4)))
  expect_identical(as_r(sqrt(parameter)), c(1, 2))
  expect_true(sqrt(parameter)$requires_grad)
  expect_identical(as_r(parameter[2]), 4)
  expect_identical(as_r(as_tensor(c(1i, 2)) * 2), c(2i, 4))
  expect_identical(as_r(sum(as_tensor(1:3))), 6)
  expect_identical(as_r(as_tensor(4L)^as_tensor(2L)), 16)
})

test_that("memory that is not there is a condition, wherever it would be read or written", {
  skip_if_no_torch()
  readers <- list(
    function(x) x * x, function(x) x * 2, function(x) x * c(1:9, 10), function(x) exp(x), function(x) sum(x),
    function(x) x[1], function(x) x[[1]], function(x) x[2:3], function(x) as_r(x), function(x) as_r(x, copy = FALSE),
    function(x) x[1] <- 0, function(x) x[[1]] <- 0, function(x) c(x, x)
  )
  as_r(torch$ones(10L, dtype = torch$float64)) # the dtype is known from now on
  as_r(torch$ones(10L, dtype = torch$float64), copy = FALSE)
  for (reader in readers) {
    expect_says(reader(emptied()), "dtype", "storage is smaller")
    expect_says(reader(emptied(72L)), "dtype", "storage is smaller")
  }
})

test_that("of a slice it counts where its own elements lie", {
  skip_if_no_torch()
  x <- torch$arange(10, dtype = torch$float64)
  within <- x[2:4]
  beyond <- x[8:10]
  columns <- x$reshape(2L, 5L)[, 1:2]
  x$untyped_storage()$resize_(64L)
  expect_identical(as_r(within * 2), c(2, 4, 6))
  expect_identical(as_r(within), c(1, 2, 3))
  expect_identical(as_r(columns), rbind(c(0, 1), c(5, 6)))
  expect_says(beyond * 2, "dtype", "storage is smaller")
  expect_says(as_r(beyond), "dtype", "storage is smaller")
})

test_that("negative views, transposed, expanded and single values are read as they are", {
  skip_if_no_torch()
  z <- as_tensor(complex(real = 1:3, imaginary = 4:6))
  m <- matrix(as.double(1:6), 2)
  for (time in 1:2) {
    expect_identical(as_r(z$conj()$imag), c(-4, -5, -6))
    expect_identical(as_r(as_tensor(m)$T), t(m))
    expect_identical(as_r(as_tensor(c(1, 2))$expand(3L, 2L)), rbind(c(1, 2), c(1, 2), c(1, 2)))
    expect_identical(as_r(torch$tensor(5, dtype = torch$float64)), 5)
    expect_identical(as_r(torch$zeros(0L, 3L)), matrix(0, 0, 3))
    expect_says(as_r(torch$zeros(1L, 1L, 1L)$expand(2097152L, 2097152L, 1048576L)), "dtype", "2^52")
    long <- reticulate::py_eval("__import__('torch').zeros(1, 1).expand(2**31, 1)")
    expect_says(as_r(long), "dtype", "longer than R's arrays")
  }
})

test_that("every dtype is read the second time as it was the first, and as by the detour", {
  skip_if_no_torch()
  for (dtype in c(FLOATS, "int8", "int16", "int32", "int64", "uint8", "bool", "float8_e5m2", "complex64")) {
    t <- as_tensor(c(0, 1, 1), dtype = dtype)
    first <- as_r(t)
    expect_identical(as_r(t), first)
    expect_identical(by_detour(as_r(t)), first)
    expect_identical(as.vector(first), as.vector(c(0, 1, 1), typeof(first)))
  }
})

test_that("a number that R takes for NA is found the second time, too", {
  skip_if_no_torch()
  t <- as_tensor(-2147483648, dtype = "int32")
  as_r(torch$ones(2L, dtype = torch$int32))
  for (time in 1:2) {
    expect_says(as_r(t), "missing", "NA")
    expect_identical(as_r(t, na = "keep"), NA_integer_)
  }
  large <- torch$tensor(2^53 + 2, dtype = torch$int64) + 1L
  for (time in 1:2) expect_says(as_r(large), "lossy", "9007199254740995")
})

test_that("views are of the tensor's memory, hold it in its place, and are refused where they were", {
  skip_if_no_torch()
  for (time in 1:2) {
    t <- torch$zeros(3L, dtype = torch$float64)
    v <- as_r(t, copy = FALSE)
    t$add_(2)
    expect_identical(v, c(2, 2, 2))
    expect_error(t$resize_(100L), "resiz")
    expect_says(t$share_memory_(), "sharing", "R has a view of this memory")
    expect_says(as_r(torch$zeros(2L, 3L, dtype = torch$float64), copy = FALSE), "sharing", "column-major")
    expect_says(as_r(torch$zeros(2L), copy = FALSE), "sharing", "float32")
    w <- torch$ones(2L, dtype = torch$float64, requires_grad = TRUE)
    expect_identical(as_r(w, copy = FALSE), c(1, 1))
    expect_identical(as_r(torch$ones(1L, 3L, 1L, dtype = torch$int32), copy = FALSE), array(1L, c(1, 3, 1)))
    expect_identical(as_r(torch$zeros(0L, dtype = torch$float64), copy = FALSE), numeric())
    # NumPy 2 has 64 dimensions, and older ones 32.
    many <- torch$ones(rep(list(1L), 40), dtype = torch$float64)
    says_few <- function(error) if (grepl("fewer dimensions than 40", conditionMessage(error))) array(1, rep(1, 40))
    expect_identical(tryCatch(as_r(many, copy = FALSE), pytorchbridge_sharing_error = says_few), array(1, rep(1, 40)))
  }
})

test_that("a loan is on R's memory, is known as R's, and ends", {
  skip_if_no_torch()
  before <- loans()
  lent <- list(c(1, 2, 3), c(1L, 2L, 3L), as.raw(1:3), matrix(as.double(1:6), 2), array(as.double(1:24), 2:4))
  tensors <- lapply(lent, as_tensor, copy = FALSE)
  kept <- Map(function(x, t) {
    expect_true(shares_memory(t, x))
    expect_identical(tensor_info(t)$owner, "R")
    expect_identical(tensor_info(t[1])$owner, "R")
    expect_identical(as_r(t), if (is.raw(x)) as.integer(x) else x)
    expect_says(t$share_memory_(), "sharing", "on loan to PyTorch")
    array <- t$numpy()
    expect_error(t$resize_(1000L), "resiz")
    expect_says(as_r(t), "dtype", "storage is smaller") # PyTorch gives it the new shape before it fails
    array
  }, lent, tensors)
  expect_identical(loans(), before + length(lent))
  rm(tensors, kept)
  expect_identical(loans(), before)
  x <- c(1, 2, 3)
  t <- as_tensor(x, copy = FALSE)
  t[2] <- 20
  t$mul_(2)
  expect_identical(x, c(2, 40, 6))
})

test_that("what is borrowed by the detour is borrowed as before", {
  skip_if_no_torch()
  x <- c(1, 2)
  t <- as_tensor(x, copy = FALSE, requires_grad = TRUE)
  expect_true(t$requires_grad)
  expect_identical(tensor_info(t)$owner, "R")
  expect_identical(as_tensor(numeric(), copy = FALSE)$numel(), 0L)
  expect_says(as_tensor(c(TRUE, FALSE), copy = FALSE), "sharing", "logical")
  expect_says(as_tensor(1:3, copy = FALSE), "sharing", "form of its own")
})

test_that("a tensor within torch.func.grad is no wrapped one", {
  skip_if_no_torch()
  x <- c(3, 4)
  gradient <- gradient_of(function(w) sum(w * as_tensor(x)) + sum(w * as_tensor(x, copy = FALSE)) + sum(w * c(1, 2)))
  expect_identical(gradient(c(1, 1)), 2 * x + c(1, 2))
})

test_that("new tensors are the first and every other time what the vector is", {
  skip_if_no_torch()
  for (time in 1:2) {
    arrays <- list(matrix(1:6, 2), array(0, c(2, 0, 3)))
    for (x in c(list(c(1, NA, -Inf), c(1L, -5L), c(TRUE, FALSE), c(1i, 2), as.raw(0:255)), arrays)) {
      t <- as_tensor(x)
      expect_identical(as_r(t), if (is.integer(x)) x + 0 else if (is.raw(x)) as.integer(x) else x)
      expect_true(t$is_contiguous())
      expect_identical(t$dtype, by_detour(as_tensor(x)$dtype))
    }
    expect_says(as_tensor(c(1L, NA)), "missing", "x[2]")
    t <- as_tensor(c(1, 2))
    expect_identical(t$resize_(4L)$numel(), 4L)
  }
})

test_that("numbers and gaps select as R does", {
  skip_if_no_torch()
  a <- array(as.double(1:24), 2:4)
  t <- as_tensor(a)
  expect_identical(as_r(t[2, , ]), a[2, , ])
  expect_identical(as_r(t[, 3L, ]), a[, 3L, ])
  expect_identical(as_r(t[2, , 4]), a[2, , 4])
  expect_identical(as_r(t[2, 3, 4]), a[2, 3, 4])
  expect_identical(as_r(t[, , ]), a[, , ])
  expect_identical(as_r(t[[2, 3L, 4]]), a[[2, 3, 4]])
  expect_identical(t[[2, 3, 4]]$dim(), 0L)
  expect_identical(t[2, 3, 4]$shape[0], 1L)
  one <- as_tensor(a[1, , , drop = FALSE])
  expect_identical(as_r(one[, 2, ]), a[1, , , drop = FALSE][, 2, ])
  expect_identical(dim(one[1, , , drop = FALSE]), c(1L, 3L, 4L))
  for (i in seq_len(2)) expect_identical(as_r(t[i, , ]), a[i, , ])
  expect_identical(as_r(t[c(2, 1, 2), , ]), a[c(2, 1, 2), , ])
  expect_identical(as_r(t[, , c(4, 1)]), a[, , c(4, 1)])
  expect_identical(as_r(t[, c(3, 3), 2]), a[, c(3, 3), 2])
  expect_identical(as_r(t[c(1, 2), c(3, 1), ]), a[c(1, 2), c(3, 1), ])
  expect_identical(as_r(one[c(1, 1), 2, ]), a[1, , , drop = FALSE][c(1, 1), 2, ])
  expect_identical(as_r(one[, c(1, 3), ]), a[1, , , drop = FALSE][, c(1, 3), ])
  expect_identical(as_r(as_tensor(c(5, 6, 7))[c(3, 1, 3)]), c(7, 5, 7))
  expect_identical(as_r(torch$ones(3L, 2L)$to(torch$float8_e5m2)[c(3, 1), ]), matrix(1, 2, 2))
  expect_says(t[c(1, 3), , ], "subscript", "Index 3")
  leaf <- as_tensor(c(1, 2), requires_grad = TRUE)
  expect_true(leaf[]$is_leaf)
  expect_false(shares_memory(t, t[c(2, 1), , ]))
  expect_identical(as_r(t[-1, , ]), a[-1, , ])
  expect_identical(as_r(t[0, , ]), a[0, , ])
  expect_says(t[3, , ], "subscript", "Index 3")
  expect_says(t[[3, 1, 1]], "subscript", "Index 3")
  expect_says(t[[1, 1]], "subscript", "2 indices for 3 dimensions")
  expect_says(t[NA_integer_, , ], "missing", "Index 1")
  expect_true(shares_memory(t, t[1, , ]))
})

test_that("a number is written where R writes it, and nothing where it may not be", {
  skip_if_no_torch()
  for (dtype in c("float64", "float32")) {
    m <- matrix(as.double(1:6), 2)
    t <- as_tensor(m, dtype = dtype)
    t[2, 3] <- m[2, 3] <- 50
    t[1, ] <- m[1, ] <- -1
    t[, 2L] <- m[, 2L] <- 0.5
    t[[1, 1]] <- m[[1, 1]] <- 9
    t[2, 1] <- m[2, 1] <- NaN
    t[1, 3] <- m[1, 3] <- Inf
    expect_identical(as_r(t), m)
  }
  t <- as_tensor(c(1, 2), dtype = "float32")
  expect_says(t[1] <- 1e300, "lossy")
  expanded <- as_tensor(1)$expand(3L)
  expect_says(expanded[2] <- 5, "sharing", "expanded")
  leaf <- as_tensor(c(1, 2), requires_grad = TRUE)
  expect_says(leaf[1] <- 5, "python", "leaf Variable")
  expect_says(t[3] <- 1, "subscript", "Index 3")
  whole <- as_tensor(1:2)
  expect_says(whole[1] <- 0.5, "lossy")
  expect_identical(as_r(t), c(1, 2))
  expect_identical(as_r(expanded), c(1, 1, 1))
  expect_identical(as_r(leaf), c(1, 2))
})

test_that("`[[<-` takes no gap, as `[[` does not", {
  skip_if_no_torch()
  m <- as_tensor(matrix(1, 2, 3))
  expect_says(m[[1, ]] <- 0, "subscript", "one number")
  expect_says(m[[, 2]] <- 0, "subscript", "one number")
  v <- as_tensor(c(1, 2, 3))
  expect_says(v[[]] <- 0, "subscript", "one number")
  expect_says(m[[1, ]], "subscript", "one number")
  expect_identical(as_r(m), matrix(1, 2, 3))
  expect_identical(as_r(v), c(1, 2, 3))
})

test_that("an argument that a function around was called without is a gap, as in R", {
  skip_if_no_torch()
  m <- matrix(as.double(1:6), 2)
  select <- function(x, i, j) x[i, j]
  assign <- function(x, i, j) {
    x[i, j] <- 0
    x
  }
  outer <- function(x, i, j) select(x, i, j)
  for (f in list(select, outer)) {
    expect_identical(as_r(f(as_tensor(m), 1)), f(m, 1))
    expect_identical(as_r(f(as_tensor(m), , 2)), f(m, , 2))
    expect_identical(as_r(f(as_tensor(m), 2, 3)), f(m, 2, 3))
  }
  expect_identical(as_r(assign(as_tensor(m), 1)), assign(m, 1))
  expect_identical(as_r(assign(as_tensor(m), , 3)), assign(m, , 3))
})

test_that("what wears the class of a tensor and is none is a condition in lists and indices, too", {
  skip_if_no_torch()
  hollow <- structure(2, class = c("torch.Tensor", "python.builtin.object"))
  m <- as_tensor(matrix(as.double(1:6), 2))
  expect_says(m[hollow, ], "dtype", "has the class of a tensor")
  expect_says(m[hollow], "dtype", "has the class of a tensor")
  expect_says(m[[hollow, 1]], "dtype", "has the class of a tensor")
  expect_says(m[hollow, 1] <- 5, "dtype", "has the class of a tensor")
  expect_says(c(m, hollow), "dtype", "has the class of a tensor")
  expect_says(torch$cat(list(m, hollow)), "dtype", "has the class of a tensor")
  expect_says(m$add(hollow), "dtype", "has the class of a tensor")
  expect_identical(as_r(m), matrix(as.double(1:6), 2))
})

test_that("negative views of every dtype are read with their sign", {
  skip_if_no_torch()
  for (dtype in c("int64", "int32", "int16", "bfloat16", "float64")) {
    t <- as_tensor(c(1, 2), dtype = dtype)
    for (time in 1:2) {
      expect_identical(as.double(as_r(t)), c(1, 2))
      expect_identical(as.double(as_r(torch$`_neg_view`(t))), c(-1, -2))
    }
  }
})

# Within a mode of PyTorch's, which sees every call.
with_mode <- function(body, code) {
  python <- reticulate::py_run_string(paste0("
from torch.overrides import TorchFunctionMode
class Mode(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, '__name__', '')
", paste0("        ", strsplit(body, "\n")[[1]], collapse = "\n"), "
        return function(*args, **(kwargs or {}))
"))
  mode <- python$Mode()
  mode$`__enter__`()
  on.exit(mode$`__exit__`(NULL, NULL, NULL))
  code
}

test_that("memory is filled as the tensor is that PyTorch gives, or not at all", {
  skip_if_no_torch()
  as_tensor(c(1, 2))
  narrower <- "if name == 'empty':\n    return function(*args, **kwargs).half()"
  expect_says(with_mode(narrower, as_tensor(as.double(1:1000))), "dtype", "A mode of PyTorch's")
  expect_identical(as_r(with_mode("pass", as_tensor(c(1, 2)) * 2)), c(2, 4))
})

test_that("the default device of PyTorch's is not where R's values are written", {
  skip_if_no_torch()
  skip_if_not(reticulate::py_has_attr(torch, "get_default_device"), "this PyTorch does not tell its default device")
  x <- c(1, 2, 3)
  before <- getOption("pytorchbridge.direct_calls")
  on.exit({
    torch$set_default_device(NULL) # with the name of a device, PyTorch would stay in a mode
    options(pytorchbridge.direct_calls = before)
  })
  torch$set_default_device("meta")
  expect_identical(as_r(as_tensor(x)), x)
  expect_identical(as_r(as_tensor(1:3)), c(1, 2, 3))
  for (direct in c(TRUE, FALSE)) {
    options(pytorchbridge.direct_calls = direct)
    t <- as_tensor(x, copy = FALSE)
    expect_identical(as_r(t * c(1, 2, 3)), x^2)
    expect_identical(as_r(t[c(TRUE, FALSE, TRUE)]), c(1, 3))
    expect_identical(as_r(as_tensor(matrix(x, 1))[, c(3, 1)]), c(3, 1))
    t <- as_tensor(x)
    t[2] <- 5L
    t[c(1, 3)] <- c(7, 8)
    expect_identical(as_r(t), c(7, 5, 8))
    expect_identical(as_r(unserialize(serialize(t, NULL))), c(7, 5, 8))
  }
  options(pytorchbridge.direct_calls = before)
  expect_identical(as_r(as_tensor(iris[1:2, 1:2])), unname(as.matrix(iris[1:2, 1:2])))
})

test_that("an interrupt that comes while memory is looked at is R's", {
  skip_if_no_torch()
  skip_on_os("windows")
  x <- as_tensor(c(1, 2, 3))
  body <- "if name == 'untyped_storage':\n    raise KeyboardInterrupt"
  ended <- tryCatch(with_mode(body, {
    x + c(1, 2, 3)
    for (i in 1:100) Sys.sleep(0.001)
    "not interrupted"
  }), interrupt = function(condition) "interrupted", error = function(error) "interrupted")
  expect_identical(ended, "interrupted")
})

test_that("lengths are R's", {
  skip_if_no_torch()
  expect_identical(dim(torch$zeros(2L, 3L)), c(2L, 3L))
  expect_identical(length(torch$zeros(2L, 3L)), 6L)
  expect_identical(length(torch$tensor(1)), 1L)
  expect_identical(length(torch$zeros(0L, 3L)), 0L)
  expect_identical(length(torch$empty(1L, device = "meta")$expand(65536L, 65536L)), 2^32)
  expect_identical(dim(torch$empty(2L, 2L, device = "meta")), c(2L, 2L))
  expect_identical(dim(torch$nn$Parameter(torch$zeros(2L, 3L))), c(2L, 3L))
  expect_identical(dim(torch$eye(3L)$to_sparse()), c(3L, 3L))
})

test_that("while a file is mapped, what was made shorter is a condition on every way", {
  skip_if_no_torch()
  skip_on_os("windows")
  skip_if_not(reticulate::py_module_available("safetensors"), "safetensors is not there")
  file <- tempfile(fileext = ".safetensors")
  on.exit(unlink(file))
  save_tensors(list(a = c(1, 2, 3)), file)
  opened <- open_tensors(file)$a
  expect_identical(as_r(opened * 2), c(2, 4, 6))
  expect_identical(as_r(opened[2]), 2)
  bytes <- readBin(file, "raw", file.size(file))
  writeBin(bytes[1:10], file)
  for (reader in list(function(x) x * 2, exp, sum, function(x) x[1], function(x) x[[1]], as_r)) {
    expect_says(reader(opened), "file", "bytes when it was opened")
  }
})
