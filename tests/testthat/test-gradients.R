# The gradient of every function of tensors that has one, beside the slope that plain R's own function of the same name
# has: the difference of its values at two points near by.

slope <- function(f, at, step = 1e-5) (f(at + step) - f(at - step)) / (2 * step)

function_of_x <- function(body, data) {
  f <- function(x) NULL
  body(f) <- body
  environment(f) <- list2env(data, parent = globalenv())
  f
}

expect_slope <- function(body, at, data = list()) {
  plain <- function_of_x(body, data)
  of_tensor <- function_of_x(body, lapply(data, as_tensor))
  found <- gradient_of(function(par) sum(of_tensor(par[1])))(at)
  expect_equal(found, sum(slope(plain, at)), tolerance = 1e-6, info = paste(deparse(body), "at", at))
}

test_that("of mathematical functions, also where their value is exactly 0 or an integer", {
  skip_if_no_torch()
  bodies <- expression(
    sin(x), cos(x), tan(x), exp(x), log(x + 9), log(x + 9, 3), log2(x + 9), log10(x + 9), log1p(x + 9), expm1(x),
    sqrt(x + 9), abs(x + 0.3), asin(x / 10), acos(x / 10), atan(x), sinh(x), cosh(x), tanh(x), asinh(x),
    acosh(x + 12), atanh(x / 10), gamma(x + 5), lgamma(x + 5), digamma(x + 5), trigamma(x + 5), gamma(x - 0.25),
    lgamma(x - 0.25), digamma(x - 0.25), trigamma(x - 0.25), sinpi(x), cospi(x), tanpi(x + 0.25), sinpi(x + 0.5),
    cospi(x + 0.5), floor(x + 0.3), ceiling(x + 0.3), round(x + 0.3), trunc(x + 0.3), sign(x + 0.3)
  )
  for (body in as.list(bodies)) {
    for (at in c(0, 0.37, 0.5, 1, -1.2, -2)) expect_slope(body, at)
  }
  for (at in c(0, 1, -2)) expect_slope(quote(tanpi(x)), at)
})

test_that("of operators", {
  skip_if_no_torch()
  bodies <- expression(
    -x, x + 2, 2 - x, x * x, 3 * x, x / (x + 9), 2 / (x + 9), x^2, x^3, x^0, 2^x, (x + 9)^x, (x + 9)^-1, (x + 9)^0.5,
    (x + 20.3) %% 7, 7 %% (x + 9.3), (x + 20.3) %% (x + 9), (x + 20.3) %/% 7, 7 %/% (x + 9.3), (x + 0.3) %/% (x + 9.3)
  )
  for (body in as.list(bodies)) {
    for (at in c(0, 0.37, 1, -2)) expect_slope(body, at)
  }
})

test_that("of linear algebra", {
  skip_if_no_torch()
  data <- list(
    A = matrix(c(4, 1, 0.5, 1, 5, 0.3, 0.5, 0.3, 6), 3),
    B = matrix(c(0.3, 0.2, -0.1, 0.2, 0.4, 0.25, -0.1, 0.25, 0.1), 3)
  )
  bodies <- expression(
    sum(log(diag(chol(A + x * B)))), sum(chol(A + x * B) * A), sum(chol(t(A + x * B)) * B), sum(solve(A + x * B) * B),
    sum(solve(A + x * B, A) * B), det(A + x * B), determinant(A + x * B)$modulus, sum(diag(A * x)^2), sum(t(A * x)^2)
  )
  for (body in as.list(bodies)) expect_slope(body, 0.6, data)
})

test_that("of sums, means, extremes and joins", {
  skip_if_no_torch()
  data <- list(v = c(1.3, -0.7, 2.1, 0.4), w = c(2, 1, 4, 3), C = matrix(c(1, -2, 0.5, 0.7, 0.1, 3, -1, 2), 4))
  bodies <- expression(
    sum(v * x)^2, prod(v * x), max(v * x)^2, min(v * x)^2, sum(range(v * x)^2), mean(v * x)^2, sum(cumsum(v * x)^2),
    sum(cumprod(v * x)), sum(cummax(v * x)^2), sum(cummin(v * x)^2), sum(rev(v * x) * w), sum(c(v * x, w * x)^2),
    sum(cbind(v * x, w * x^2)^2), sum(rbind(v * x, w)^2), sum(append(v * x, w * x, 2)^2), sum((C * x)[2, ]^2),
    sum((C * x)[C > 0]^2), (C * x)[[2, 1]]^2, sum(aperm(C * x)^2), sum(diff(v * x)^2), sum(diff(v * x + w, 2)^2),
    sum(scale(C * x + C^2)^3), sum(scale(C * x, scale = FALSE)^2), weighted.mean(v * x, w * x + 9),
    sum(rowsum(C * x, c(1, 2, 1, 2))^2), sum(sweep(C * x, 2, c(1, 2))^2), sum(head(v * x, 2)^2), sum(tail(v * x, 2)^2),
    sum(split(v * x, c(1, 1, 2, 2))[[1]]^2), Reduce("+", list(x, x^2)), sum(drop(C * x)^2)
  )
  for (body in as.list(bodies)) expect_slope(body, 0.6, data)
})
