skip_if_no_torch()

specimens <- function() reticulate::py_run_file(test_path("specimens.py"))

# Through a file or bytes, into the same session.
through <- function(x, ...) unserialize(serialize(x, NULL, ...))

test_that("every dtype, layout and kind of tensor arrives in another R process bit by bit", {
  skip_if_quick()
  tensors <- specimens()$specimens()
  expect_gt(length(tensors), 40)
  if (in_memcheck()) tensors <- tensors[seq(1, length(tensors), 8)] # C sees no difference between them
  pairs <- lapply(tensors, function(t) list(t, t$detach()))
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  for (version in 2:3) {
    saveRDS(pairs, file, version = version)
    printed <- run_r(c(
      paste0("pairs <- readRDS(", deparse(file), ")"),
      "cat(\"started:\", reticulate::py_available(), \"\\n\")",
      paste0("specimens <- reticulate::py_run_file(", deparse(normalizePath(test_path("specimens.py"))), ")"),
      "for (name in names(pairs)) {",
      "  pair <- pairs[[name]]",
      "  invisible(lapply(pair, pytorchbridge::tensor_info))", # of version 2, this package must revive it
      "  differences <- unlist(specimens$differences(name, pair[[1]]))",
      "  shared <- specimens$share_storages(pair[[1]], pair[[2]])",
      "  cat(\"<\", name, \">\", differences, if (!shared) \"not shared\", \"\\n\", sep = \"\")",
      "}"
    ))
    expect_true("started: FALSE " %in% printed)
    expect_identical(grep("^<.*>", printed, value = TRUE), paste0("<", names(tensors), ">"))
  }
})

test_that("a tensor is found anywhere in an object", {
  t <- torch$arange(3L)
  in_closure <- local({
    hidden <- t
    function() as_r(hidden)
  })
  frame <- data.frame(n = 1:2)
  frame$column <- list(t, t + 1)
  holder <- methods::setClass("ptbHolder", representation(slot = "ANY"), where = environment())
  fields <- new.env()
  fields$t <- t
  x <- list(t, list(deep = t), in_closure, frame, structure(1, note = t), holder(slot = t), fields)
  for (version in 2:3) {
    back <- through(x, version = version)
    expect_identical(as_r(back[[1]]), c(0, 1, 2))
    expect_identical(as_r(back[[2]]$deep), c(0, 1, 2))
    expect_identical(back[[3]](), c(0, 1, 2))
    expect_identical(as_r(back[[4]]$column[[2]]), c(1, 2, 3))
    expect_identical(as_r(attr(back[[5]], "note")), c(0, 1, 2))
    expect_identical(as_r(back[[6]]@slot), c(0, 1, 2))
    expect_identical(as_r(back[[7]]$t), c(0, 1, 2))
  }
})

test_that("tensors that a function returns several of can be saved, too", {
  parts <- torch$arange(4L)$split(2L)
  expect_identical(as_r(through(parts)[[2]]), c(2, 3))
  extremes <- torch$tensor(list(3, 1))$sort()
  expect_identical(as_r(through(list(extremes[[0]]))[[1]]), c(1, 3))
})

test_that("save(), save.image(), saveRDS(ascii =) and a text file keep tensors", {
  t <- torch$arange(6L)$reshape(2L, 3L)
  truth <- matrix(c(0, 3, 1, 4, 2, 5), 2)
  file <- tempfile()
  on.exit(unlink(file))
  for (ascii in c(TRUE, FALSE)) {
    saveRDS(t, file, ascii = ascii)
    expect_identical(as_r(readRDS(file)), truth)
    save(t, file = file, ascii = ascii)
    loaded <- new.env()
    load(file, loaded)
    expect_identical(as_r(loaded$t), truth)
  }
  saveRDS(t, file, version = 2, compress = "xz")
  expect_identical(as_r(readRDS(file)), truth)
})

