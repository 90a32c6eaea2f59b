# Truths are derivatives worked out by hand, and R's own deriv().

test_that("value, gradient and Hessian are those of R's own deriv()", {
  skip_if_no_torch()
  truth <- deriv(~ exp(a) * b^2 + sin(a * b), c("a", "b"), function(a, b) NULL, hessian = TRUE)(0.3, 1.7)
  f <- function(par) exp(par[1]) * par[2]^2 + sin(par[1] * par[2])
  at <- c(0.3, 1.7)
  expect_equal(value_of(f)(at), as.vector(truth), tolerance = 1e-14)
  expect_equal(gradient_of(f)(at), as.vector(attr(truth, "gradient")), tolerance = 1e-14)
  expect_equal(hessian_of(f)(at), matrix(attr(truth, "hessian"), 2), tolerance = 1e-14)
})

test_that("names of the parameters stay, and further arguments go to the function", {
  skip_if_no_torch()
  f <- function(par, weight, power = 2) weight * sum(par^power)
  at <- c(a = 1, b = 2)
  expect_identical(value_of(f)(at, 10), 50)
  expect_identical(gradient_of(f)(at, 10), c(a = 20, b = 40))
  expect_identical(gradient_of(f)(at, weight = 1, power = 3), c(a = 3, b = 12))
  expect_identical(hessian_of(f)(at, 10), matrix(c(20, 0, 0, 20), 2, dimnames = list(c("a", "b"), c("a", "b"))))
})

test_that("one parameter, no parameter, integers, and a function that does not depend on them", {
  skip_if_no_torch()
  square <- function(par) sum(par^2)
  expect_identical(gradient_of(square)(3), 6)
  expect_identical(hessian_of(square)(3), matrix(2))
  expect_identical(gradient_of(square)(3L), 6)
  expect_identical(value_of(square)(numeric()), 0)
  expect_identical(gradient_of(square)(numeric()), numeric())
  expect_identical(dim(hessian_of(square)(numeric())), c(0L, 0L))
  constant <- function(par) torch$tensor(7)
  expect_identical(value_of(constant)(1:2), 7)
  expect_identical(gradient_of(constant)(1:2), c(0, 0))
  expect_identical(hessian_of(constant)(1:2), matrix(0, 2, 2))
  expect_identical(hessian_of(sum)(1:2), matrix(0, 2, 2))
  expect_identical(value_of(function(par) sum(par) / 0)(1), Inf)
})

# An optimizer that takes a value, and a gradient at the same point.
value_then_gradient <- function(value, gradient, par) {
  value(par)
  gradient(par)
}
environment(value_then_gradient) <- asNamespace("stats")

test_that("under an optimizer a gradient at the point of the last value calls the function no second time", {
  skip_if_no_torch()
  calls <- 0
  f <- function(par, power = 2) {
    calls <<- calls + 1
    sum(par^power)
  }
  value <- value_of(f)
  gradient <- gradient_of(f)
  expect_identical(value_then_gradient(value, gradient, c(1, 2)), c(2, 4))
  expect_identical(calls, 1)
  elsewhere <- function(par) gradient(par + 1)
  expect_identical(value_then_gradient(value, elsewhere, c(1, 2)), c(4, 6)) # another point
  expect_identical(calls, 3)
  other_argument <- function(par) gradient(par, power = 3)
  expect_identical(value_then_gradient(value, other_argument, c(1, 2)), c(3, 12))
  expect_identical(value_then_gradient(value, gradient_of(function(par) sum(par^4)), c(1, 2)), c(4, 32))
  calls <- 0
  fit <- optim(c(3, 4), value, gradient, method = "BFGS")
  expect_identical(calls, unname(as.double(fit$counts["function"])))
  calls <- 0
  hessian_of(f)(c(1, 2))
  expect_identical(calls, 1)
})

