skip_if_no_torch()
skip_if_quick()

# Writes over memory that was freed, if any was: the same sizes are asked for again and filled.
stir <- function(n) {
  gc()
  for (i in 1:5) {
    torch$full(list(n), -7, dtype = torch$float64)
    rep(-7, n)
  }
}

N <- 5000L

test_that("a view outlives its tensor's names in R and in Python", {
  v <- view(torch$ones(N, dtype = torch$float64))
  stir(N)
  expect_identical(v, rep(1, N))
  t <- torch$arange(N, dtype = torch$float64)
  w <- view(t)
  rm(t)
  stir(N)
  expect_identical(w, 0:(N - 1L) + 0)
  run_python("import torch", "held = torch.full((5000,), 3.0, dtype=torch.float64)")
  u <- view(reticulate::py$held)
  run_python("del held")
  stir(N)
  expect_identical(u, rep(3, N))
  slice <- view(torch$arange(N, dtype = torch$float64)$narrow(0L, 4000L, 10L))
  stir(N)
  expect_identical(slice, 4000:4009 + 0)
  a <- np$arange(N, dtype = "f8")
  of_array <- view(a)
  rm(a)
  stir(N)
  expect_identical(of_array, 0:(N - 1L) + 0)
  expect_true(all(is_view(v), is_view(w), is_view(u), is_view(slice), is_view(of_array)))
})

test_that("a view outlives set_(), data <- and a resize_() that PyTorch refuses", {
  t <- torch$ones(N, dtype = torch$float64)
  v <- view(t)
  t$set_(torch$zeros(3L, dtype = torch$float64))
  stir(N)
  expect_identical(v, rep(1, N))
  t <- torch$ones(N, dtype = torch$float64)
  v <- view(t)
  t$data <- torch$zeros(3L, dtype = torch$float64)
  stir(N)
  expect_identical(v, rep(1, N))
  expect_identical(as_r(t), rep(0, 3))
  t <- torch$ones(N, dtype = torch$float64)
  v <- view(t)
  expect_error(t$resize_(1000000L), "not resizable")
  expect_error(t$untyped_storage()$resize_(0L), "not resizable")
  stir(N)
  expect_identical(v, rep(1, N))
  t <- torch$ones(N, dtype = torch$float64)
  v <- view(t)
  t$resize_(10L) # smaller: the storage stays
  t$fill_(2)
  stir(N)
  expect_identical(v, rep(c(2, 1), c(10, N - 10)))
  array <- np$ones(N)
  v <- view(array)
  expect_error(array$resize(list(1000000L)), "resize")
  stir(N)
  expect_identical(v, rep(1, N))
})

test_that("a view outlives swap_tensors()", {
  skip_if_no_torch()
  skip_if_not(reticulate::py_has_attr(torch$utils, "swap_tensors"), "this PyTorch has no torch$utils$swap_tensors()")
  t <- torch$ones(N, dtype = torch$float64)
  v <- view(t)
  torch$utils$swap_tensors(t, torch$zeros(3L, dtype = torch$float64))
  expect_identical(as_r(t), rep(0, 3))
  stir(N)
  expect_identical(v, rep(1, N))
})

test_that("views of parts and of one another's tensors go in any order", {
  t <- torch$arange(N, dtype = torch$float64)
  views <- lapply(0:9, function(i) view(t$narrow(0L, i * 500L, 500L)))
  rm(t)
  for (i in c(3, 1, 10, 7)) {
    views[i] <- list(NULL)
    stir(500L)
  }
  for (i in setdiff(1:10, c(3, 1, 10, 7))) {
    expect_identical(views[[i]], (i - 1) * 500 + 0:499)
  }
  a <- torch$zeros(N, dtype = torch$float64)
  b <- view(borrow(view(a)))
  a$add_(1)
  rm(a)
  stir(N)
  expect_identical(b, rep(1, N))
})

test_that("a borrowing tensor outlives rm(x); gc(), and the loan ends with it", {
  before <- loans()
  x <- rep(2, N)
  t <- borrow(x)
  expect_identical(loans(), before + 1)
  rm(x)
  stir(N)
  expect_identical(as_r(t$sum()), 2 * N)
  slice <- t$narrow(0L, 4990L, 10L)
  rm(t)
  stir(N)
  expect_identical(as_r(slice), rep(2, 10))
  expect_identical(loans(), before + 1)
  array <- as_numpy(slice)
  rm(slice)
  stir(N)
  expect_identical(loans(), before + 1)
  v <- view(array)
  rm(array)
  stir(N)
  expect_identical(v, rep(2, 10))
  expect_identical(loans(), before + 1)
  rm(v)
  expect_identical(loans(), before)
})