test_that("an object is revived in place by whatever uses it first", {
  t <- torch$arange(3L, dtype = torch$float64)
  uses <- list(
    function(x) as_r(x), function(x) as_r(x$clone()), function(x) as_r(x + 0), function(x) as_r(torch$add(x, 0)),
    function(x) as_r(torch$stack(list(x))[1, ]), function(x) as.double(x), function(x) as_r(x[1:3]),
    function(x) as_r(as_numpy(x))
  )
  for (use in uses) {
    x <- through(t)
    alias <- x
    expect_identical(use(x), c(0, 1, 2))
    expect_false(bindingIsActive("pyobj", x))
    x$add_(1)
    expect_identical(as_r(alias), c(1, 2, 3))
  }
  expect_identical(dim(through(t$reshape(1L, 3L))), c(1L, 3L))
  expect_identical(length(through(t)), 3L)
  expect_output(print(through(t)), "<float64 tensor [3] on cpu>", fixed = TRUE)
  expect_identical(reticulate::py_str(through(t)), reticulate::py_str(t))
})

# Those of version 2 wait for a method or a function of this package: R runs nothing when it reads them.
test_that("an object in the format of version 2 is revived by the methods of this package", {
  t <- torch$arange(3L, dtype = torch$float64)
  old <- function() through(t, version = 2)
  uses <- list(
    function(x) as_r(x), function(x) as_r(x + 0), function(x) as_r(x[1:3]), function(x) as.double(x),
    function(x) as_r(as_numpy(x)), function(x) as_r(cbind(x))[, 1], function(x) as_r(to_device(x, "cpu"))
  )
  for (use in uses) {
    x <- old()
    expect_identical(use(x), c(0, 1, 2))
    x$add_(1)
    expect_identical(as_r(x), c(1, 2, 3))
  }
  expect_identical(length(old()), 3L)
  expect_output(print(old()), "<float64 tensor [3] on cpu>", fixed = TRUE)
})

test_that("what was read can be written again, before and after its first use", {
  t <- torch$arange(3L)
  for (version in 2:3) {
    once <- through(t, version = version)
    twice <- through(once, version = version)
    expect_identical(as_r(twice), c(0, 1, 2))
    expect_identical(as_r(through(twice, version = version)), c(0, 1, 2))
    expect_identical(as_r(once), c(0, 1, 2))
  }
})

test_that("tensors that share a storage share it again, and it is written once", {
  t <- torch$zeros(1e5L)
  pair <- list(all = t, row = t[1:10], back = t$reshape(100L, 1000L))
  for (version in 2:3) {
    bytes <- serialize(pair, NULL, version = version)
    expect_lt(length(bytes), 4e5 + 5000)
    back <- unserialize(bytes)
    back$row[] <- 7
    expect_identical(sum(as_r(back$all)), 70)
    expect_identical(as_r(back$back[1, 1:11]), rep(c(7, 0), c(10, 1)))
    expect_identical(as_r(t$sum()), 0)
  }
  # One that is not revived yet has the values that its storage has when it is.
  back <- unserialize(serialize(pair, NULL))
  back$row$fill_(1)
  again <- through(back["all"])
  expect_identical(as_r(again$all$sum()), 10)
  # Storages of an object's own parts, too.
  both <- through(list(t[1:2], torch$zeros(2L)))
  both[[1]]$fill_(1)
  expect_identical(as_r(both[[2]]), c(0, 0))
})

test_that("what is written are the values of that moment", {
  t <- torch$zeros(3L)
  expect_identical(as_r(through(t)), c(0, 0, 0))
  for (version in c(2, 3, 2)) {
    t$add_(1)
    expect_identical(as_r(through(t, version = version)), as_r(t))
  }
  t$resize_(5L)$fill_(4)
  expect_identical(as_r(through(t)), rep(4, 5))
  t$set_(torch$ones(2L, 2L))
  expect_identical(as_r(through(t, version = 2)), matrix(1, 2, 2))
  bytes <- serialize(t, NULL)
  t$zero_()
  expect_identical(as_r(unserialize(bytes)), matrix(1, 2, 2))
})

test_that("a Parameter in a list made by state_dict() goes back into a module", {
  model <- torch$nn$Linear(2L, 1L)
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(model$state_dict(), file)
  other <- torch$nn$Linear(2L, 1L)
  other$load_state_dict(readRDS(file))
  expect_identical(as_r(other$weight), as_r(model$weight))
  expect_identical(as_r(other$bias), as_r(model$bias))
})