test_that("a gradient follows data that have changed since the value was taken", {
  skip_if_no_torch()
  y <- 10
  f <- function(par) sum(par * y)
  expect_identical(value_of(f)(c(1, 2)), 30)
  y <- 5
  expect_identical(gradient_of(f)(c(1, 2)), c(5, 5))
  change <- function(par) {
    y <<- 7
    gradient_of(f)(par)
  }
  expect_identical(value_then_gradient(value_of(f), change, c(1, 2)), c(7, 7))
})

test_that("under an optimizer too, a gradient that another function asks for follows what that has changed", {
  skip_if_no_torch()
  k <- as_tensor(1)
  kept <- new.env()
  kept$k <- k
  loss <- function(p) sum((p - k)^2)
  functions <- list(
    named = function(p) sum((p - k)^2), helper = function(p) loss(p), environment = function(p) sum((p - kept$k)^2)
  )
  for (f in functions) {
    k$fill_(1)
    gradient <- NULL
    change <- function(p) {
      k$fill_(5)
      gradient <<- gradient_of(f)(p)
    }
    nlminb(0, value_of(f), change, control = list(iter.max = 0))
    expect_identical(gradient, -10)
  }
})

test_that("what a function of two tensors' gradients does wrong is a condition of this package", {
  skip_if_not_direct()
  skip_if_no_torch()
  x <- as_tensor(c(1, 2), requires_grad = TRUE)
  double <- autograd_function(function(x) as_r(x) * 2, function(g, x) c(1, 2, 3))
  expect_says(sum(double(x))$backward(), "dtype", "shape")
})

test_that("the remedy for a change in place gives the derivative of the changed values", {
  skip_if_no_torch()
  in_place <- function(p) {
    p[2] <- exp(p[2])
    sum(p)
  }
  expect_error(gradient_of(in_place)(c(0, 1)), "x <- x$clone()", fixed = TRUE)
  expect_equal(gradient_of(function(p) in_place(p$clone()))(c(0, 1)), c(1, exp(1)))
})

test_that("a gradient follows what has changed in place, where the function's own names tell nothing", {
  skip_if_no_torch()
  t <- as_tensor(c(1, 2))
  lent <- c(1, 2)
  on_loan <- as_tensor(lent, copy = FALSE)
  kept <- new.env()
  kept$y <- c(1, 2)
  k <- c(1, 2)
  helper <- function() k
  functions <- list(
    tensor = function(par) sum((par - t)^2), loan = function(par) sum((par - lent)^2),
    environment = function(par) sum((par - kept$y)^2), helper = function(par) sum((par - helper())^2),
    name = function(par) sum((par - get("k"))^2), argument = function(par, s = t) sum((par - s)^2)
  )
  for (name in names(functions)) {
    f <- functions[[name]]
    expect_identical(value_of(f)(c(0, 0)), 5)
    t$fill_(3)
    on_loan$fill_(3)
    kept$y <- k <- c(3, 3)
    expect_identical(gradient_of(f)(c(0, 0)), c(-6, -6))
    for (tensor in list(t, on_loan)) tensor$copy_(torch$arange(1L, 3L))
    kept$y <- k <- c(1, 2)
  }
})

test_that("optimizers of R take them", {
  skip_if_quick()
  skip_if_no_torch()
  rosenbrock <- function(par) (1 - par[1])^2 + 100 * (par[2] - par[1]^2)^2
  start <- c(-1.2, 1)
  for (method in c("BFGS", "L-BFGS-B")) {
    fit <- optim(start, value_of(rosenbrock), gradient_of(rosenbrock), method = method)
    expect_equal(fit$par, c(1, 1), tolerance = 0.01)
  }
  fit <- nlminb(start, value_of(rosenbrock), gradient_of(rosenbrock), hessian_of(rosenbrock))
  expect_equal(fit$par, c(1, 1), tolerance = 1e-8)
  with_gradient <- function(par) structure(value_of(rosenbrock)(par), gradient = gradient_of(rosenbrock)(par))
  expect_equal(nlm(with_gradient, start)$estimate, c(1, 1), tolerance = 1e-4)
  expect_equal(optimize(value_of(function(x) sum((x - 0.3)^2)), c(0, 1))$minimum, 0.3, tolerance = 1e-6)
})

