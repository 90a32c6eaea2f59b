# nolint start
positive <- list(c(3, 1, 2, 1.5), matrix(c(4, 1, 2, 1, 3, 0.25, 0.5, 0.75, 2), 3))
signed <- list(c(-3, 0.5, 2, -1.5), matrix(c(-4, 1, 2.5, 0, 3, -1), 2), 2.5)
whole <- list(c(2L, 1L, 3L), matrix(1:6, 2))
flags <- list(c(TRUE, FALSE, TRUE), matrix(c(TRUE, FALSE), 1))
missing <- list(c(1, NaN, Inf, -Inf), matrix(c(1, NaN, 0, 2), 2))

list(title = "Arithmetic and mathematical functions", rows = list(
  on(
    c(signed, whole),
    tensor = {
      x + 1; x - 1; x * 2; x / 3; x^2; x %% 3; x %/% 2; -x; +x; 1 - x; 6 / x; 2^x; x + x; x * x; x / x + 1; x * x - x
      x == 2; x != 2; x < 2; x <= 2; x > 2; x >= 2; 2 > x; !x; x & TRUE; x | FALSE; xor(x > 1, TRUE)
      abs(x); sign(x); floor(x); ceiling(x); trunc(x); round(x); exp(x); expm1(x); sin(x); cos(x); tan(x); atan(x)
      sinh(x); cosh(x); tanh(x); asinh(x); cumsum(x); cumprod(x); cummax(x); cummin(x); sinpi(x); cospi(x)
      Re(x); Im(x); Mod(x); Arg(x); Conj(x)
      is.na(x); is.nan(x); is.finite(x); is.infinite(x); identity(x); Negate(is.na)(x)
    },
    value = {
      anyNA(x); isTRUE(x); isFALSE(x); nlevels(x); levels(x); is.null(x); inherits(x, "factor")
    }
  ),
  on(
    c(positive, whole),
    tensor = {
      sqrt(x); log(x); log2(x); log10(x); log1p(x); log(x, 3); log(x, base = 2); gamma(x); lgamma(x)
      digamma(x); trigamma(x); factorial(x); lfactorial(x); acosh(x + 1); round(x / 7, 2); round(x / 7, digits = 3)
    }
  ),
  on(
    list(c(-0.5, 0, 0.25, 1), matrix(c(0.1, 0.2, -0.9, 0.5), 2)),
    tensor = {
      acos(x); asin(x); atanh(x / 2); tanpi(x / 2)
    }
  ),
  on(
    list(matrix(c(3, 1, 2)), matrix(1:3), array(c(3, 1, 2), c(1, 3, 1))),
    tensor = {
      x + c(1, 2, 3); c(1, 2, 3) - x; x * 1:3; x > c(2, 2, 0); x^c(2, 1, 0); 1:3 %% x; scale(c(x)) * c(1, 2, 3)
    }
  ),
  on(
    list(c(0, 1, -2.5, Inf, -Inf)),
    tensor = {
      x %/% 2; x %/% -2; 5 %/% x; x %/% Inf; x^-1; x^0.5; 5 / x; x / 3; gamma(abs(x)); trigamma(abs(x)); log(abs(x), 0)
    },
    differs = {
      "gives C's powers of negative numbers and infinity, where R has NaN" <- (-2)^x ~ (-2)^as_r(x)
    }
  ),
  on(
    list(matrix(c(-4, 1, 2.5, 0, 3, -1), 2)),
    tensor = {
      x + c(1, 2, 3, 4, 5, 6); 6:1 / x; x + matrix(1:6, 2); matrix(1:6, 2) * x; x > matrix(0, 2, 3)
    },
    refused = {
      x + 1:2 ~ x + matrix(1:2)
      x * c(1, 2) ~ x * matrix(c(1, 2))
    },
    differs = {
      "adds to columns, as PyTorch broadcasts, and not to rows" <- x + 1:3 ~ x + matrix(rep_len(1:3, 6), 2)
    }
  ),
  on(
    flags,
    tensor = {
      x + x; x * x; x - TRUE; -x; x / 2; x * 0.5; sqrt(x); cumsum(x); !x; x & x; x | x; x == TRUE; exp(x); Re(x)
      Mod(x)
    }
  ),
  on(
    missing,
    tensor = {
      is.na(x); is.nan(x); is.finite(x); is.infinite(x); x + 1; exp(x); abs(x); sign(x); x * 0
    },
    value = {
      anyNA(x)
    },
    differs = {
      "gives FALSE where R gives NA, since NaN is no NA" <- x > 0 ~ as_r(x) > 0
      "gives FALSE where R gives NA, since NaN is no NA" <- x == x ~ as_r(x) == as_r(x)
    }
  ),
  on(
    list(c(1+2i, -1i, 0.5), matrix(c(1i, 2), 1)),
    tensor = {
      x + 1; x * x; x / 2; -x; x == 1i; x^2; exp(x); sqrt(x); abs(x); Re(x); Im(x); Mod(x); Arg(x); Conj(x); cumsum(x)
      round(x / 7, 2); round(x)
    },
    value = is.complex(as.vector(x))
  ),
  on(
    list(c(1.5, -2.25, 1e10), matrix(c(1, 2, 3, 4), 2)), dtype = "float32", tolerance = 1e-6,
    tensor = {
      x + 1; x * 0.5; x / 3; sin(x); exp(x / 1e10); x > 1; abs(x); round(x); x^2; sqrt(abs(x)); cumsum(x)
    }
  ),
  on(
    list(c(16777217L, 3L)),
    tensor = {
      x * 1; x + 0.5; x - mean(x); x / 7L; sqrt(x); exp(x / 1e7); x * 2L; x + 1L; 1 - x; x^0.5
    }
  ),
  on(
    list(c(200L, 7L)), dtype = "uint8",
    tensor = {
      x * 1; x / 2L; x %/% 2L; x %% 2L; x == 200; sqrt(x)
    },
    refused = {
      x + 300L ~ to_device(x, dtype = "long") + 300L
    },
    differs = {
      "wraps in the tensor's own integer dtype, as PyTorch does" <- x + x ~ to_device(x, dtype = "long") * 2L
    }
  ),
  on(
    list(c(3, 1, 2, 1.5)),
    refused = {
      signif(x, 1) ~ signif(as.vector(x), 1)
    },
    out_of_reach = {
      beta(x, 2) ~ beta(as.vector(x), 2)
      choose(x, 2) ~ choose(as.vector(x), 2)
      psigamma(x, 2) ~ psigamma(as.vector(x), 2)
      pmin(x, 2) ~ x$clamp(max = 2)
      pmax(2, x) ~ x$clamp(min = 2)
      atan2(x, 1) ~ atan2(as.vector(x), 1)
      bitwAnd(as.integer(x > 2), x) ~ bitwAnd(as.integer(x > 2), as.vector(x))
      zapsmall(x) ~ zapsmall(as.vector(x))
      if (x[1] > 2) 1 ~ if (as.logical(x[1] > 2)) 1
      stopifnot(x > 0) ~ stopifnot(as.vector(x > 0))
      all(x > 0) && TRUE ~ as.logical(all(x > 0)) && TRUE
      for (value in x) value ~ for (value in as.vector(x)) value
      which(x > 1.7) ~ which(as.vector(x > 1.7))
      which.max(x) ~ which.max(as.vector(x))
      which.min(x) ~ which.min(as.vector(x))
    }
  ),
  on(
    list(2, 3L),
    out_of_reach = {
      seq_len(x) ~ seq_len(as.vector(x))
      1:x ~ 1:as.vector(x)
      seq(1, x) ~ seq(1, as.vector(x))
      numeric(x) ~ numeric(as.vector(x))
      letters[x] ~ letters[as.vector(x)]
    }
  )
))
# nolint end
