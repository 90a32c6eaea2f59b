# Ten likelihoods of the textbooks, written in R with tensors and fitted by R's nlminb() with exact
# gradients and Hessians, beside what R's own functions find.
#
#   Rscript likelihoods.R
#
# Each is a list: `f`, minus the log-likelihood; `start`; and the truth, `estimate` and `se`, from `source`.

library(pytorchbridge)

# ---- the truth where R has no function for it -------------------------------------------------------

# Derivatives of a plain R function, by differences at two steps and Richardson's extrapolation.
gradient_by_differences <- function(f, at) {
  steps <- 1e-3 * pmax(abs(at), 0.1)
  by_step <- function(scale) {
    vapply(seq_along(at), function(i) {
      step <- replace(numeric(length(at)), i, scale * steps[i])
      (f(at + step) - f(at - step)) / (2 * scale * steps[i])
    }, 0)
  }
  (4 * by_step(1) - by_step(2)) / 3
}

hessian_by_differences <- function(f, at) {
  jacobian <- vapply(seq_along(at), function(i) {
    gradient_by_differences(function(x) gradient_by_differences(f, x)[i], at)
  }, at)
  (jacobian + t(jacobian)) / 2
}

se_from <- function(hessian) sqrt(diag(solve(hessian)))

# nlminb() stops where the function does not get smaller; Newton's steps go on to where its gradient is 0.
fit_in_r <- function(f, start) {
  at <- nlminb(start, f)$par
  for (step in 1:3) {
    at <- at - solve(hessian_by_differences(f, at), gradient_by_differences(f, at))
  }
  list(estimate = at, se = se_from(hessian_by_differences(f, at)), source = "plain R, by differences")
}

# ---- regressions --------------------------------------------------------------------------------------

normal <- function() {
  X <- as_tensor(model.matrix(dist ~ speed, cars))
  y <- as_tensor(cars$dist)
  n <- nrow(cars)
  fit <- lm(dist ~ speed, cars)
  list(
    f = function(par) {
      residuals <- y - X$matmul(par[1:2])
      n * par[3] + sum(residuals^2) / (2 * exp(2 * par[3]))
    },
    start = c(intercept = 0, speed = 0, log_sigma = log(sd(cars$dist))),
    estimate = c(coef(fit), log(sqrt(mean(resid(fit)^2)))),
    se = c(coef(summary(fit))[, 2] * sqrt(fit$df.residual / n), 1 / sqrt(2 * n)),
    source = "lm()"
  )
}

logistic <- function() {
  X <- as_tensor(model.matrix(am ~ wt + hp, mtcars))
  y <- as_tensor(mtcars$am)
  fit <- glm(am ~ wt + hp, binomial, mtcars, epsilon = 1e-14)
  list(
    f = function(par) {
      eta <- X$matmul(par)
      sum(torch$nn$functional$softplus(eta) - y * eta)
    },
    start = c(intercept = 0, wt = 0, hp = 0),
    estimate = coef(fit),
    se = coef(summary(fit))[, 2],
    source = "glm()"
  )
}

poisson_counts <- function() {
  X <- as_tensor(model.matrix(count ~ spray, InsectSprays))
  y <- as_tensor(InsectSprays$count, dtype = "float64")
  fit <- glm(count ~ spray, poisson, InsectSprays, epsilon = 1e-14)
  list(
    f = function(par) {
      eta <- X$matmul(par)
      sum(exp(eta) - y * eta)
    },
    start = setNames(numeric(6), names(coef(fit))),
    estimate = coef(fit),
    se = coef(summary(fit))[, 2],
    source = "glm()"
  )
}

negative_binomial <- function() {
  frame <- MASS::quine
  matrix <- model.matrix(Days ~ Sex + Age, frame)
  X <- as_tensor(matrix)
  y <- as_tensor(frame$Days, dtype = "float64")
  # glm.nb() takes theta as known for its standard errors; here it is estimated with the others.
  in_r <- function(par) {
    -sum(dnbinom(frame$Days, size = exp(par[6]), mu = exp(matrix %*% par[1:5]), log = TRUE))
  }
  fit <- MASS::glm.nb(Days ~ Sex + Age, frame, control = glm.control(epsilon = 1e-14, maxit = 100))
  estimate <- c(coef(fit), log(fit$theta))
  list(
    f = function(par) {
      theta <- exp(par[6])
      eta <- X$matmul(par[1:5])
      -sum(torch$lgamma(y + theta) - torch$lgamma(theta) + theta * par[6] + y * eta -
        (y + theta) * log(theta + exp(eta)))
    },
    start = setNames(c(2, 0, 0, 0, 0, 0), c(colnames(matrix), "log_theta")),
    estimate = estimate,
    se = se_from(hessian_by_differences(in_r, estimate)),
    source = "MASS::glm.nb()"
  )
}

