skip_if_no_torch()

test_that("what is no vector of numbers is refused, with the remedy", {
  expect_says(as_tensor("a"), "dtype", "`x` is of class character", "as.numeric(x)", "factor(x)")
  expect_says(as_tensor(letters), "dtype", "character", "as.numeric(x)")
  expect_says(as_tensor(matrix("a")), "dtype", "as.numeric(x)")
  expect_says(as_tensor(list(1, 2)), "dtype", "`x` is of class list", "unlist(x)")
  expect_says(as_tensor(NULL), "dtype", "`x` is of class NULL", "as_tensor(numeric())")
  expect_says(as_tensor(sum), "dtype", "`x` is of class function")
  expect_says(as_tensor(quote(a)), "dtype", "`x` is of class name")
  expect_says(as_tensor(new.env()), "dtype", "`x` is of class environment")
  odd <- structure(1, class = "furlong")
  expect_says(as_tensor(odd), "dtype", "`x` is of class furlong", "as_tensor(unclass(x))")
  expect_identical(codes(as_tensor(unclass(odd))), "4607182418800017408")
  frame <- data.frame(a = 1:2)
  frame$inside <- data.frame(u = 3:4)
  expect_says(as_tensor(frame), "dtype", "x$inside (data.frame)", "do.call(data.frame, x)")
  expect_identical(as_r(as_tensor(do.call(data.frame, frame))), cbind(1:2, 3:4) + 0)
  expect_says(as_tensor(as.POSIXlt("2024-01-01", tz = "UTC")), "dtype", "POSIXlt", "as.POSIXct(x)")
  expect_says(as_numpy("a"), "dtype", "character", "as.numeric(x)")
})

test_that("NA where the dtype has none is refused, with its place and the remedy", {
  missing <- list(c(1L, NA), c(TRUE, NA), integer64(c("1", NA)), factor(c("a", NA)))
  for (x in missing) {
    expect_says(as_tensor(x), "missing", "1 missing value (x[2])", "has no NA", "na = \"nan\"",
      "na = a value")
  }
})

test_that("unknown arguments and values of arguments are refused", {
  expect_says(as_tensor(1, dtype = "float33"), "dtype", "no dtype \"float33\"", "\"float32\"?")
  expect_says(as_tensor(1, dtype = "numeric"), "dtype", "no dtype \"numeric\"", "is \"float64\".")
  expect_says(as_tensor(1, dtype = 3), "dtype", "`dtype` must be PyTorch's name of one")
  expect_says(as_tensor(1, dtype = "qint8"), "dtype", "qint8", "dtype_table()")
  expect_says(as_tensor(1, device = "gpu"), "device", "no device \"gpu\"", "\"cuda\"")
  expect_says(as_tensor(1, order = "X"), "dtype", "`order` must be \"C\"", "\"F\"", "not \"X\"")
  for (shape in list(2, -1, "a", c(1, NA), 0.5, c(1, 0))) {
    expect_says(as_tensor(1, shape = shape), "dtype", "`shape` must be", "length(x), 1",
      deparse1(shape))
  }
  expect_says(as_tensor(1, foo = 3), "dtype", "no argument `foo`")
  too_many <- quote(as_tensor(1, NULL, NULL, NULL, "C", "error", FALSE, TRUE, 9))
  expect_says(eval(too_many), "dtype", "an argument too many", "without a name")
  expect_says(as_tensor(data.frame(a = 1), shape = 1), "dtype", "no argument `shape`")
  expect_says(as_tensor(1, copy = NA), "dtype", "`copy` must be TRUE, FALSE or NULL", "not NA")
  expect_says(as_r(as_tensor(1), foo = 3), "dtype", "no argument `foo`")
  expect_says(as_r(as_tensor(1), type = "float"), "dtype", "`type` must be one of", "not \"float\"")
  expect_says(as_r(as_tensor(1), na = "nan"), "dtype", "`na` must be \"error\" or \"keep\"")
  expect_says(as_tensor(1:2, requires_grad = TRUE), "dtype", "requires_grad", "int64", "float32")
})

