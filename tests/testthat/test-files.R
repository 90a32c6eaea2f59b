skip_if_no_torch()
skip_if_not(python_has("safetensors"), "Python finds no module safetensors")

# A file that PyTorch's own library wrote.
written_by_python <- function(tensors, metadata = NULL, file = tempfile(fileext = ".safetensors")) {
  reticulate::import("safetensors.torch")$save_file(tensors, file, metadata)
  file
}

test_that("tensors and R arrays go into a file that any reader opens", {
  file <- tempfile(fileext = ".safetensors")
  on.exit(unlink(file))
  x <- list(a = matrix(c(1, 2, 3, 4), 2), layer = list(weight = torch$arange(3L), deep = list(flag = c(TRUE, FALSE))))
  expect_identical(withVisible(save_tensors(x, file, c(made = "today"))), list(value = file, visible = FALSE))
  found <- reticulate::import("safetensors.torch")$load_file(file)
  expect_setequal(names(found), c("a", "layer.weight", "layer.deep.flag"))
  expect_identical(as_r(found[["a"]]), x$a)
  expect_identical(as_r(found[["layer.weight"]]), c(0, 1, 2))
  expect_identical(as_r(found[["layer.deep.flag"]]), c(TRUE, FALSE))
  save_tensors(torch$ones(2L), file)
  expect_identical(lapply(open_tensors(file), as_r), structure(list(tensor = c(1, 1))))
})

test_that("what is opened has the names, dtypes, shapes, bits and metadata of the file", {
  tensors <- list()
  for (dtype in setdiff(available(ALL_DTYPES), c("float8_e4m3fnuz", "float8_e5m2fnuz", "complex32", "complex128"))) {
    tensors[[paste0("x.", dtype)]] <- torch$arange(6L)$reshape(2L, 3L)$to(torch[[dtype]])
  }
  tensors$scalar <- torch$tensor(2.5)
  tensors$empty <- torch$zeros(0L, 3L)
  file <- written_by_python(tensors, list(a = "b", "c d" = "e"))
  on.exit(unlink(file))
  opened <- open_tensors(file)
  expect_identical(names(opened), sort(names(tensors), method = "radix"))
  expect_identical(attr(opened, "metadata")[c("a", "c d")], c(a = "b", "c d" = "e"))
  for (name in names(tensors)) {
    expect_identical(dtype_of_tensor(opened[[name]]), dtype_of_tensor(tensors[[name]]), info = name)
    expect_identical(dim(opened[[name]]), dim(tensors[[name]]), info = name)
    expect_identical(codes(opened[[name]]), codes(tensors[[name]]), info = name)
  }
  again <- tempfile(fileext = ".safetensors")
  save_tensors(opened[names(opened)], again)
  expect_identical(codes(open_tensors(again)[["x.float32"]]), codes(tensors[["x.float32"]]))
  unlink(again)
})

test_that("strides, common memory and gradients are no obstacle", {
  file <- tempfile()
  on.exit(unlink(file))
  m <- torch$arange(6L)$reshape(2L, 3L)
  z <- torch$tensor(c(1 + 2i, 3i))$conj()
  save_tensors(list(m = m, t = m$t(), row = m[1, ], p = torch$nn$Parameter(torch$ones(2L)), z = z), file)
  opened <- open_tensors(file)
  expect_identical(as_r(opened$t), matrix(0:5 + 0, 3))
  expect_identical(as_r(opened$row), c(0, 1, 2))
  expect_identical(as_r(opened$z), c(1 - 2i, -3i))
  expect_false(opened$p$requires_grad)
})

test_that("a file is mapped: views are of it, and what is written stays here", {
  file <- written_by_python(list(x = torch$arange(4L, dtype = torch$float64)))
  on.exit(unlink(file))
  before <- tools::md5sum(file)
  opened <- open_tensors(file)
  v <- as_r(opened$x, copy = FALSE)
  expect_true(is_view(v))
  expect_identical(v, c(0, 1, 2, 3))
  opened$x$add_(1)
  expect_identical(v, c(1, 2, 3, 4))
  rm(opened)
  gc()
  expect_identical(v[4], 4)
  expect_identical(tools::md5sum(file), before)
  expect_identical(as_r(open_tensors(file)$x), c(0, 1, 2, 3))
  save_tensors(list(x = torch$zeros(1L)), file)
  expect_identical(v, c(1, 2, 3, 4))
})