test_that("R values, data, indices and assignments are at home in the function", {
  skip_if_no_torch()
  data <- as_tensor(matrix(c(1, 2, 3, 4, 5, 6), 2))
  borrowed <- c(5, 6, 7)
  expect_derivative <- function(f, truth) {
    expect_equal(gradient_of(f)(c(1, 2, 3)), truth, tolerance = 1e-6)
    expect_identical(dim(hessian_of(f)(c(1, 2, 3))), c(3L, 3L))
  }
  expect_derivative(function(par) sum(as_tensor(c(5, 6, 7)) * par), c(5, 6, 7))
  expect_derivative(function(par) sum(as_tensor(borrowed, copy = FALSE) * par), c(5, 6, 7))
  expect_derivative(function(par) sum(as_tensor(matrix(1:6 + 0, 2), order = "F")$matmul(par)), c(3, 7, 11))
  expect_derivative(function(par) sum(c(5, 6, 7) * par), c(5, 6, 7))
  expect_derivative(function(par) sum(par[c(1, 3, 3)]), c(1, 0, 2))
  expect_derivative(function(par) sum(par[par > 1.5]^2), c(0, 4, 6))
  expect_derivative(function(par) as.numeric(sum(data[1:2, 3])) * sum(par), c(11, 11, 11))
  expect_derivative(function(par) sum(to_device(par, dtype = "float32")^2), c(2, 4, 6))
  expect_derivative(function(par) {
    with_zero <- par$clone()
    with_zero[1] <- 0
    sum(with_zero^2)
  }, c(0, 4, 6))
  expect_derivative(function(par) {
    into <- torch$zeros(2L)
    into[2] <- par[1]
    sum(into^2)
  }, c(2, 0, 0))
})

test_that("order decides on the way: of what counts comes the gradient", {
  skip_if_no_torch()
  at <- c(1, 5, 2, 4)
  expect_identical(gradient_of(function(x) median(x))(at), c(0, 0, 0.5, 0.5))
  expect_equal(gradient_of(function(x) quantile(x, 0.9)[1])(at), c(0, 0.7, 0, 0.3), tolerance = 1e-14)
  expect_identical(gradient_of(function(x) sum(sort(x) * c(1, 2, 3, 4)))(at), c(1, 4, 2, 3))
  expect_identical(gradient_of(function(x) mean(x, trim = 0.25))(at), c(0, 0, 0.5, 0.5))
  expect_identical(gradient_of(function(x) sum(unique(x)^2))(c(1, 2, 1)), c(2, 4, 0))
  expect_identical(hessian_of(function(x) median(x)^2)(at)[3:4, 3:4], matrix(0.5, 2, 2))
  expect_says(value_of(function(x) summary(x))(at), "dtype", "summary() has to see values", "before or after")
})

test_that("R values that an operation returns keep their fractions", {
  skip_if_no_torch()
  half <- autograd_function(function(x) as_r(x) / 2, function(gradient, x) gradient / 2)
  expect_identical(as_r(half(3L)), 1.5)
  expect_identical(as_r(half(as_tensor(c(TRUE, FALSE)))), c(0.5, 0))
  expect_identical(dtype_of_tensor(half(as_tensor(3, dtype = "float32"))), "float32")
  expect_identical(as_r(half(as_tensor(3i))), 1.5i)
})