test_that("a module that was saved itself says what to save", {
  skip_if_not_direct()
  model <- unserialize(serialize(torch$nn$Linear(2L, 1L), NULL))
  expect_says(model$weight, "python", "is gone", "x$state_dict()", "x$load_state_dict(readRDS(file))")
  expect_says(model(torch$ones(1L, 2L)), "python", "is gone", "x$state_dict()")
})

test_that("a reader without this package gets raw vectors and no error", {
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(torch$tensor(c(1, 2, 3)), file)
  library_without <- tempfile()
  dir.create(library_without)
  script <- tempfile(fileext = ".R")
  writeLines(c(
    paste0("x <- suppressWarnings(readRDS(", deparse(file), "))"),
    "capsule <- attr(x, \"capsule\")",
    "cat(typeof(capsule$header), rawToChar(capsule$header[10:22]), \"\\n\")",
    "bytes <- attr(capsule$storages[[1]], \"bytes\")",
    "cat(typeof(bytes), readBin(bytes, \"double\", 3, size = length(bytes) / 3), \"\\n\")",
    "cat(\"pytorchbridge\" %in% loadedNamespaces(), \"\\n\")"
  ), script)
  printed <- system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
    stdout = TRUE, stderr = TRUE, env = c("R_LIBS=", "R_TESTS=", "R_LIBS_USER=-", "R_LIBS_SITE=-")
  )
  skip_if(any(grepl("^TRUE", printed)), "this package is in R's own library")
  expect_identical(trimws(printed), c("raw \"__metadata__", "raw 1 2 3", "FALSE"))
})

test_that("what cannot be saved is told when it is written, and when it is used", {
  nested <- torch$nested$nested_tensor(list(torch$ones(2L), torch$ones(3L)))
  expect_warning(bytes <- serialize(nested, NULL), "cannot be saved: a nested tensor has no one shape")
  x <- unserialize(bytes)
  expect_says(as_r(x), "file", "not saved", "unbind()")
  error <- tryCatch(torch$add(x, 1L), error = identity) # testthat would look at x in the traceback
  expect_s3_class(error, "pytorchbridge_file_error")
})

test_that("a saved tensor that was changed gives a condition, and never a crash", {
  bytes <- serialize(torch$ones(20L), NULL)
  change <- function(f) {
    x <- unserialize(bytes)
    attr(x, "capsule") <- f(attr(x, "capsule"))
    x
  }
  broken <- list(
    change(function(capsule) replace(capsule, "header", list(capsule$header[1:50]))),
    change(function(capsule) replace(capsule, "header", list(raw()))),
    change(function(capsule) replace(capsule, "header", list(rev(capsule$header)))),
    change(function(capsule) replace(capsule, "storages", list(list()))),
    change(function(capsule) replace(capsule, "storages", list(list(1)))),
    change(function(capsule) replace(capsule, "storages", list(rep(capsule$storages, 2)))),
    change(function(capsule) {
      attr(capsule$storages[[1]], "bytes") <- as.raw(1:79)
      capsule
    })
  )
  for (x in broken) {
    expect_says(as_r(x), "file", "saved tensor")
    expect_says(x + 1, "file", "saved tensor")
  }
})

test_that("zeros that PyTorch keeps without memory are saved, and what has none of its own says so", {
  skip_if_no_torch()
  x <- as_tensor(c(1.5, -2), requires_grad = TRUE)
  sum(torch$sgn(x))$backward()
  second <- torch$autograd$grad(sum(torch$autograd$grad(sum(abs(x)), x, create_graph = TRUE)[[1]]), x)[[1]]
  for (zeros in list(x$grad, second, torch$autograd$grad(sum(torch$sgn(x)), x)[[1]])) {
    expect_identical(as_r(unserialize(serialize(zeros, NULL))), c(0, 0))
    expect_identical(as_r(unserialize(serialize(zeros, NULL, version = 2))), c(0, 0))
  }
  functional <- run_python("import torch", "functional = torch._to_functional_tensor(torch.ones(2))")$functional
  expect_warning(bytes <- serialize(functional, NULL), "made of other tensors")
  expect_says(as_r(unserialize(bytes)), "file", "made of other tensors")
})