# ---- survival -----------------------------------------------------------------------------------------

weibull_censored <- function() {
  lung <- survival::lung
  matrix <- model.matrix(~ age + sex, lung)
  X <- as_tensor(matrix)
  log_time <- as_tensor(log(lung$time))
  died <- as_tensor(lung$status == 2)
  fit <- survival::survreg(survival::Surv(time, status) ~ age + sex, lung, control = list(rel.tolerance = 1e-14))
  list(
    f = function(par) {
      z <- (log_time - X$matmul(par[1:3])) / exp(par[4])
      sum(exp(z)) - sum((z - par[4])[died])
    },
    start = c(intercept = 5, age = 0, sex = 0, log_scale = 0),
    estimate = c(coef(fit), log(fit$scale)),
    se = sqrt(diag(vcov(fit))),
    source = "survival::survreg()"
  )
}

cox <- function() {
  lung <- survival::lung[order(-survival::lung$time), ] # so that those at risk come first
  X <- as_tensor(as.matrix(lung[c("age", "sex")]))
  events <- which(lung$status == 2)
  # The last one of those who are at risk when the event happens, ties (Breslow's) among them.
  last <- length(lung$time) + 1 - match(lung$time, rev(lung$time))
  fit <- survival::coxph(
    survival::Surv(time, status) ~ age + sex, lung, ties = "breslow",
    control = survival::coxph.control(eps = 1e-11)
  )
  list(
    f = function(par) {
      eta <- X$matmul(par)
      log_at_risk <- torch$logcumsumexp(eta, 0L)
      sum(log_at_risk[last[events]] - eta[events])
    },
    start = c(age = 0, sex = 0),
    estimate = coef(fit),
    se = sqrt(diag(vcov(fit))),
    source = "survival::coxph()"
  )
}

# ---- mixtures and random effects ------------------------------------------------------------------------

mixture <- function() {
  eruptions <- faithful$eruptions
  y <- as_tensor(eruptions)
  in_r <- function(par) {
    share <- plogis(par[1])
    -sum(log(share * dnorm(eruptions, par[2], exp(par[3])) + (1 - share) * dnorm(eruptions, par[4], exp(par[5]))))
  }
  start <- c(logit_share = 0, mean_1 = 2, log_sd_1 = -1, mean_2 = 4, log_sd_2 = -1)
  truth <- fit_in_r(in_r, start)
  list(
    f = function(par) {
      log_normal <- function(mean, log_sd) -((y - mean) / exp(log_sd))^2 / 2 - log_sd - log(2 * pi) / 2
      log_share <- torch$nn$functional$logsigmoid
      -sum(torch$logaddexp(
        log_share(par[1]) + log_normal(par[2], par[3]),
        log_share(-par[1]) + log_normal(par[4], par[5])
      ))
    },
    start = start, estimate = truth$estimate, se = truth$se, source = truth$source
  )
}

random_intercept <- function() {
  growth <- as.data.frame(nlme::Orthodont)
  matrix <- model.matrix(distance ~ age, growth)
  subjects <- split(seq_len(nrow(growth)), growth$Subject, drop = TRUE)
  X <- as_tensor(matrix)
  y <- as_tensor(growth$distance)
  in_r <- function(par) {
    covariance <- diag(exp(2 * par[3]), 4) + exp(2 * par[4])
    residuals <- growth$distance - matrix %*% par[1:2]
    quadratic <- vapply(subjects, function(i) c(crossprod(residuals[i], solve(covariance, residuals[i]))), 0)
    sum(quadratic + c(determinant(covariance)$modulus) + 4 * log(2 * pi)) / 2
  }
  fit <- nlme::lme(
    distance ~ age, growth, ~ 1 | Subject, method = "ML",
    control = list(tolerance = 1e-14, msTol = 1e-14, returnObject = TRUE)
  )
  estimate <- c(nlme::fixef(fit), log(fit$sigma), log(as.numeric(nlme::VarCorr(fit)[1, 2])))
  list(
    f = function(par) {
      residuals <- (y - X$matmul(par[1:2]))$reshape(-1L, 4L) # four of each child
      covariance <- exp(2 * par[3]) * torch$eye(4L, dtype = torch$float64) + exp(2 * par[4])
      children <- torch$distributions$MultivariateNormal(torch$zeros(4L, dtype = torch$float64), covariance)
      -sum(children$log_prob(residuals))
    },
    start = c(intercept = 20, age = 0, log_sigma = 0, log_sd_subject = 0),
    estimate = estimate,
    se = se_from(hessian_by_differences(in_r, estimate)),
    source = "nlme::lme()"
  )
}

