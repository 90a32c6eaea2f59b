skip_if_no_torch()

test_that("parts of complex numbers are R's, of real ones too", {
  for (x in list(c(3 + 4i, -1i, NaN), c(-1.5, 0, 2, NaN), c(-1L, 2L), c(TRUE, FALSE), matrix(1:4 * 1i, 2))) {
    for (name in c("Re", "Im", "Mod", "Arg", "Conj")) {
      f <- match.fun(name)
      expect_equal(as_r(f(as_tensor(x))) * 1, f(x) * 1, tolerance = 1e-15, label = name)
    }
  }
  expect_identical(dtype_of_tensor(Arg(as_tensor(-1L))), "float64")
})

test_that("they are in autograd's graph", {
  x <- as_tensor(c(3 + 4i, 1), requires_grad = TRUE)
  sum(Mod(x))$backward()
  expect_equal(as_r(x$grad), c(0.6 + 0.8i, 1))
})