test_that("an error in the function is that error", {
  skip_if_no_torch()
  own <- structure(class = c("own_error", "error", "condition"), list(message = "a condition of my own", call = NULL))
  f <- function(par) stop(own)
  for (derivative in list(value_of, gradient_of, hessian_of)) {
    expect_identical(tryCatch(derivative(f)(1), error = identity), own)
  }
  expect_identical(value_of(function(par) tryCatch(stop("no"), error = function(e) sum(par)))(2), 2)
  expect_warning(value_of(function(par) {
    warning("a word of warning")
    sum(par)
  })(2), "a word of warning")
})

test_that("an interrupt in the function interrupts", {
  skip_if_quick()
  skip_if_no_torch()
  code <- c(
    "library(pytorchbridge)",
    "f <- function(par) { tools::pskill(Sys.getpid(), tools::SIGINT); Sys.sleep(5); sum(par) }",
    "tryCatch(value_of(f)(1), interrupt = function(i) cat('interrupted'), error = function(e) cat('an error'))"
  )
  expect_identical(run_r(code), "interrupted")
})

test_that("a function that gives no gradient is told so", {
  skip_if_no_torch()
  expect_says(value_of(function(par) par)(1:2), "dtype", "shape [2]", "must return one number", "sum()")
  expect_says(value_of(function(par) 1)(1:2), "dtype", "returned a float and no tensor")
  expect_says(gradient_of(function(par) sum(par > 1))(1:2), "dtype", "torch.int64, which has no gradient")
  expect_error(gradient_of(function(par) sum(as_tensor(as_r(par))))(1), class = "pytorchbridge_dtype_error")
  expect_says(value_of(3), "dtype", "`f` must be an R function, not 3.")
  expect_says(value_of(sum)("a"), "dtype", "`par` must be a numeric vector, not \"a\".")
})

test_that("a matrix of parameters is its numbers, as optim() hands them on", {
  skip_if_no_torch()
  start <- matrix(c(1, 2, 3, 4), 2, dimnames = list(c("a", "b"), NULL))
  seen <- NULL
  optim(start, function(par) {
    seen <<- attributes(par)
    sum(par^2)
  }, method = "BFGS")
  expect_null(seen)
  weights <- c(1, 10, 100, 1000)
  f <- function(par) sum(weights * par^2)
  expect_identical(value_of(f)(start), sum(weights * c(1, 2, 3, 4)^2))
  expect_identical(gradient_of(f)(start), 2 * weights * c(1, 2, 3, 4))
  expect_identical(hessian_of(f)(start), diag(2 * weights))
  expect_identical(gradient_of(f)(array(1:4, c(1, 2, 2))), 2 * weights * c(1, 2, 3, 4))
  fit <- optim(start, value_of(f), gradient_of(f), method = "BFGS")
  expect_equal(as.vector(fit$par), rep(0, 4), tolerance = 1e-6)
  expect_identical(hessian_of(f)(fit$par), diag(2 * weights))
})

test_that("what is no numeric vector is told with how to make one", {
  skip_if_no_torch()
  square <- function(par) sum(par^2)
  expect_way <- function(par, way, made, value) {
    for (derivative in list(value_of, gradient_of, hessian_of)) {
      expect_says(derivative(square)(par), "dtype", paste0("`par` must be a numeric vector, here ", way, ", not "))
    }
    expect_identical(value_of(square)(made), value)
  }
  expect_way(c(TRUE, FALSE), "as.numeric(par)", as.numeric(c(TRUE, FALSE)), 1)
  expect_way(ts(1:2), "as.numeric(par)", as.numeric(ts(1:2)), 5)
  expect_way(integer64(3), "as.numeric(par)", as.numeric(integer64(3)), 9)
  expect_way(list(a = 1, b = 2), "unlist(par)", unlist(list(a = 1, b = 2)), 5)
  expect_way(data.frame(a = 1:2), "unlist(par)", unlist(data.frame(a = 1:2)), 5)
  expect_way(1 + 2i, "c(Re(par), Im(par))", c(1, 2), 5)
  expect_way(NULL, "numeric()", numeric(), 0)
  expect_way(as_tensor(c(1, 2)), "as_r(par)", as_r(as_tensor(c(1, 2))), 5)
  expect_says(value_of(square)(sum), "dtype", "`par` must be a numeric vector, not an object of class function.")
})