test_that("every way to a tensor checks its arguments before anything is done", {
  csc <- Matrix::sparseMatrix(i = 1, j = 1, x = 1)
  ways <- list(1, 1:3, factor("a"), as.Date("2024-01-01"), data.frame(a = 1), csc, as_tensor(1), integer64(1))
  for (x in ways) {
    for (grad in list(1, "yes", NA, NULL, c(TRUE, FALSE))) {
      expect_says(as_tensor(x, requires_grad = grad), "dtype", "`requires_grad` must be TRUE or FALSE")
    }
    expect_says(as_tensor(x, copy = "x"), "dtype", "`copy` must be TRUE, FALSE or NULL")
    expect_says(as_tensor(x, dtype = 1), "dtype", "`dtype` must be")
    expect_says(as_tensor(x, device = TRUE), "dtype", "`device` must be")
  }
  for (x in list(1, factor("a"), data.frame(a = 1))) {
    expect_says(as_tensor(x, order = "A"), "dtype", "`order` must be")
    expect_says(as_tensor(x, na = c("nan", "keep")), "dtype", "`na` must be")
  }
  # Also where they would have no say.
  expect_says(as_tensor(1, copy = FALSE, na = "nil"), "dtype", "`na` must be")
  expect_says(as_r(1, type = "float"), "dtype", "`type` must be one of")
  expect_says(as_r(list(1), copy = 3), "dtype", "`copy` must be")
  expect_says(as.vector(as_tensor(1), "float"), "dtype", "`mode` must be")
  expect_says(as_numpy(as_tensor(1), copy = 3), "dtype", "`copy` must be")
})

test_that("what to write is told in R's words", {
  expect_says(as_tensor(np$arange(6), dtype = "float32", copy = FALSE), "sharing", "use copy = NULL or TRUE.")
  expect_says(as_r(torch$ones(2L), copy = FALSE), "sharing", "use copy = TRUE.")
  expect_says(as_r(list(a = torch$ones(2L)), copy = FALSE), "sharing", "In element \"a\": ", "use copy = TRUE.")
  inside <- reticulate::dict(a = torch$ones(2L))
  expect_says(as_r(inside, copy = FALSE), "sharing", "In element \"a\": ", "use copy = TRUE.")
})

test_that("errors in arguments are raised once, as they are, without a warning", {
  expect_no_warning(expect_says(as_tensor(1, shape = 2), "dtype", "`shape` must be"))
  expect_no_warning(expect_says(shares_memory(1, "a"), "dtype", "`b` is of class character"))
  expect_no_warning(expect_error(as_tensor(1, dtype = stop("own error")), "^own error$"))
})

test_that("an error of reticulate's own is not taken for an older one of Python's", {
  expect_says(as_tensor(1, dtype = "foo"), "dtype", "no dtype \"foo\"")
  error <- expect_error(as_tensor(1, dtype = quote(a)), class = "pytorchbridge_error")
  expect_no_match(conditionMessage(error), "foo", fixed = TRUE)
})

test_that("values out of the dtype's range are refused, with value, place and count", {
  expect_says(as_tensor(c(1, 300), dtype = "uint8"), "lossy",
    "x[2] is 300, which uint8 cannot hold.")
  expect_says(as_tensor(c(0, Inf, -Inf, Inf), dtype = "int64"), "lossy", "x[2] is Inf",
    "(nor 2 other")
  expect_says(as_tensor(1e300, dtype = "float32"), "lossy", "x[1] is 1e+300", "float32")
  expect_says(as_tensor(65520, dtype = "float16"), "lossy", "x[1] is 65520", "float16")
  expect_says(as_tensor(2^63, dtype = "int64"), "lossy", "x[1] is 9.223372036854776e+18", "int64")
  expect_says(as_tensor(2i, dtype = "float64"), "lossy", "x[1] is 0+2i", "complex dtype", "Re(x)")
  expect_says(as_tensor(integer64("4294967296"), dtype = "int32"), "lossy", "4294967296", "int32")
  frame <- data.frame(a = 1, bad = c(1, 300))
  expect_says(as_tensor(frame, dtype = "uint8"), "lossy", "x$bad[2] is 300", "uint8")
  skip_without_dtype("uint64")
  expect_says(as_tensor(c(-1L, -1L), dtype = "uint64"), "lossy", "x[1] is -1", "(nor 1 other value)")
})

test_that("a column that is no numbers is named", {
  frame <- data.frame(a = 1, b = "x")
  expect_says(as_tensor(frame), "dtype", "Column x$b (character)", "model.matrix()")
  expect_says(as_tensor(data.frame(z = 1i)), "dtype", "Column x$z (complex)")
  wide <- data.frame(d = 0.5, w = integer64("9007199254740993"))
  expect_says(as_tensor(wide), "lossy", "x$w[1] is 9007199254740993", "2^53")
})