test_that("garbage collection at any moment does no harm", {
  skip_if_quick()
  tensors <- lapply(1:20, function(i) torch$full(list(100L), i))
  bytes <- serialize(tensors, NULL)
  rm(tensors)
  gc()
  back <- unserialize(bytes)
  gc()
  sums <- vapply(back, function(x) {
    gc()
    as_r(x$sum())
  }, 0)
  expect_identical(sums, 100 * (1:20 + 0))
  again <- serialize(back, NULL)
  rm(back)
  gc()
  expect_identical(as_r(unserialize(again)[[20]][1]), 20)
})

test_that("storages are let go when R has no use for them", {
  held <- function() length(reticulate::import("pytorch_bridge.capsules")$`_held`)
  gc()
  before <- held()
  for (i in 1:5) through(torch$ones(10L))
  x <- through(torch$ones(10L))
  storages <- attr(x, "capsule")$storages # which a tensor that is revived needs no more
  as_r(x)
  expect_gt(held(), before)
  rm(x, storages)
  gc()
  gc()
  expect_identical(held(), before)
})

test_that("object.size() counts the storage", {
  expect_gt(as.double(object.size(torch$zeros(1000L))), 4000)
})

test_that("a child of a fork hands tensors over", {
  skip_on_os("windows")
  t <- torch$arange(3L)
  back <- parallel::mclapply(1:2, function(i) t, mc.cores = 2)
  expect_identical(as_r(back[[2]]), c(0, 1, 2))
})

test_that("a worker of a cluster gets tensors, and gives them back", {
  skip_if_quick()
  cluster <- tryCatch(parallel::makePSOCKcluster(1), error = function(e) skip("no PSOCK cluster can be made here"))
  on.exit(parallel::stopCluster(cluster))
  parallel::clusterCall(cluster, function(paths) .libPaths(paths), .libPaths())
  t <- torch$arange(3L)
  expect_identical(parallel::clusterCall(cluster, function(x) as.double(x + 1), t), list(c(1, 2, 3)))
  back <- parallel::clusterCall(cluster, function(x) x * 2L, t)[[1]]
  expect_identical(as_r(back), c(0, 2, 4))
})

# Of 400 kB: a small storage is copied, a large one stays where R has read it.
large <- function() torch$arange(1e5L, dtype = torch$float32)

test_that("a large tensor is on the memory that it was read into, and does with it what it likes", {
  skip_if_quick()
  for (version in 2:3) {
    before <- loans()
    x <- through(list(t = large(), row = large()[1:3]), version = version)
    x$t$add_(1)
    expect_identical(loans(), before + 1)
    expect_identical(as_r(x$t[c(1, 1e5)]), c(1, 1e5))
    expect_identical(tensor_info(x$t)$owner, "PyTorch")
    other <- x$t
    rm(x)
    gc()
    v <- as_r(other$double()[1:2], copy = FALSE)
    expect_identical(as_r(other$sum()), as_r((large() + 1)$sum()))
    other$share_memory_()
    expect_identical(as_r(other[1e5]), 1e5)
    expect_identical(loans(), before)
    expect_identical(v, c(1, 2))
  }
})

test_that("what is read twice is two tensors", {
  file <- tempfile()
  on.exit(unlink(file))
  for (t in list(torch$zeros(3L), torch$zeros(1e5L))) {
    saveRDS(t, file)
    x <- readRDS(file)
    y <- readRDS(file)
    x$add_(1)
    y$sub_(1)
    x$add_(1)
    expect_identical(as_r(x[1]), 2)
    expect_identical(as_r(y[1]), -1)
    expect_identical(as_r(t[1]), 0)
  }
})

test_that("where there is no PyTorch a file is read and written again, and using it says what is missing", {
  skip_if_quick()
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  for (version in 2:3) {
    saveRDS(list(large(), torch$ones(2L)), file, version = version)
    printed <- run_r(c(
      paste0("x <- readRDS(", deparse(file), ")"),
      paste0("saveRDS(x, ", deparse(file), ")"),
      "cat(length(x), reticulate::py_available(), \"\\n\")",
      "error <- tryCatch(pytorchbridge::as_r(x[[1]]), error = identity)",
      "cat(class(error)[1], \"\\n\")"
    ), env = "RETICULATE_PYTHON=/nowhere/python")
    expect_true("2 FALSE " %in% printed)
    expect_identical(tail(printed, 1), "pytorchbridge_python_error ")
    back <- readRDS(file)
    expect_identical(as_r(back[[1]][1e5]), 99999)
    expect_identical(as_r(back[[2]]), c(1, 1))
  }
})

