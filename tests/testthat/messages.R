# What test-messages.R runs: each line that is no assignment raises an error of the package. With an
# `if`, only where its condition holds.

t <- torch$ones(2L, 3L)
long <- as_tensor(1:3)
int32 <- as_tensor(c(-2147483648, 5), dtype = "int32")
big <- as_tensor(integer64("9007199254740993"))
python <- function(text) reticulate::py_eval(text, convert = FALSE)
gone <- unserialize(serialize(np$ones(2L), NULL))
damaged <- unserialize(serialize(as_tensor(c(1, 2)), NULL))
attr(damaged, "capsule")$storages <- list()
without_header <- unserialize(serialize(as_tensor(c(1, 2)), NULL))
attr(without_header, "capsule")$header <- NULL
frame <- data.frame(x = 1:2)
check_with_problem <- function(problem) {
  on.exit(the$numpy_problem <- NULL)
  the$numpy_problem <- problem
  check_python()
}
leaf <- torch$ones(2L, requires_grad = TRUE)
hollow <- structure(c(1, 2), class = class(t))

# ---- arguments ----
as_tensor(1, copy = "yes")
as_tensor(1, order = "X")
as_tensor(1, dtype = 5)
as_tensor(1, device = 5)
as_tensor(1, requires_grad = 1)
as_tensor(1, shape = "a")
as_tensor(1L, na = "zero")
as_tensor(c(1, NA), na = 0, copy = FALSE)
as.Date(as_tensor(1), origin = "long ago")
as_tensor(c(TRUE, NA), na = "x")
as_tensor(1, nosuch = 2)
as_tensor(1, NULL, NULL, NULL, "C", "error", FALSE, TRUE, 5)
as_tensor(factor("a"), copy = FALSE)
as_tensor(Sys.Date(), copy = FALSE)
as_tensor(data.frame(a = 1), copy = FALSE)
as_tensor(t, copy = 1)
as_r(t, type = "float")
as_r(t, type = "text")
as_r(2, type = "integer")
as_numpy(t, dtype = "float32")
as_r(t, na = "nan")
as_r(t, copy = NA)
as_numpy(t, copy = 0)
to_device(t, device = 1)
to_device(t, "cpu", non_blocking = "x")
t[1, 1, drop = NA]
sum(long, na.rm = "yes")
sort(long, decreasing = NA)
quantile(t, probs = 2)
round(t, digits = "a")
install_pytorch(cuda = "yes")
install_pytorch(envname = 1)
install_pytorch(version = 2)

# ---- R values to tensors ----
as_tensor("a")
as_tensor(list(1, 2))
as_tensor(NULL)
as_tensor(sum)
as_tensor(as.POSIXlt("2024-02-29", tz = "UTC"))
as_tensor(structure(1, class = "money"))
as_tensor(c(TRUE, NA))
as_tensor(matrix(c(1L, NA, NA, 4L), 2))
as_tensor(factor(c("a", NA)))
as_tensor(integer64(NA))
as_tensor(c(1, NA), dtype = "int32")
as_tensor(c(1L, NA), dtype = "float32")
as_tensor(300, dtype = "uint8")
as_tensor(c(1, 300, 400), dtype = "uint8")
as_tensor(matrix(c(1, 300), 1), dtype = "uint8")
as_tensor(1 + 2i, dtype = "float64")
as_tensor(c(1L, NA), dtype = "uint8", na = 300L)
as_tensor(c(1L, NA), dtype = "int32", na = "nan")
as_tensor(1, dtype = "flaot32")
as_tensor(1, device = "nosuch")
as_tensor(1L, requires_grad = TRUE)
as_tensor(integer64(c("9007199254740993", NA)), na = "nan")
as_tensor(array(1, rep(1, 65)))
as_tensor(data.frame(a = 1, b = "x"))
as_tensor(data.frame(a = 1L, b = c(1L, NA)))
as_tensor(data.frame(d = 0.5, w = integer64("9007199254740993")))
as_tensor(TRUE, copy = FALSE)
as_tensor(1:10, copy = FALSE)
as_tensor(c(1, 2), dtype = "float32", copy = FALSE)
as_tensors(1)
as_tensors(torch$nn$ReLU())
as_tensors(list(good = 1, bad = "one"))
as_tensor(hollow)