test_that("integers beyond 2^53 do not become doubles", {
  fits <- c("9007199254740992", "18437736874454810624") # 2^53, -2^53
  expect_identical(as_r(from_codes(fits, "int64")), c(2^53, -2^53))
  beyond <- from_codes(c("1", "9007199254740993"), "int64")
  expect_says(as_r(beyond), "lossy", "int64 value 9007199254740993 at [2]", "R's double",
    "type = \"integer64\"")
  expect_says(as_r(beyond, type = "integer"), "lossy", "9007199254740993", "type = \"integer64\"")
  expect_says(as_r(beyond$reshape(2L, 1L)), "lossy", "at [2, 1]")
  expect_says(as_r(beyond$select(0L, 1L)), "lossy", "value 9007199254740993 would")
  skip_without_dtype("uint64")
  largest <- from_codes("18446744073709551615", "uint64")
  for (type in list(NULL, "integer64", "integer")) {
    expect_says(as_r(largest, type = type), "lossy", "18446744073709551615", "No R type holds it")
  }
})

test_that("values that do not fit the R type that is asked for are refused", {
  tensor <- as_tensor(c(1, 1.5, NaN))
  expect_says(as_r(tensor, type = "integer"), "lossy", "1.5 at [2]", "(and 1 other)", "R's integer")
  expect_says(as_r(as_tensor(NaN), type = "integer"), "lossy", "float64 value NaN at [1]")
  expect_says(as_r(as_tensor(-Inf), type = "logical"), "lossy", "float64 value -Inf at [1]")
  expect_says(as_r(as_tensor(1 - 2i), type = "double"), "lossy", "value 1-2i at",
    "type = \"complex\"")
})

test_that("Python objects that are no tensors are refused", {
  expect_says(as_r(torch), "dtype", "module", "no tensor and no NumPy array")
  expect_says(as_r(sum), "dtype", "`x` is of class function")
  expect_says(as_tensor(torch), "dtype", "module")
  expect_says(as_tensor(np$array("a")), "dtype", "<U1", "as_r(x) has the text")
  expect_identical(as_r(np$array("a")), "a")
  expect_says(tensor_info(list()), "dtype", "list")
  expect_says(tensor_info("a"), "dtype", "`x` is of class character")
  expect_says(shares_memory(list(), 1), "dtype", "list")
})

test_that("tensors without values to read are refused", {
  expect_says(as_r(torch$empty(2L, device = "meta")), "dtype", "meta tensor has no values")
  nested <- torch$nested$nested_tensor(list(torch$ones(1L), torch$ones(2L)))
  expect_says(as_r(nested), "dtype", "nested", "unbind()")
  inside <- NULL
  f <- function(t) {
    inside <<- tryCatch(as_r(t), pytorchbridge_dtype_error = conditionMessage)
    t
  }
  torch$vmap(f)(torch$ones(2L, 3L))
  expect_match(inside, "vmap", fixed = TRUE)
})

test_that("shapes that R has no room for are refused before any memory is taken", {
  long <- reticulate::py_eval("__import__('torch').zeros(1, dtype=__import__('torch').int8)",
    convert = FALSE)
  expand <- reticulate::py_eval("lambda t: t.expand(2, 2**31)")
  expect_says(as_r(expand(long)), "dtype", "2147483648", "2147483647", "flatten()")
  expect_says(as_r(torch$ones(as.list(rep(1L, 65)))), "dtype", "65 dimensions", "64")
})

test_that("a reference that cannot be revived says what happened", {
  gone <- gone_tensor()
  calls <- list(
    as_r, as_tensor, as_numpy, tensor_info, as.array, as.vector, as.matrix, as.double,
    function(x) to_device(x, "cpu"), function(x) shares_memory(x, 1)
  )
  for (call in calls) {
    expect_says(call(gone), "python", "This Python object is gone", "saveRDS(as_r(x), file)")
  }
})

test_that("a failed call changes nothing", {
  x <- c(1L, NA, 3L)
  before <- bits(as.double(x))
  expect_says(as_tensor(x), "missing", "x[2]")
  expect_identical(x, c(1L, NA, 3L))
  expect_identical(bits(as.double(x)), before)
  tensor <- from_codes(c("1", "9007199254740993"), "int64")
  expect_says(as_r(tensor), "lossy", "9007199254740993")
  expect_identical(codes(tensor), c("1", "9007199254740993"))
  leaf <- torch$ones(1L, dtype = torch$int64)
  expect_says(as_tensor(leaf, dtype = "nonsense"), "dtype", "nonsense")
  expect_identical(dtype_of_tensor(leaf), "int64")
  # The session goes on as before.
  expect_identical(as_r(as_tensor(c(1.5, 2))), c(1.5, 2))
})

test_that("every error is one class that catches all", {
  caught <- tryCatch(as_tensor("a"), pytorchbridge_error = function(e) class(e))
  expect_identical(caught[1:2], c("pytorchbridge_dtype_error", "pytorchbridge_error"))
  expect_true(all(c("error", "condition") %in% caught))
})

