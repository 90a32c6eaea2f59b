skip_if_no_torch()

SOURCES <- function() {
  list(
    torch$arange(100L, dtype = torch$float64), torch$arange(6L, dtype = torch$int32)$reshape(2L, 3L)$t(),
    torch$arange(5L, dtype = torch$uint8), torch$arange(4L, dtype = torch$int64),
    torch$ones(3L, dtype = torch$complex128),
    torch$empty(0L, dtype = torch$float64), np$arange(3)
  )
}

# The file or bytes are read where this package is not loaded, so that an ordinary vector is all there is.
test_that("saveRDS(), save() and serialize() write an ordinary vector", {
  for (source in SOURCES()) {
    v <- view(source)
    truth <- as_r(source, type = if (inherits(v, "integer64")) "integer64" else if (is.raw(v)) "raw")
    file <- tempfile()
    for (ascii in c(TRUE, FALSE)) {
      saveRDS(v, file, ascii = ascii)
      expect_identical(readRDS(file), truth)
      expect_false(is_view(readRDS(file)))
    }
    # Their bytes are those of an ordinary vector.
    expect_identical(serialize(v, NULL), serialize(truth, NULL))
    expect_identical(serialize(v, NULL, version = 2), serialize(truth, NULL, version = 2))
    expect_identical(serialize(list(v, a = v), NULL), serialize(list(truth, a = truth), NULL))
    save(v, file = file)
    loaded <- new.env()
    load(file, loaded)
    expect_identical(loaded$v, truth)
    expect_false(is_view(loaded$v))
    expect_true(is_view(v))
    dump <- tempfile()
    dput(v, dump)
    expect_identical(dget(dump), dget(textConnection(deparse(truth))))
    expect_identical(deparse(v), deparse(truth))
    unlink(c(file, dump))
  }
})

test_that("a copy that was read does not follow the tensor", {
  t <- torch$ones(100L, dtype = torch$float64)
  v <- view(t)
  bytes <- serialize(v, NULL)
  t$add_(1)
  expect_identical(unserialize(bytes), rep(1, 100))
  expect_identical(v, rep(2, 100))
})

test_that("a view with attributes is written with them", {
  v <- view(torch$arange(100L, dtype = torch$float64))
  names(v) <- paste0("a", 1:100)
  attr(v, "note") <- "said"
  back <- unserialize(serialize(v, NULL))
  expect_false(is_view(back))
  expect_identical(back, structure(setNames(0:99 + 0, paste0("a", 1:100)), note = "said"))
})

test_that("another R process, without this package, gets an ordinary vector", {
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  views <- list(
    view(torch$arange(100L, dtype = torch$float64)), view(torch$ones(2L, 3L, dtype = torch$int32)$t())
  )
  saveRDS(views, file)
  printed <- run_r(c(
    paste0("x <- readRDS(", deparse(file), ")"),
    "cat(sum(x[[1]]), dim(x[[2]]), typeof(x[[2]]), \"pytorchbridge\" %in% loadedNamespaces())"
  ))
  expect_identical(tail(printed, 1), "4950 3 2 integer FALSE")
})

test_that("a worker of a cluster gets an ordinary vector", {
  cluster <- tryCatch(parallel::makePSOCKcluster(1), error = function(e) skip("no PSOCK cluster can be made here"))
  on.exit(parallel::stopCluster(cluster))
  v <- view(torch$arange(100L, dtype = torch$float64))
  expect_identical(parallel::clusterCall(cluster, sum, v), list(4950))
  expect_identical(parallel::clusterCall(cluster, identity, v), list(0:99 + 0))
  expect_false("pytorchbridge" %in% parallel::clusterCall(cluster, loadedNamespaces)[[1]])
})

test_that("R's own duplicates are ordinary vectors", {
  t <- torch$ones(100L, dtype = torch$float64)
  v <- view(t)
  copies <- list(v[], v + 0, c(v), as.vector(v)[1:100], rapply(list(v), function(x) x[], how = "unlist"))
  t$zero_()
  for (copy in copies[c(1, 2, 4, 5)]) {
    expect_false(is_view(copy))
    expect_identical(copy, rep(1, 100))
  }
})
