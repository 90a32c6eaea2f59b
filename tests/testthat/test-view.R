skip_if_no_torch()

test_that("the tour: a view follows add_() and not add()", {
  a <- torch$ones(5L, dtype = torch$float64)
  b <- as_r(a, copy = FALSE)
  expect_identical(b, rep(1, 5))
  a$add_(1)
  expect_identical(b, rep(2, 5))
  a <- a$add(1)
  expect_identical(b, rep(2, 5))
  expect_identical(as_r(a), rep(3, 5))
  expect_true(is_view(b))
})

test_that("reading leaves a view a view, and every answer is that of an ordinary vector", {
  values <- c(3, -1, 4, 1, -5, 9, 2, 6, 5, 3.5, NaN, 8) + 0
  values[11] <- 7
  v <- view(tensor_of(values))
  m <- view(tensor_of(values)$reshape(4L, 3L)$t())
  wide <- matrix(values, 3)
  at <- address(v)
  pdf(NULL)
  on.exit(dev.off())
  reads <- list(
    sum, mean, range, min, max, prod, var, sd, median, quantile, summary, length, rev, sort, order, rank,
    unique, duplicated, which.max, cumsum, diff, is.na, anyNA, is.finite, sqrt = function(x) sqrt(abs(x)),
    function(x) x[1:3], function(x) x[-1], function(x) x[x > 2], function(x) x[[5]], function(x) x + 1,
    function(x) -x, function(x) 2 * x > 3, function(x) x %*% x, function(x) crossprod(x), function(x) outer(x, 1:2),
    function(x) sapply(x, function(e) e * 2), function(x) vapply(x, function(e) e, 0), function(x) lapply(x, identity),
    function(x) Reduce(`+`, x), function(x) Map(`+`, x, 1), function(x) ifelse(x > 2, x, 0), head, tail, format,
    function(x) lm(x ~ seq_along(x))$coefficients, function(x) cut(x, 3), function(x) split(x, x > 2),
    function(x) tapply(x, x > 2, sum), function(x) plot(x), function(x) hist(x, plot = FALSE)$counts,
    function(x) paste(x), function(x) capture.output(str(x)), function(x) capture.output(print(x)),
    function(x) match(4, x), function(x) 4 %in% x, function(x) identical(x, x), function(x) all.equal(x, x + 0),
    function(x) c(table(x)), function(x) c(x, 1), function(x) list(x), function(x) matrix(x, 3),
    function(x) array(x, c(2, 2, 3)),
    function(x) as.integer(x), function(x) as.character(x), function(x) as.vector(x), function(x) is.unsorted(x),
    function(x) do.call(sum, list(x)), function(x) fft(x), function(x) approx(x, n = 3),
    function(x) findInterval(2, sort(x)),
    function(x) {
      total <- 0
      for (element in x) total <- total + element
      for (i in seq_along(x)) total <- total + x[i] + x[[i]]
      total
    }
  )
  for (read in reads) {
    expect_identical(read(v), read(values))
    expect_true(is_view(v))
  }
  of_matrices <- list(
    colSums, rowSums, colMeans, t, dim, nrow, function(x) x %*% t(x), function(x) x[2, ], function(x) x[, 2:3],
    function(x) x[2, 3], function(x) apply(x, 1, sum), function(x) apply(x, 2, range), function(x) crossprod(x),
    function(x) solve(x[, 1:3]), function(x) svd(x)$d, function(x) cor(x), function(x) dist(x), function(x) diag(x),
    function(x) image(x), function(x) as.data.frame(x), function(x) sweep(x, 1, 1:3), function(x) scale(x),
    function(x) rbind(x, 1), function(x) cbind(1, x), function(x) which(x > 3, arr.ind = TRUE), function(x) aperm(x),
    function(x) lm(x[, 1] ~ x[, 2])$coefficients, function(x) x[cbind(1:3, 1:3)], function(x) max.col(x)
  )
  for (read in of_matrices) {
    expect_identical(read(m), read(wide))
    expect_true(is_view(m))
  }
  expect_identical(v, values)
  expect_identical(m, wide)
  expect_identical(address(v), at)
})