test_that("reticulate before 1.38 and NumPy 2 are told not to fit", {
  check <- function(reticulate, numpy) {
    pytorchbridge:::numpy_problem(package_version(reticulate), numpy)
  }
  for (numpy in c("2.0.0", "2.2.1")) {
    for (words in c("reticulate 1.28", numpy, "1.38", "numpy<2")) {
      expect_match(check("1.28", numpy), words, fixed = TRUE)
    }
    expect_null(check("1.38", numpy))
    expect_null(check("1.47.0", numpy))
  }
  expect_null(check("1.28", "1.26.4"))
  expect_null(check("1.28", NULL))
})

# A Python without torch and NumPy.
bare_python <- function() {
  place <- tempfile("bare")
  python <- reticulate::py_config()$python
  made <- suppressWarnings(
    system2(
      python, c("-m", "venv", "--without-pip", shQuote(place)),
      stdout = FALSE, stderr = FALSE
    )
  )
  bare <- file.path(place, "bin", "python")
  skip_if_not(made == 0 && file.exists(bare), "this Python has no venv module that works")
  bare
}

test_that("torch or NumPy missing is said, with the remedy", {
  skip_if_quick()
  bare <- bare_python()
  on.exit(unlink(dirname(dirname(bare)), recursive = TRUE))
  code <- c(
    "library(pytorchbridge)",
    "said <- function(e) cat(class(e)[1], '|', gsub('\\n', ' ', conditionMessage(e)), '\\n')",
    "tryCatch(as_tensor(1), pytorchbridge_error = said)",
    "tryCatch(torch$ones(1L), pytorchbridge_error = said)",
    "tryCatch(np$ones(1L), pytorchbridge_error = said)",
    "print(pytorch_config())"
  )
  said <- run_r(code, env = paste0("RETICULATE_PYTHON=", bare))
  shown <- paste(said, collapse = "\n")
  expect_length(grep("^pytorchbridge_python_error \\|", said), 3)
  told <- "(PyTorch|NumPy) is not installed in the Python that reticulate uses"
  expect_length(grep(told, said), 4)
  expect_match(shown, "PyTorch is not installed", fixed = TRUE)
  expect_match(shown, "NumPy is not installed", fixed = TRUE)
  expect_match(shown, "RETICULATE_PYTHON", fixed = TRUE)
  expect_match(shown, "Install it with install_pytorch()", fixed = TRUE)
  expect_match(shown, "PyTorch: +not found")
  expect_match(shown, "Problem: ", fixed = TRUE)
  expect_no_match(shown, "Traceback", fixed = TRUE)
})

test_that("what an error's last line names is a page", {
  for (kind in c(EXCEPTION_KINDS, "python")) {
    error <- tryCatch(abort(kind, "What was wrong."), error = identity)
    topic <- sub("[.]$", "", sub(".*See [?]", "", conditionMessage(error)))
    expect_identical(class(error)[1], topic)
    page <- utils::help((topic), package = "pytorchbridge")
    expect_identical(basename(as.character(page)), "pytorchbridge_errors")
  }
})

