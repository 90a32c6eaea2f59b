skip_if_no_torch()
skip_if_quick()

# Each has 80 KB, so that 10,000 of them that stay would be 800 MB; tools/memcheck has a smaller stand-in.
K <- if (in_memcheck()) 200L else 10000L
LENGTH <- 10000L

test_that("10,000 views that are made and dropped leave no memory behind", {
  skip_without_resident()
  run_python(
    "import torch", "def hundred():", "    return [torch.empty(10000, dtype=torch.float64) for _ in range(100)]"
  )
  make <- function(times) {
    for (i in seq_len(times / 100)) {
      views <- lapply(reticulate::py$hundred(), view)
    }
    stopifnot(all(vapply(views, is_view, NA)))
    rm(views)
    invisible(gc())
  }
  make(400)
  before <- resident()
  make(K)
  expect_lt(resident() - before, 100)
  one <- torch$ones(LENGTH, dtype = torch$float64)
  for (i in seq_len(K)) v <- view(one)
  gc()
  expect_lt(resident() - before, 100)
})

test_that("10,000 borrows that are made and dropped leave no memory and no loan behind", {
  skip_without_resident()
  at_first <- loans()
  make <- function(times) {
    for (i in seq_len(times)) {
      t <- borrow(numeric(LENGTH))
    }
    rm(t)
    invisible(loans())
  }
  growth <- vapply(1:4, function(round) {
    before <- resident()
    make(K)
    collect_all()
    resident() - before
  }, 0)
  # The heap itself may grow once or twice, to what so many need at a time; a leak grows each time.
  expect_lt(min(growth), 100)
  expect_identical(loans(), at_first)
})

test_that("10,000 loans at a time are made and ended in time that grows with their number", {
  at_first <- loans()
  seconds <- function(times) {
    system.time(kept <<- c(kept, lapply(seq_len(times), function(i) borrow(c(i, 1)))))[["elapsed"]]
  }
  kept <- list()
  first <- seconds(K / 2)
  second <- seconds(K / 2)
  expect_identical(loans(), at_first + K)
  expect_lt(second, 5 * first + 1)
  kept[seq(1, K, 2)] <- list(NULL)
  expect_identical(loans(), at_first + K / 2)
  expect_identical(vapply(kept[c(2, K)], function(t) as_r(t)[1], 0), c(2, K / 2))
  kept <- NULL
  expect_identical(loans(), at_first)
})

test_that("loans that end while a new one is made are released", {
  # Each new loan finds garbage collections under way that end others.
  at_first <- loans()
  old <- gctorture2(step = 50)
  on.exit(gctorture2(old))
  for (i in 1:40) {
    t <- borrow(numeric(3))
    if (i %% 3 == 0) u <- borrow(numeric(4))
  }
  gctorture2(0)
  rm(t, u)
  expect_identical(loans(), at_first)
})

test_that("R frees a vector on loan only when the loan has ended, at its next collection", {
  at_first <- loans()
  freed <- new.env()
  freed$value <- FALSE
  holder <- new.env()
  reg.finalizer(holder, function(e) freed$value <- TRUE)
  x <- 1:10 + 0
  attr(x, "holder") <- holder
  t <- borrow(x)
  rm(x, holder)
  gc()
  expect_false(freed$value)
  rm(t)
  loans()
  gc()
  expect_true(freed$value)
  expect_identical(loans(), at_first)
})