test_that("Python alone may hold a borrowing tensor: in a list, a closure, a DataLoader", {
  before <- loans()
  run_python("def keep(tensor):", "    held = [tensor]", "    return lambda: float(held[0].sum())")
  total <- local(reticulate::py$keep(borrow(rep(3, N))))
  stir(N)
  expect_identical(loans(), before + 1)
  expect_identical(total(), 3 * N)
  rm(total)
  expect_identical(loans(), before)

  loader <- local({
    set <- torch$utils$data$TensorDataset(borrow(matrix(1:40 + 0, 10)))
    torch$utils$data$DataLoader(set, batch_size = 3L, num_workers = 0L)
  })
  stir(40L)
  expect_identical(loans(), before + 1)
  batches <- reticulate::iterate(loader, function(batch) as_r(batch[[1]]))
  expect_identical(do.call(rbind, batches), matrix(1:40 + 0, 10))
  rm(loader, batches)
  expect_identical(loans(), before)
})

test_that("an autograd graph holds what it saved", {
  before <- loans()
  weight <- torch$ones(N, dtype = torch$float64, requires_grad = TRUE)
  loss <- local(weight$mul(borrow(0:(N - 1L) + 0))$sum())
  stir(N)
  expect_identical(loans(), before + 1)
  loss$backward()
  expect_identical(as_r(weight$grad), 0:(N - 1L) + 0)
  rm(loss, weight)
  expect_identical(loans(), before)
})

test_that("a call that fails leaves nothing on loan", {
  before <- loans()
  x <- c(1, 2, 3) + 0
  for (i in 1:3) {
    try(as_tensor(x, dtype = "float32", copy = FALSE), silent = TRUE)
    try(as_tensor(x, dtype = "nothing", copy = FALSE), silent = TRUE)
    try(as_tensor(x, device = "nowhere", copy = FALSE), silent = TRUE)
    try(as_tensor(x, device = "cuda:99", copy = FALSE), silent = TRUE)
    try(as_tensor(array(x, c(rep(1, 65), 3)), copy = FALSE), silent = TRUE)
    try(as_tensor(x + 0L, shape = "a", copy = FALSE), silent = TRUE)
  }
  expect_identical(loans(), before)
})

test_that("memory that a view shows or that is on loan is not moved for other processes", {
  t <- torch$arange(100, dtype = torch$float64)
  v <- view(t)
  expect_error(t$share_memory_(), "R has a view")
  expect_identical(v[100], 99)
  rm(v)
  loans()
  t$share_memory_()
  expect_true(t$is_shared())
  expect_identical(as_r(t$sum()), 4950)
  x <- rep(1, 100)
  u <- borrow(x)
  expect_error(u$share_memory_(), "on loan")
  u$add_(1)
  expect_identical(x, rep(2, 100))
  expect_true(u$clone()$share_memory_()$is_shared())
})

test_that("a tensor whose storage was emptied is refused by whatever reads it", {
  emptied <- function(bytes = 0L) {
    t <- torch$ones(5L, dtype = torch$float64)
    t$untyped_storage()$resize_(bytes)
    t
  }
  calls <- list(
    as_r, print, format, summary, str, sort, rev, sum, mean, median, exp, as.array, as.list, is.na, unique, as_numpy,
    function(t) as_tensor(t, copy = TRUE), function(t) to_device(t, dtype = "float32"),
    function(t) t + 1, function(t) t[2],
    function(t) c(torch$ones(1L, dtype = torch$float64), t), function(t) head(t, 2), function(t) t == t,
    function(t) view(t), tensor_info, function(t) shares_memory(t, t), function(t) t[1] <- 2
  )
  for (i in seq_along(calls)) {
    for (bytes in c(0L, 8L)) {
      t <- emptied(bytes)
      error <- tryCatch(utils::capture.output(calls[[i]](t)), error = identity)
      expect_s3_class(error, "pytorchbridge_dtype_error")
      expect_match(conditionMessage(error), "storage", label = paste("the message of call", i))
    }
  }
})

test_that("the last error, which Python keeps, keeps no vector of R's calls on loan", {
  before <- loans()
  fail <- function() {
    tensor <- borrow(c(1, 2) + 0)
    expect_error(tensor[5:6] <- 1, "out of range")
  }
  for (i in 1:3) {
    fail()
    collect_all()
    expect_identical(loans(), before)
  }
  expect_match(reticulate::py_last_error()$value, "out of range")
})