test_that("within a derivative these functions name those that are tensors", {
  skip_if_no_torch()
  cube <- function(par) sum(par^3)
  at <- c(1, 2)
  # The truth of the sum of squares of 3 par^2.
  for (derivative in list(gradient_of, hessian_of)) {
    expect_says(derivative(function(par) sum(gradient_of(cube)(par)^2))(at), "dtype", "torch$func$grad(f)(par)")
    expect_says(derivative(function(par) value_of(cube)(par))(at), "dtype", "Write f(par), which is a tensor.")
    expect_says(derivative(function(par) sum(hessian_of(cube)(par)))(at), "dtype",
      "torch$func$jacrev(torch$func$grad(f), chunk_size = 1L)(par)")
  }
  squares <- function(par) sum(torch$func$grad(cube)(par)^2)
  expect_equal(value_of(squares)(at), sum((3 * at^2)^2))
  expect_equal(gradient_of(squares)(at), 36 * at^3)
  expect_equal(hessian_of(squares)(at), diag(108 * at^2))
  expect_equal(gradient_of(function(par) cube(par))(at), 3 * at^2)
  curvature <- function(par) sum(torch$func$jacrev(torch$func$grad(cube), chunk_size = 1L)(par))
  expect_equal(value_of(curvature)(at), sum(6 * at))
  expect_equal(gradient_of(curvature)(at), c(6, 6))
  leaf <- as_tensor(at, requires_grad = TRUE)
  expect_says(gradient_of(cube)(leaf), "dtype", "torch$func$grad(f)(par)")
  expect_equal(as_r(torch$func$grad(cube)(leaf)), 3 * at^2)
  # With numbers they are at home there.
  expect_equal(gradient_of(function(par) sum(par * gradient_of(cube)(c(3, 4))))(at), 3 * c(3, 4)^2)
})

# ---- operations of autograd ---------------------------------------------------------------------------

normal_density <- function() {
  density <- autograd_function(function(x) dnorm(as_r(x)), function(gradient, x) -gradient * x * density(x))
  density
}

test_that("pnorm is an operation whose derivative is dnorm", {
  skip_if_no_torch()
  normal <- autograd_function(function(x) pnorm(as_r(x)), function(gradient, x) gradient * dnorm(as_r(x)))
  at <- c(-1, 0, 2)
  x <- as_tensor(at, requires_grad = TRUE)
  expect_identical(as_r(normal(x)), pnorm(at))
  sum(normal(x)^2)$backward()
  expect_equal(as_r(x$grad), 2 * pnorm(at) * dnorm(at), tolerance = 1e-15)
  expect_equal(gradient_of(function(par) sum(normal(par)^2))(at), 2 * pnorm(at) * dnorm(at), tolerance = 1e-15)
  expect_identical(as_r(normal(at)), pnorm(at))
})

test_that("the result has the input's shape, dtype and device", {
  skip_if_no_torch()
  normal <- autograd_function(function(x) pnorm(as_r(x)), function(gradient, x) gradient * dnorm(as_r(x)))
  for (x in list(torch$zeros(2L, 3L), torch$zeros(1L, 1L), torch$tensor(0), torch$zeros(0L, dtype = torch$float64))) {
    result <- normal(x)
    expect_identical(shape_of_tensor(result), shape_of_tensor(x))
    expect_identical(dtype_of_tensor(result), dtype_of_tensor(x))
  }
  x <- torch$tensor(0, requires_grad = TRUE)
  normal(x)$backward()
  expect_equal(as_r(x$grad), dnorm(0), tolerance = 1e-7)
})