test_that("a file that is cut off is R's error, and one with changed bytes a condition or the tensor", {
  skip_if_quick()
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(torch$ones(20L), file, compress = FALSE)
  whole <- readBin(file, "raw", file.size(file))
  for (length in seq(20, length(whole) - 1, by = 23)) {
    writeBin(whole[1:length], file)
    expect_error(readRDS(file))
  }
  set.seed(1)
  start <- regexpr("__metadata__", rawToChar(replace(whole, whole == 0 | whole > 127, as.raw(63))))
  outcomes <- vapply(sample(start + 0:200, if (in_memcheck()) 20 else 100), function(at) {
    changed <- replace(whole, at, as.raw(sample(0:255, 1)))
    x <- unserialize(changed)
    tryCatch(toString(as_r(x)), pytorchbridge_error = function(error) "condition")
  }, "")
  expect_setequal(c(outcomes, toString(rep(1, 20))), c("condition", toString(rep(1, 20))))
})

test_that("garbage collection at every moment of reading, using and writing does no harm", {
  skip_if_quick()
  skip_if(nzchar(Sys.getenv("MEMCHECK_LIBRARY")), "tools/memcheck collects garbage itself")
  bytes <- serialize(list(torch$ones(3L), large()), NULL)
  tortured <- function(code) {
    gctorture2(7)
    on.exit(gctorture2(0))
    code
  }
  for (i in 1:3) {
    x <- tortured(unserialize(bytes))
    tortured({
      small_shape <- x[[1]]$dim()
      large_shape <- x[[2]]$dim()
    })
    expect_identical(c(small_shape, large_shape), c(1L, 1L))
    bytes <- tortured(serialize(x, NULL))
  }
  expect_identical(as_r(x[[1]]), c(1, 1, 1))
  expect_identical(as_r(x[[2]][1e5]), 99999)
})

test_that("tensors inside what reticulate converts, or in an R function's arguments, are saved like others", {
  skip_if_not_direct()
  skip_if_no_torch()
  w <- torch$ones(2L, requires_grad = TRUE)
  optimizer <- torch$optim$Adam(list(w))
  sum(w)$backward()
  optimizer$step()
  kept <- NULL
  keep <- autograd_function(function(x) kept <<- x, function(g, x) g)
  keep(as_tensor(c(1, 2)))
  inside <- list(optimizer$state_dict()$state[[1]]$exp_avg, optimizer$param_groups[[1]]$params[[1]], kept)
  for (tensor in inside) {
    expect_identical(as_r(unserialize(serialize(tensor, NULL))), as_r(tensor))
  }
})

test_that("what a session is given first, before it has seen a tensor, is saved like others", {
  skip_without_library("safetensors")
  out <- run_r(c(
    "suppressMessages(library(pytorchbridge))", "f <- tempfile()",
    "save_tensors(list(a = c(1, 2), b = c(30, 40)), f); o <- open_tensors(f)",
    "b <- unserialize(serialize(o, NULL)); cat('sum', as.double(sum(b$a)) + as.double(sum(b$b)), '\n')"
  ))
  expect_true("sum 73 " %in% out, info = paste(out, collapse = "\n"))
})

test_that("the attributes of one tensor on another change no value", {
  skip_if_no_torch()
  t <- as_tensor(c(1, 2, 3))
  waiting <- unserialize(serialize(t, NULL))
  b <- as_tensor(c(4, 5, 6))
  attributes(b) <- attributes(waiting)
  expect_identical(as_r(b), c(4, 5, 6))
  expect_identical(as_r(waiting), c(1, 2, 3))
  b <- as_tensor(c(4, 5, 6))
  attributes(b) <- attributes(t)
  expect_identical(as_r(b), c(4, 5, 6))
  expect_says(as_r(unserialize(serialize(b, NULL))), "python", "is gone")
  expect_identical(as_r(unserialize(serialize(t, NULL))), c(1, 2, 3))
})