test_that("a large sparse file opens without being read", {
  skip_without_resident()
  file <- tempfile(fileext = ".safetensors")
  on.exit(unlink(file))
  reticulate::py_run_string(paste(
    "def large(path, rows, columns):",
    "    import json",
    "    size = 4 * rows * columns",
    "    text = json.dumps({'x': {'dtype': 'F32', 'shape': [rows, columns], 'data_offsets': [0, size]}}).encode()",
    "    text += b' ' * (-len(text) % 8)",
    "    with open(path, 'wb') as file:",
    "        file.write(len(text).to_bytes(8, 'little') + text)",
    "        file.truncate(8 + len(text) + size)",
    sep = "\n"
  ))$large(file, 50000L, 100000L)
  skip_if_not(file.size(file) > 2e10, "the file system has no sparse files")
  written_by_python(list(x = torch$ones(1L))) # what is loaded once is loaded before
  before <- resident()
  opened <- open_tensors(file)
  expect_identical(as_r(opened$x[49996:50000, 1:5]), matrix(0, 5, 5))
  expect_lt(resident() - before, 50)
})

test_that("the files of a model open by their index", {
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  written_by_python(list("a.weight" = torch$ones(2L)), file = file.path(folder, "model-1.safetensors"))
  written_by_python(list("b.weight" = torch$zeros(2L)), file = file.path(folder, "model-2.safetensors"))
  index <- file.path(folder, "model.safetensors.index.json")
  write_index <- function(...) {
    map <- c(...)
    fields <- paste0("\"", names(map), "\": \"", map, "\"", collapse = ", ")
    writeLines(paste0("{\"metadata\": {}, \"weight_map\": {", fields, "}}"), index)
  }
  write_index(b.weight = "model-2.safetensors", a.weight = "model-1.safetensors")
  opened <- open_tensors(index)
  expect_identical(lapply(opened, as_r), list(a.weight = c(1, 1), b.weight = c(0, 0)))
  write_index(c.weight = "model-2.safetensors")
  expect_says(open_tensors(index), "file", "c.weight")
  write_index(a.weight = "model-3.safetensors")
  expect_says(open_tensors(index), "file", "no file")
  write_index(a.weight = "../model-1.safetensors")
  expect_says(open_tensors(index), "file", "no index")
  writeLines("[]", index)
  expect_says(open_tensors(index), "file", "no index")
})

test_that("files that are cut off or lie are refused when they are opened", {
  file <- written_by_python(list(x = torch$arange(100L), y = torch$ones(3L)))
  on.exit(unlink(file))
  bytes <- readBin(file, "raw", file.size(file))
  broken <- list(bytes[1:100], bytes[1:4], raw(), bytes[-length(bytes)], c(bytes, as.raw(0)), rev(bytes))
  for (change in list(c("\\[100\\]", "[200]"), c("0,800", "0,900"), c("I64", "I99"), c("812", "800"))) {
    length_of_header <- sum(as.integer(bytes[1:4]) * 256^(0:3))
    header <- rawToChar(bytes[8 + seq_len(length_of_header)])
    changed <- charToRaw(sub(change[1], change[2], header))
    broken <- c(broken, list(c(bytes[1:8], changed, bytes[-seq_len(8 + length_of_header)])))
    if (identical(broken[[length(broken)]], bytes)) broken[[length(broken)]] <- NULL
  }
  expect_gt(length(broken), 8)
  for (content in broken) {
    writeBin(content, file)
    expect_says(open_tensors(file), "file", "is cut off, changed, or no safetensors file")
  }
  expect_says(open_tensors(tempfile()), "file", "There is no file")
  expect_says(open_tensors(tempdir()), "file", "There is no file")
})

test_that("a file that becomes shorter is a condition in the functions of this package", {
  skip_on_os("windows")
  file <- written_by_python(list(x = torch$zeros(1e5L)))
  on.exit(unlink(file))
  opened <- open_tensors(file)
  reticulate::import("os")$truncate(file, 100L)
  expect_says(as_r(opened$x), "file", "400", "has 100", "open it again")
  expect_says(print(opened$x), "file", "has 100")
  other <- tempfile()
  expect_says(save_tensors(opened$x, other), "file", "has 100")
  expect_says(save_tensors(list(a = list(x = opened$x)), other), "file", "has 100")
  expect_false(file.exists(other))
})

test_that("names in any script come back, in UTF-8", {
  file <- tempfile()
  on.exit(unlink(file))
  names <- c("\ud55c", "\uae00.\u00e9", "z")
  save_tensors(setNames(list(1, 2, 3), names), file, c("\uc81c\ubaa9" = "\u00e9"))
  opened <- open_tensors(file)
  expect_setequal(names(opened), names)
  expect_identical(Encoding(names(opened)), ifelse(names(opened) == "z", "unknown", "UTF-8"))
  expect_identical(vapply(names, function(name) as_r(opened[[name]]), 0), setNames(c(1, 2, 3), names))
  expect_identical(attr(opened, "metadata"), c("\uc81c\ubaa9" = "\u00e9"))
})