test_that("of several inputs each has a gradient, or none", {
  skip_if_no_torch()
  x <- as_tensor(c(1, 2), requires_grad = TRUE)
  y <- as_tensor(c(5, 7), requires_grad = TRUE)
  product <- autograd_function(
    function(x, y) as_r(x) * as_r(y),
    function(gradient, x, y) list(gradient * as_r(y), gradient * as_r(x))
  )
  sum(product(x, y))$backward()
  expect_identical(list(as_r(x$grad), as_r(y$grad)), list(c(5, 7), c(1, 2)))
  half <- autograd_function(function(x, y) x * y, function(gradient, x, y) list(NULL, gradient * x))
  x$grad <- NULL
  y$grad <- NULL
  sum(half(x, y))$backward()
  expect_null(x$grad)
  expect_identical(as_r(y$grad), c(1, 2))
  same <- autograd_function(function(x) x, function(gradient, x) 3 * gradient)
  expect_identical(gradient_of(function(par) sum(same(par)))(c(1, 1)), c(3, 3))
})

test_that("second derivatives go through a backward of tensors, and are refused through one of R's", {
  skip_if_no_torch()
  density <- normal_density()
  normal <- autograd_function(function(x) pnorm(as_r(x)), function(gradient, x) gradient * density(x))
  at <- c(-1, 0.5, 2)
  truth <- 2 * (dnorm(at)^2 - pnorm(at) * at * dnorm(at))
  expect_equal(hessian_of(function(par) sum(normal(par)^2))(at), diag(truth), tolerance = 1e-14)
  x <- as_tensor(at, requires_grad = TRUE)
  gradient <- torch$autograd$grad(sum(normal(x)^2), x, create_graph = TRUE)[[1]]
  expect_equal(as_r(torch$autograd$grad(sum(gradient), x)[[1]]), truth, tolerance = 1e-14)

  by_r <- autograd_function(function(x) pnorm(as_r(x)), function(gradient, x) gradient * dnorm(as_r(x)))
  expect_error(hessian_of(function(par) sum(by_r(par)^2))(at), class = "pytorchbridge_dtype_error")
  expect_error(torch$autograd$grad(sum(by_r(x)), x, create_graph = TRUE), "has no values of its own")
})

test_that("errors of R functions and gradients that do not fit are told", {
  skip_if_no_torch()
  x <- torch$ones(2L, requires_grad = TRUE)
  fails <- autograd_function(function(x) stop("no value"), function(gradient, x) gradient)
  expect_error(fails(x), "^no value$")
  expect_error(gradient_of(function(par) sum(fails(par)))(1), "^no value$")
  fails_back <- autograd_function(function(x) 2 * x, function(gradient, x) stop("no gradient"))
  expect_error(sum(fails_back(x))$backward(), "no gradient")
  expect_error(gradient_of(function(par) sum(fails_back(par)))(1), "^no gradient$")
  one_of_two <- autograd_function(function(x, y) x * y, function(gradient, x, y) gradient)
  expect_error(sum(one_of_two(x, x))$backward(), "a gradient for each input: 2 of them, not 1.", fixed = TRUE)
  short <- autograd_function(function(x) 2 * x, function(gradient, x) sum(gradient))
  expect_error(sum(short(x))$backward(), "a gradient of shape [] for input 1, whose shape is [2].", fixed = TRUE)
  expect_says(autograd_function(pnorm, "dnorm"), "dtype", "`backward` must be an R function, not \"dnorm\".")
})

test_that("an R function of a tensor that stands for many says to give it the whole one", {
  skip_if_no_torch()
  square <- autograd_function(function(x) as_r(x)^2, function(gradient, x) gradient * 2 * x)
  rows <- as_tensor(matrix(1:6 + 0, 3))
  expect_error(torch$vmap(square)(rows), "give it the whole tensor, without torch$vmap()", fixed = TRUE)
  expect_identical(as_r(square(rows)), matrix(1:6 + 0, 3)^2)
})