# ---- time and space ---------------------------------------------------------------------------------

autoregression <- function() {
  lake <- as.numeric(LakeHuron)
  n <- length(lake)
  level <- as_tensor(lake)
  fit <- arima(LakeHuron, c(1, 0, 0), method = "ML", optim.control = list(reltol = 1e-15))
  in_r <- function(par) {
    ar1 <- tanh(par[1]) # which stays between -1 and 1
    deviation <- lake - par[2]
    errors <- c(sqrt(1 - ar1^2) * deviation[1], deviation[-1] - ar1 * deviation[-n])
    -sum(dnorm(errors, 0, exp(par[3]), log = TRUE)) - log(1 - ar1^2) / 2
  }
  estimate <- c(atanh(coef(fit)[1]), coef(fit)[2], log(fit$sigma2) / 2)
  list(
    f = function(par) {
      ar1 <- tanh(par[1])
      deviation <- level - par[2]
      errors <- c(sqrt(1 - ar1^2) * deviation[1], deviation[-1] - ar1 * deviation[-n])
      sum(errors^2) / (2 * exp(2 * par[3])) + n * par[3] - log(1 - ar1^2) / 2
    },
    start = c(atanh_ar1 = 0.5, mean = 579, log_sigma = 0),
    estimate = estimate,
    se = se_from(hessian_by_differences(in_r, estimate)),
    source = "arima()"
  )
}

gaussian_process <- function() {
  years <- seq_along(LakeHuron) / 10
  levels <- c(scale(LakeHuron))
  squared_distance <- outer(years, years, "-")^2
  D <- as_tensor(squared_distance)
  y <- as_tensor(levels)
  identity <- torch$eye(length(y), dtype = torch$float64)
  in_r <- function(par) {
    root <- chol(exp(2 * par[1] - squared_distance / (2 * exp(2 * par[2]))) + diag(exp(2 * par[3]), length(levels)))
    sum(backsolve(root, levels, transpose = TRUE)^2) / 2 + sum(log(diag(root)))
  }
  start <- c(log_sd = 0, log_length = -1, log_noise = -1)
  truth <- fit_in_r(in_r, start)
  list(
    f = function(par) {
      covariance <- exp(2 * par[1] - D / (2 * exp(2 * par[2]))) + exp(2 * par[3]) * identity
      root <- torch$linalg$cholesky(covariance)
      z <- torch$linalg$solve_triangular(root, y$reshape(-1L, 1L), upper = FALSE)
      sum(z^2) / 2 + sum(log(torch$diagonal(root)))
    },
    start = start, estimate = truth$estimate, se = truth$se, source = truth$source
  )
}

# ---- all of them ----------------------------------------------------------------------------------------

likelihoods <- list(
  "normal regression" = normal,
  "logistic regression" = logistic,
  "Poisson regression" = poisson_counts,
  "negative binomial regression" = negative_binomial,
  "Weibull with censoring" = weibull_censored,
  "Cox" = cox,
  "mixture of two normals" = mixture,
  "random intercept" = random_intercept,
  "AR(1)" = autoregression,
  "Gaussian process" = gaussian_process
)

# Estimates and standard errors beside the truth, a line for each parameter.
fit_likelihood <- function(model) {
  fit <- nlminb(model$start, value_of(model$f), gradient_of(model$f), hessian_of(model$f))
  data.frame(
    parameter = names(model$start),
    estimate = unname(fit$par),
    true_estimate = unname(model$estimate),
    se = unname(se_from(hessian_of(model$f)(fit$par))),
    true_se = unname(model$se)
  )
}

# The largest differences from the truth: of estimates in standard errors, of standard errors relatively.
differences_from_truth <- function(fitted) {
  c(
    estimate = max(abs(fitted$estimate - fitted$true_estimate) / fitted$true_se),
    se = max(abs(fitted$se / fitted$true_se - 1))
  )
}

if (sys.nframe() == 0) {
  for (name in names(likelihoods)) {
    model <- likelihoods[[name]]()
    fitted <- fit_likelihood(model)
    cat("\n", name, ", beside ", model$source, "\n", sep = "")
    print(fitted, digits = 7, row.names = FALSE)
    different <- format(differences_from_truth(fitted), digits = 2)
    cat("largest differences:", different["estimate"], "standard errors;", different["se"], "of a standard error\n")
  }
}
