# nolint start
numbers <- list(c(3, 1, 2, 1.5, 7, 2), 6:1, c(-2L, 5L, 5L, 0L))
matrices <- list(matrix(c(4, 1, 2, 1, 3, 0.25), 3), matrix(c(3L, 1L, 2L, 6L, 8L, 5L), 3))
flags <- list(c(TRUE, FALSE, TRUE), c(FALSE, FALSE))
missing <- list(c(1, NaN, 3, 2), matrix(c(1, NaN, 0, 2), 2))

list(title = "Sums, means, quantiles and models", rows = list(
  on(
    c(numbers, matrices),
    tensor = {
      sum(x); prod(x); min(x); max(x); range(x); mean(x); median(x); sort(c(x)); sort(x, decreasing = TRUE)
      any(x > 2); weighted.mean(x); weighted.mean(x, seq_along(x))
      all(x > 0); quantile(x, names = FALSE); quantile(x, c(0.1, 0.9), names = FALSE); mean(x, trim = 0.2)
      mean(x, trim = 0); mean(x, 0.5); median(x, na.rm = FALSE); range(x, finite = TRUE); range(x, na.rm = TRUE)
      max(x, 3); min(x, x, 0); sum(x, x, 1L); range(x, 100); any(x > 2, FALSE); all(x > 0, TRUE); prod(x, 2)
      quantile(x, 0.3, type = 1, names = FALSE); quantile(x, 0.3, type = 2, names = FALSE)
      quantile(x, 0.3, type = 3, names = FALSE); quantile(x, 0.3, type = 4, names = FALSE)
      quantile(x, 0.3, type = 5, names = FALSE); quantile(x, 0.3, type = 6, names = FALSE)
      quantile(x, 0.3, type = 8, names = FALSE); quantile(x, 0.3, type = 9, names = FALSE); quantile(x, type = 7)
      mad(x); weighted.mean(x, x); sum((x - mean(x))^2); sort(c(x), na.last = TRUE)
      sort(c(x), method = "radix"); diff(range(x)); diff(x); diff(x, lag = 2); diff(x, differences = 2)
      sqrt(sum((x - mean(x))^2) / (length(x) - 1)); cumsum(x) / seq_along(x); mean(abs(x - median(x)))
      sort(c(x), index.return = TRUE); extendrange(x)
    },
    value = {
      order(x); order(x, decreasing = TRUE); order(-x); IQR(x); rev(order(x)); cut(x, c(-9, 2, 9)); cut(x, 3)
      cut(x, 3, labels = FALSE); findInterval(x, c(0, 2)); pretty(x)
      nclass.Sturges(x); as.ts(x); xtfrm(x); sd(x)
      optimize(function(m) as.vector(sum((x - m)^2)), c(0, 5))$minimum
    },
    out_of_reach = {
      fivenum(x) ~ fivenum(as.vector(x))
      ecdf(x)(2) ~ ecdf(as.vector(x))(2)
      dnorm(x) ~ dnorm(as_r(x))
      pnorm(x) ~ pnorm(as_r(x))
      qnorm(x / 100) ~ qnorm(as_r(x / 100))
      dexp(x) ~ dexp(as_r(x))
      rnorm(2, x) ~ rnorm(2, as.vector(x))
      max(1, x) ~ max(x, 1)
      sum(1, x) ~ sum(x, 1)
      t.test(x)$statistic ~ t.test(as.vector(x))$statistic
      var(x) ~ var(as_r(x))
      shapiro.test(x)$p.value ~ shapiro.test(as.vector(x))$p.value
      round(optim(1, function(m) sum((x - m)^2), method = "BFGS")$par, 3) ~
        round(optim(1, function(m) as.vector(sum((x - m)^2)), method = "BFGS")$par, 3)
    },
    differs = "gives a summary of all values, whatever the shape" <- summary(x) ~ summary(as_r(x))
  ),
  on(
    numbers,
    tensor = weighted.mean(x, rev(seq_along(x))),
    value = {
      acf(x, plot = FALSE)$acf; pacf(x, plot = FALSE)$acf; ar(x)$ar; as.ts(x); stats::lag(as.ts(x))
      window(as.ts(x), 2)
      spline(x, n = 3)$y; approx(x, xout = 1.5)$y; lowess(x)$y; isoreg(x)$yf; mvfft(matrix(x)); hclust(dist(x))$height
      dist(x)[1:3]; prcomp(x)$sdev; cutree(hclust(dist(x)), 2); kmeans(x, 1)$centers; splinefun(x)(2); smooth(x)[2]
      predict(loess(as.vector(x) ~ seq_along(x)), 2)
    },
    out_of_reach = {
      rank(x) ~ rank(as.vector(x))
      cor(x, x) ~ cor(as.vector(x), as.vector(x))
      lm(x ~ seq_along(x))$coefficients ~ {x <- as.vector(x); lm(x ~ seq_along(x))$coefficients}
      glm(x ~ 1)$coefficients ~ {x <- as.vector(x); glm(x ~ 1)$coefficients}
      model.matrix(~x) ~ {x <- as.vector(x); model.matrix(~x)}
      convolve(x, x) ~ convolve(as.vector(x), as.vector(x))
      cor.test(x, seq_along(x))$p.value ~ cor.test(as.vector(x), seq_along(x))$p.value
      fft(x) ~ torch$fft$fft(x$double())
      Box.test(x)$p.value ~ Box.test(as.vector(x))$p.value
      stats::lag(x) ~ stats::lag(as.vector(x))
      start(x) ~ start(as.ts(x))
      window(x, 2) ~ window(as.vector(x), 2)
      cycle(x) ~ cycle(as.vector(x))
      time(x) ~ time(as.vector(x))
      ts(x) ~ ts(as.vector(x))
      complete.cases(x) ~ as.vector(!is.na(x))
    },
    refused = {
      poly(x, 2) ~ poly(as.vector(x), 2)
    }
  ),
  on(
    matrices,
    tensor = {
      scale(x); scale(x, scale = FALSE); scale(x, center = c(1, 2)); rowsum(x, c(1, 2, 1))
      rowsum(x, c("b", "a", "b"), reorder = FALSE)
      diff(x); diff(x, 2); t(scale(t(x)))
    },
    value = {
      apply(x, 2, mean); dist(x)[1:3]; prcomp(x)$sdev; hclust(dist(x))$height; mahalanobis(x, 0, diag(2))
      medpolish(x, trace.iter = FALSE)$overall
      princomp(x)$sdev; cmdscale(dist(x), 1); kmeans(x, 1)$centers
      xy.coords(x)$y; approx(x, xout = 2)$y; lowess(x)$y; chull(x); xyTable(x)$number; spline(x, n = 3)$y
    },
    out_of_reach = {
      var(x) ~ var(as.matrix(x))
      cor(x) ~ cor(as.matrix(x))
      cov(x) ~ cov(as.matrix(x))
      chisq.test(x)$p.value ~ chisq.test(as.matrix(x))$p.value
    }
  ),
  on(
    flags,
    tensor = {
      sum(x); any(x); all(x); mean(x); max(x); min(x); range(x); diff(x); weighted.mean(x, seq_along(x)); max(x * 1L); any(x, TRUE); all(x, FALSE); sum(x, 2L); median(x * 1)
    },
    value = {
      table(x); order(x)
    },
    out_of_reach = which(x) ~ which(as.vector(x))
  ),
  on(
    missing,
    tensor = {
      sum(x, na.rm = TRUE); mean(x, na.rm = TRUE); max(x, na.rm = TRUE); min(x); range(x, na.rm = TRUE)
      median(x, na.rm = TRUE)
      sum(x); mean(x); prod(x, na.rm = TRUE); quantile(x, na.rm = TRUE, names = FALSE); sort(c(x))
      sort(c(x), na.last = TRUE)
      sort(c(x), na.last = FALSE); range(x, finite = TRUE); cumsum(x); mad(x, na.rm = TRUE); median(x)
      na.omit(x); na.exclude(x); mean(x, trim = 0.1, na.rm = TRUE); max(x, 0, na.rm = TRUE)
      x[!is.na(x)]; na.pass(x); diff(x); weighted.mean(x, rev(seq_along(x)), na.rm = TRUE); weighted.mean(x, x, na.rm = TRUE)
    },
    value = {
      order(x); order(x, na.last = NA); anyNA(x); IQR(x, na.rm = TRUE); cut(x, 2, labels = FALSE)
    }
  ),
  on(
    list(c(200L, 7L, 255L, 100L), matrix(c(200L, 7L, 255L, 100L), 2)), dtype = "uint8",
    tensor = {
      sum(x); prod(x); mean(x); diff(x); scale(x); rowsum(x, seq_len(NROW(x)) %% 2); weighted.mean(x, x); cumsum(x)
      cumprod(x); median(x); range(x)
    },
    value = sd(x)
  ),
  on(
    list(c(3L, 1L, 2L), matrix(1:4, 2)), dtype = "int32",
    tensor = {
      sum(x); mean(x); median(x); range(x); sort(c(x)); cumsum(x); max(x); mean(x, trim = 0.4)
      quantile(x, names = FALSE)
    }
  )
))
# nolint end