test_that("what the format cannot hold by its name, or has twice, is refused", {
  file <- tempfile()
  expect_says(save_tensors(list("__metadata__" = 1), file), "dtype", "rename")
  expect_says(save_tensors(list(a = 1), file, c(a = "x", a = "y")), "dtype", "a name of its own")
  expect_false(file.exists(file))
})

test_that("a file that is linked stays linked, and what is no ordinary file is left alone", {
  skip_on_os("windows")
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  target <- file.path(folder, "target")
  link <- file.path(folder, "link")
  save_tensors(1, target)
  file.symlink(target, link)
  save_tensors(2, link)
  expect_identical(Sys.readlink(link), target)
  expect_identical(as_r(open_tensors(target)$tensor), 2)
  fifo <- file.path(folder, "fifo")
  system2("mkfifo", fifo)
  expect_says(save_tensors(3, fifo), "file", "no ordinary file")
  expect_says(save_tensors(3, folder), "file", "no ordinary file")
})

test_that("complex numbers of doubles are saved by their parts, as the error says", {
  file <- tempfile()
  on.exit(unlink(file))
  z <- as_tensor(c(1 + 2i, 3i))
  save_tensors(list(z = torch$view_as_real(z)), file)
  expect_identical(as_r(torch$view_as_complex(open_tensors(file)$z)), c(1 + 2i, 3i))
})

test_that("zeros that PyTorch keeps without memory are written, and what has none is refused", {
  x <- as_tensor(c(1.5, -2), requires_grad = TRUE)
  sum(torch$sgn(x))$backward()
  file <- tempfile(fileext = ".safetensors")
  save_tensors(list(zeros = x$grad), file)
  expect_identical(as_r(open_tensors(file)$zeros), c(0, 0))
  functional <- run_python("import torch", "functional = torch._to_functional_tensor(torch.ones(2))")$functional
  expect_says(save_tensors(list(f = functional), file), "dtype", "no memory that holds its values")
})

test_that("a call that fails leaves the file as it was", {
  file <- tempfile()
  on.exit(unlink(file))
  save_tensors(list(x = 1), file)
  before <- tools::md5sum(file)
  expect_says(save_tensors(list(x = torch$eye(2L)$to_sparse()), file), "dtype", "no place for \"x\"", "saveRDS()")
  expect_says(save_tensors(list(x = "a"), file), "dtype", "`x$x` cannot be saved")
  z <- as_tensor(1i)
  expect_says(save_tensors(list(z = z), file), "dtype", "complex128", "torch$view_as_real(x)")
  expect_says(save_tensors(list(1), file), "dtype", "needs a name")
  expect_says(save_tensors(list(), file), "dtype", "no tensor")
  expect_says(save_tensors(list(a = list(b = 1), a.b = 2), file), "dtype", "\"a.b\"")
  expect_says(save_tensors(list(x = c(1L, NA)), file), "missing", "`x$x` cannot be saved")
  expect_says(save_tensors(list(x = 1), file, metadata = "a"), "dtype", "`metadata`")
  expect_says(save_tensors(list(x = 1), NULL), "dtype", "`file`")
  expect_says(save_tensors(list(x = 1), file.path(file, "below")), "file", "cannot be written")
  expect_identical(tools::md5sum(file), before)
})

test_that("NumPy's files and PyTorch's own are mapped by their libraries, and shared by this package", {
  file <- tempfile(fileext = ".npy")
  on.exit(unlink(file))
  np$save(file, np$arange(4))
  mapped <- np$load(file, mmap_mode = "r")
  v <- as_r(mapped, copy = FALSE)
  expect_true(is_view(v))
  expect_identical(v, c(0, 1, 2, 3))
  private <- as_tensor(np$load(file, mmap_mode = "c"))
  private$add_(1)
  expect_identical(v, c(0, 1, 2, 3))
  writing <- np$load(file, mmap_mode = "r+")
  t <- as_tensor(writing)
  expect_true(shares_memory(t, writing))
  t$add_(1)
  expect_identical(v, c(1, 2, 3, 4))
  expect_identical(as_r(np$load(file)), c(1, 2, 3, 4))
  expect_identical(as_r(private), c(1, 2, 3, 4))
  skip_if(as.numeric_version(sub("[+].*", "", torch$`__version__`)) < "2.1", "this torch.load() maps no files")
  state <- tempfile()
  torch$save(list(x = torch$arange(4L, dtype = torch$float64)), state)
  loaded <- torch$load(state, mmap = TRUE)
  expect_identical(as_r(loaded$x, copy = FALSE), c(0, 1, 2, 3))
  loaded$x$add_(1)
  expect_identical(as_r(torch$load(state, mmap = TRUE)$x), c(0, 1, 2, 3))
  unlink(state)
})