test_that("a long message of Python's is told by its first sentence, and its kind is seen", {
  reticulate::py_run_string("
import torch
from pytorch_bridge import LossyError

def fail(kind, text):
    raise kind(text + ' ' + 'word ' * 500)
")
  python <- reticulate::import_main()
  fail <- function(kind, text) pytorchbridge:::call_method(python, "fail", kind, text)
  builtins <- reticulate::import_builtins()
  error <- expect_says(fail(builtins$RuntimeError, "Something is odd."), "python", "RuntimeError: Something is odd.")
  expect_no_match(conditionMessage(error), "word word")
  expect_says(fail(builtins$NotImplementedError, "Could not run 'aten::x'."), "dtype", "Could not run 'aten::x'.")
  error <- tryCatch(fail(torch$cuda$OutOfMemoryError, "CUDA out of memory."), error = identity)
  expect_match(conditionMessage(error), "CUDA out of memory.", fixed = TRUE)
  expect_no_match(conditionMessage(error), "not there for its dtype")
})

test_that("integers of thousands of digits are told by their length", {
  reticulate::py_run_string("huge = 10 ** 5000")
  huge <- reticulate::import_main(convert = FALSE)$huge
  expect_says(as_r(huge), "lossy", "5001 digits")
  expect_says(as_tensor(huge), "lossy", "5001 digits")
  expect_says(torch$ones(2L, dtype = torch$uint8) + huge, "lossy", "5001 digits")
})

test_that("`na` is not passed over where memory is shared", {
  x <- c(1, NA, 3)[1:3]
  expect_says(as_tensor(x, na = 0, copy = FALSE), "sharing", "`na`", "copy = TRUE")
  expect_says(as_tensor(x, na = "nan", copy = FALSE), "sharing", "`na`")
  expect_identical(as_r(as_tensor(x, na = 0, copy = TRUE)), c(1, 0, 3))
  expect_identical(as_r(as_tensor(x, na = "keep", copy = FALSE)), x)
})

test_that("a date of complex numbers is no date", {
  expect_says(as_tensor(structure(1i, class = "Date")), "dtype", "unclass(x)")
})

test_that("errors of names and kinds name what to write instead, and that works", {
  skip_if_no_torch()
  x <- as_tensor(matrix(c(1, 2, 3, 4, 5, 6), 2))
  expect_says(as_tensor(1, dtype = "numeric"), "dtype", "R's numeric is \"float64\".")
  expect_says(as_tensor(1L, dtype = "integer"), "dtype", "R's integer is \"int64\".")
  expect_identical(as_r(as_tensor(1L, dtype = "int64")), 1)
  expect_says(as_r(x, type = "numeric"), "dtype", "type = \"double\"")
  expect_says(as_r(x, type = "int64"), "dtype", "type = \"integer64\"")
  expect_says(as_numpy(x, dtype = "float32"), "dtype", "as_numpy(to_device(as_tensor(x), dtype = \"float32\"))")
  expect_equal(as_r(as_numpy(to_device(as_tensor(x), dtype = "float32"))), as_r(x))
  expect_says(tensor_info("1"), "dtype", "as.numeric(x)")
  expect_identical(tensor_info(as.numeric("1"))$dtype, "double")
  frame <- data.frame(a = 1)
  expect_says(tensor_info(frame), "dtype", "class data.frame", "one of its elements: x[[1]].")
  expect_identical(tensor_info(frame[[1]])$dtype, "double")
  expect_says(shares_memory(1, list(1L)), "dtype", "class list", "one of its elements: b[[1]].")
  expect_false(shares_memory(1, list(1L)[[1]]))
  layer <- torch$nn$Linear(1L, 1L)
  expect_says(tensor_info(layer), "dtype", "Linear", "give a tensor that it holds, by x$name")
  expect_identical(tensor_info(layer$weight)$dtype, "float32")
  expect_says(dtype_table("python"), "dtype", "which has NumPy's names")
  expect_true("float64" %in% dtype_table("torch")$numpy)
  expect_says(x[3, 1], "subscript", "dimension 1 has 2 elements, with indices from 1 to 2.")
  model <- torch$nn$Linear(2L, 1L)
  expect_says(as_tensor(model), "dtype", "as_tensors(x$state_dict())")
  expect_named(as_tensors(model$state_dict()), c("weight", "bias"))
})

test_that("an empty max() leads to R's own answer", {
  skip_if_no_torch()
  none <- as_tensor(numeric())
  expect_says(max(none), "dtype", "max(as_r(x)) gives what R does")
  expect_identical(suppressWarnings(max(as_r(none))), -Inf)
  missing <- as_tensor(NaN)
  expect_says(min(missing, na.rm = TRUE), "dtype", "min(as_r(x), na.rm = TRUE)")
  expect_identical(suppressWarnings(min(as_r(missing), na.rm = TRUE)), Inf)
})

test_that("a row-major matrix that cannot be viewed has a transpose that can, and a copy", {
  skip_if_no_torch()
  x <- torch$arange(6, dtype = torch$float64)$reshape(2L, 3L)
  expect_says(as_r(x, copy = FALSE), "sharing", "as_r(x$T, copy = FALSE)", "as_tensor(m, order = \"F\")", "copy = TRUE")
  expect_identical(as_r(x$T, copy = FALSE), t(matrix(0:5 + 0, 2, byrow = TRUE)))
  m <- matrix(0:5 + 0, 2, byrow = TRUE)
  expect_identical(as_r(as_tensor(m, order = "F"), copy = FALSE), m)
})

test_that("an R vector keeps its type in as_r(), and another one is asked for by way of a tensor", {
  skip_if_no_torch()
  expect_identical(as_r(c(1L, NA), type = "integer"), c(1L, NA))
  expect_says(as_r(2, type = "integer"), "dtype", "as_r(as_tensor(x), type = \"integer\")")
  expect_identical(as_r(as_tensor(2), type = "integer"), 2L)
  expect_says(as_r(as_tensor(1.5), type = "integer"), "lossy", "1.5")
})