test_that("reading takes no memory: 200 MB are looked at where they are", {
  skip_if_quick()
  skip_without_resident()
  n <- 2.5e7
  tensor <- torch$arange(n, dtype = torch$float64)
  cells <- gc()["Vcells", 1]
  before <- resident()
  v <- view(tensor)
  m <- view(tensor$reshape(2500L, 10000L)$t())
  expect_identical(sum(v), n * (n - 1) / 2)
  gc(reset = TRUE)
  expect_identical(mean(v), (n - 1) / 2)
  expect_identical(c(min(v), max(v)), c(0, n - 1))
  expect_identical(v[c(1, n)], c(0, n - 1))
  expect_identical(v[n - 0:2], n - 1:3)
  expect_true(identical(v, v))
  expect_false(anyNA(v))
  expect_identical(which.max(v), as.integer(n))
  expect_identical(colSums(m)[2], sum(10000 + 0:9999))
  expect_identical(m[2, 3], 20001)
  expect_identical((m %*% rep(1, 2500))[1], sum(10000 * (0:2499)))
  for (element in v) if (element == 1e5) break
  expect_identical(element, 1e5)
  expect_lt((gc()["Vcells", 5] - cells) * 8 / 2^20, 10) # the most that was in use since the reset
  expect_lt(resident() - before, 100)
  expect_identical(range(v), c(0, n - 1)) # R's range() itself copies any vector, and drops the copy
  expect_true(is_view(v) && is_view(m))
})

test_that("a result of arithmetic is an ordinary vector, never the view's own memory", {
  tensor <- tensor_of(1:100)
  v <- view(tensor)
  for (result in list(v + 1, -v, sqrt(v), v * v, view(tensor) + 1, view(tensor)[1:100], pmax(v, 0), rev(v))) {
    expect_false(is_view(result))
    expect_false(shares_memory(result, tensor))
  }
  expect_identical(item(tensor, 1), "tensor(1., dtype=torch.float64)")
  expect_identical(sum(view(tensor)), 5050)
})

test_that(".Internal(inspect()) says in one line what a view is", {
  v <- view(torch$ones(5L, dtype = torch$float64))
  lines <- capture.output(.Internal(inspect(v)))
  expect_length(lines, 1)
  expect_match(lines, paste0("view of memory at ", address(v), ", 5 elements (pytorchbridge)"), fixed = TRUE)
})

test_that("as.array(), and copy = NULL where a view can be, make views too", {
  a <- torch$ones(3L, dtype = torch$float64)
  array <- as.array(a, copy = FALSE)
  expect_true(is_view(array))
  expect_identical(array, array(1, 3))
  a$add_(1)
  expect_identical(array, array(2, 3))
  expect_true(is_view(as_r(a, copy = NULL)))
  for (dtype in c("float32", "int64", "uint8", "bool", "int16")) {
    copied <- as_r(torch$ones(3L, dtype = torch[[dtype]]), copy = NULL)
    expect_false(is_view(copied))
    expect_identical(typeof(copied), typeof(as_r(torch$ones(3L, dtype = torch[[dtype]]))))
  }
  expect_false(is_view(as_r(torch$ones(2L, 3L, dtype = torch$float64), copy = NULL)))
  expect_false(is_view(as_r(a)))
  expect_false(is_view(as_r(a, copy = TRUE)))
  expect_false(is_view(a))
  expect_false(is_view(1:10))
  expect_false(is_view(NULL))
  expect_false(is_view(sort(runif(100))))
})

test_that("a view sees what optimizers and kernels write in place", {
  weight <- torch$nn$Parameter(torch$ones(3L, dtype = torch$float64))
  v <- view(weight)
  optimizer <- torch$optim$SGD(list(weight), lr = 0.5)
  weight$sum()$backward()
  optimizer$step()
  expect_identical(v, rep(0.5, 3))
  with(torch$no_grad(), weight$mul_(4))
  expect_identical(v, rep(2, 3))
  into <- torch$zeros(3L, dtype = torch$float64)
  seen <- view(into)
  torch$add(weight$detach(), 1, out = into)
  expect_identical(seen, rep(3, 3))
  expect_true(is_view(v) && is_view(seen))
})