# ---- tensors to R ----
as_r(sum)
as_r(torch)
as_r(gone)
as_r(damaged)
as_r(without_header)
as_r(int32)
as_r(int32, copy = FALSE, type = "double")
as_r(big)
as_r(as_tensor(c(1, 2.5)), type = "integer")
as_r(as_tensor(matrix(c(0, 3), 1)), type = "logical")
as_r(as_tensor(1 - 2i), type = "double")
as_r(from_codes("9223372036854775808", "int64"), type = "integer64")
as_r(from_codes("9223372036854775808", "int64"))
if (has_dtype("uint64")) as_r(from_codes("18446744073709551615", "uint64"))
as_r(torch$ones(2L, device = "meta"))
as_r(torch$ones(as.list(rep(1L, 65))))
as_r(torch$zeros(1L, dtype = torch$int8)$expand(134217728L, 134217728L))
as_r(python("__import__('torch').zeros(1, dtype=__import__('torch').int8).expand(2, 2**31)"))
as_r(t, copy = FALSE)
as_r(python("{'a': 2**70}"))
as_r(python("{1: 0, '1': 0}"))
if (requireNamespace("Matrix", quietly = TRUE)) as_r(torch$eye(2L, dtype = torch$complex64)$to_sparse_csc())
as.matrix(torch$ones(1L, 1L, 1L))
tensor_info("a")
c(t, factor("a"))
callCC(function(k) value_of(function(par) k(1))(1))
shares_memory(list(), 1)
to_device(1, "cpu")
to_device(torch$nn$ReLU(), "cpu")
as_numpy(torch$ones(2L, dtype = torch$bfloat16))
as_r(long, like = 1:3, type = "double")
as_r(long, like = list(1))
as_r(long, like = "a")
as_r(long, like = as.POSIXlt("2024-02-29", tz = "UTC"))
as_r(long, like = sum)
as_r(long, like = structure(1, class = "money"))
as_r(t, like = data.frame(a = 1, b = 2, c = "x"))
as_r(python("[1, 2]"), like = 1:2)
as_r(long, like = c(a = 1))
as_r(as_tensor(1i), like = 1L)
as_r(as_tensor(c(1, 2.5)), like = 1:2)
as_r(long, like = factor(c("a", "b", "c")))
as_r(as_tensor(4L), like = factor(c("a", "b", "c")))
as_r(t, like = data.frame(a = 1))
as_r(t, like = data.frame(a = 1, b = 2, c = 3, row.names = "r"))
value_named("nosuch")
save_tensors(list(), "x.safetensors")
save_tensors(list(1), "x.safetensors")
save_tensors(list(a.b = 1, a = list(b = 2)), "x.safetensors")
save_tensors(list(a = "text"), "x.safetensors")

# ---- indices ----
t["a", 1]
t[list(1), 1]
t[NA, 1]
t[2^60]
t[5, 1]
t[[1, 1:2]]
t[1:6] <- 1:4
long[1] <- 1.5
long[1] <- NA
long[[1]] <- 1:2
t[["nosuch"]]

# ---- operators and functions ----
t + "a"
t + list()
t + 1:2
long + NA
long %/% 0L
long^-1L
signif(t)
names(t) <- c("a", "b")
as.data.frame(t, value_name = "v")
frame$x <- as_tensor(1:2)
sprintf("%f", t)
tensor_dataset()
tensor_dataset(a = 1, 2)
tensor_dataset(1:2, 1:3)
tensor_dataset(as_tensor(5, shape = integer()))
tensor_dataset(1:2)$`__getitems__`(0:1)[[3]]
tensor_dataset(c(1L, NA))
tensor_dataset(x = 1:2, na = "nan")
tensor_dataset(1:2)[[0]]
tensor_dataset(1:2)[3]
each_batch(torch$utils$data$DataLoader(tensor_dataset(x = 1:2)), function(a, b) a)
dataset(2, identity)[1:2]
value_of(sum)(TRUE)
gradient_of(sum)(leaf)
t + NA
sum(as_tensor(1), NA)
diag(as_tensor(c(1, 2)))
rep(t, 2)
max(torch$ones(0L))
na.fail(as_tensor(c(1, NaN)))
rowsum(t, c(1, NA))
isSymmetric(long)
qr(torch$eye(2L, requires_grad = TRUE))
leaf[1] <- 5
solve(torch$ones(2L, 2L, dtype = torch$int64), "a")

# ---- plots and pictures ----
plot(t, t)
plot(as_tensor(1i))
plot(as_tensor(numeric()))
plot(as_tensor(matrix(NaN, 2, 2)))
as.raster(as_tensor(matrix(1i)))
as.raster(as_tensor(matrix(c(0, 2), 1)))
as.raster(torch$ones(5L, 5L, 5L))

# ---- what is missing, or does not fit ----
check_with_problem(numpy_problem("1.28", "2.0.0"))
abort_import("PyTorch", simpleError("No module named 'torch'"))
abort_import("PyTorch", simpleError("No module named 'torch.rare'"))
abort_import("PyTorch", simpleError("No module named 'rare.module'"))
abort_import("PyTorch", simpleError("libc10.so is no library"))
abort_unknown("\"nosuch_cpu\" not implemented for 'Half'")
abort_unknown("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64.")
abort_unknown("something else")
install_plan("env", NULL, NULL, NULL, list(path = "/envs/env", state = "other"))
install_plan("env", NULL, NULL, NULL, list(path = "/envs/env", state = "faulty"))
choose_python(list(), "numpy>=1.23")
choose_python(list(list(path = "/a/python", version = "3.8.1")), "numpy>=1.23")
choose_build(TRUE, NULL, "Darwin", FALSE, NA)
choose_build(TRUE, NULL, "Linux", TRUE, "11.0")
check_installed(list(path = "/envs/none"))
