# Made from tests/testthat/sweep by tools/sweep --page: do not edit by hand.
# nolint start: line_length_linter.

#' Tensors and base R
#'
#' What R's functions do with a tensor. A function gives what it gives for the R array with the same values (a
#' tensor, if it is one of this package's methods), or fails with an error that says what to write, or stands in the
#' second list here.
#' Tensors have no names, dimnames or attributes: where R's result has them, that of a method has not.
#'
#' The lists are made from a table of calls, each of which is compared with plain R whenever the package is tested.
#'
#' # What works as it does for an array
#'
#' - Arithmetic and mathematical functions: `!`, `!=`, `%%`, `%/%`, `&`, `*`, `+`, `-`, `/`, `<`, `<=`, `==`,
#'   `>`, `>=`, `Arg`, `Conj`, `Im`, `Mod`, `Negate`, `Re`, `^`, `abs`, `acos`, `acosh`, `anyNA`, `asin`,
#'   `asinh`, `atan`, `atanh`, `ceiling`, `cos`, `cosh`, `cospi`, `cummax`, `cummin`, `cumprod`, `cumsum`,
#'   `digamma`, `exp`, `expm1`, `factorial`, `floor`, `gamma`, `identity`, `inherits`, `is.finite`,
#'   `is.infinite`, `is.na`, `is.nan`, `is.null`, `isFALSE`, `isTRUE`, `levels`, `lfactorial`, `lgamma`, `log`,
#'   `log10`, `log1p`, `log2`, `nlevels`, `round`, `sign`, `sin`, `sinh`, `sinpi`, `sqrt`, `tan`, `tanh`,
#'   `tanpi`, `trigamma`, `trunc`, `xor`, `|`.
#' - Data frames: `Reduce`, `aggregate`, `as.data.frame`, `as.list`, `capture.output`, `cbind`, `colMeans`,
#'   `data.frame`, `data.matrix`, `data.table::as.data.table`, `do.call`, `dplyr::arrange`, `dplyr::between`,
#'   `dplyr::bind_cols`, `dplyr::bind_rows`, `dplyr::count`, `dplyr::distinct`, `dplyr::lag`, `dplyr::mutate`,
#'   `dplyr::n_distinct`, `dplyr::pull`, `dplyr::slice`, `dplyr::summarise`, `dplyr::tibble`, `expand.grid`,
#'   `head`, `lapply`, `list2DF`, `lm`, `merge`, `names`, `nrow`, `order`, `rbind`, `stack`, `summary`, `table`,
#'   `tapply`, `tibble::add_column`, `tibble::as_tibble`, `tibble::tibble`, `transform`, `unique`,
#'   `vctrs::data_frame`, `vctrs::vec_as_location`, `vctrs::vec_c`, `vctrs::vec_equal`, `vctrs::vec_is`,
#'   `vctrs::vec_order`, `vctrs::vec_ptype`, `vctrs::vec_rbind`, `vctrs::vec_recycle`, `vctrs::vec_rep`,
#'   `vctrs::vec_size`, `vctrs::vec_slice`, `vctrs::vec_unique`, `within`.
#' - Plots: `dim`, `grDevices::xy.coords`, `graphics::barplot`, `graphics::boxplot`, `graphics::contour`,
#'   `graphics::dotchart`, `graphics::hist`, `graphics::image`, `graphics::matplot`, `graphics::persp`,
#'   `graphics::sunflowerplot`, `plot.default`, `stats::density`, `stats::plot.ts`.
#' - Linear algebra: `%o%`, `+`, `backsolve`, `chol`, `det`, `determinant`, `diag`, `eigen`, `forwardsolve`,
#'   `isSymmetric`, `kappa`, `kronecker`, `max`, `outer`, `qr`, `qr.Q`, `qr.R`, `qr.coef`, `qr.solve`, `round`,
#'   `solve`, `sum`, `svd`, `t`, `upper.tri`.
#' - Sets, groups and factors: `Reduce`, `[`, `addNA`, `anyDuplicated`, `as.factor`, `as.integer`, `ave`, `by`,
#'   `cut`, `dim`, `droplevels`, `duplicated`, `expand.grid`, `factor`, `findInterval`, `ftable`, `interaction`,
#'   `intersect`, `is.element`, `levels`, `nchar`, `nlevels`, `order`, `ordered`, `prop.table`, `relevel`,
#'   `reorder`, `rev`, `rowsum`, `setdiff`, `setequal`, `split`, `table`, `tabulate`, `tapply`, `union`,
#'   `unique`, `unsplit`.
#' - Shapes, parts and lists: `%o%`, `+`, `Filter`, `Find`, `NCOL`, `NROW`, `Position`, `Reduce`, `[`, `[[`,
#'   `addmargins`, `aperm`, `append`, `apply`, `array`, `arrayInd`, `as.array`, `as.list`, `as.matrix`,
#'   `as.vector`, `asplit`, `c`, `cbind`, `col`, `colnames`, `dim`, `dimnames`, `do.call`, `head`, `is.array`,
#'   `is.character`, `is.data.frame`, `is.factor`, `is.function`, `is.list`, `is.matrix`, `kronecker`, `lapply`,
#'   `length`, `lower.tri`, `matrix`, `max`, `max.col`, `names`, `ncol`, `nrow`, `outer`, `prop.table`,
#'   `proportions`, `rapply`, `rbind`, `rev`, `row`, `rownames`, `sapply`, `seq_along`, `slice.index`, `subset`,
#'   `sweep`, `t`, `tail`, `unlist`, `upper.tri`, `vapply`.
#' - Sums, means, quantiles and models: `/`, `IQR`, `[`, `acf`, `all`, `any`, `anyNA`, `apply`, `approx`, `ar`,
#'   `as.ts`, `chull`, `cmdscale`, `cumprod`, `cumsum`, `cut`, `cutree`, `diff`, `dist`, `extendrange`,
#'   `findInterval`, `hclust`, `isoreg`, `kmeans`, `lowess`, `mad`, `mahalanobis`, `max`, `mean`, `median`,
#'   `medpolish`, `min`, `mvfft`, `na.exclude`, `na.omit`, `na.pass`, `nclass.Sturges`, `order`, `pacf`,
#'   `prcomp`, `pretty`, `princomp`, `prod`, `quantile`, `range`, `rev`, `rowsum`, `scale`, `sd`, `smooth`,
#'   `sort`, `spline`, `splinefun`, `sqrt`, `stats::lag`, `sum`, `t`, `table`, `weighted.mean`, `window`,
#'   `xtfrm`, `xy.coords`, `xyTable`.
#' - Text and printing: `abbreviate`, `as.character`, `as.symbol`, `basename`, `bquote`, `capture.output`,
#'   `dQuote`, `format`, `gettextf`, `grep`, `grepl`, `gsub`, `make.names`, `make.unique`, `message`, `nchar`,
#'   `noquote`, `paste`, `paste0`, `prettyNum`, `regexpr`, `rev`, `sQuote`, `shQuote`, `sprintf`, `startsWith`,
#'   `strsplit`, `strtoi`, `strtrim`, `sub`, `substr`, `toString`, `tolower`, `toupper`, `trimws`, `tryCatch`,
#'   `utils::type.convert`.
#' - Types and conversions: `+`, `all.equal`, `as.Date`, `as.POSIXct`, `as.POSIXlt`, `as.character`,
#'   `as.complex`, `as.double`, `as.factor`, `as.hexmode`, `as.integer`, `as.list`, `as.logical`, `as.numeric`,
#'   `as.numeric_version`, `as.ordered`, `as.raw`, `as.table`, `as.vector`, `bit64::as.integer64`, `chartr`,
#'   `cut`, `factor`, `identical`, `is.array`, `is.call`, `is.character`, `is.element`, `is.expression`,
#'   `is.language`, `is.matrix`, `is.name`, `is.numeric`, `is.ordered`, `is.pairlist`, `is.primitive`, `is.raw`,
#'   `is.symbol`, `is.table`, `julian`, `suppressWarnings`.
#'
#' # What to write instead
#'
#' R asks for a method by the first argument of some functions, and of others never: these see the handle that a
#' tensor is to R, and most of them fail. `as.vector(x)`, `as.matrix(x)` and `as_r(x)` are the values as R has them. A
#' gradient ends there, and wherever else a function gives R's values: `svd()`, `eigen()`, `outer()`, `apply()`.
#'
#' `I(x)`, `noquote(x)`, `structure(x, ...)`, `attr(x, "a") <-` and `class(x) <-` write into the handle itself,
#' and so into every name that the tensor has: do not use them. `structure()` of a view, `as_r(x, copy = FALSE)`,
#' copies it, as R copies a vector whose attributes change; what it gives is no view.
#'
#' **Arithmetic and mathematical functions**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `(-2)^x` | gives C's powers of negative numbers and infinity, where R has NaN | `(-2)^as_r(x)` |
#' | `x + 1:2` | an error of this package | `x + matrix(1:2)` |
#' | `x * c(1, 2)` | an error of this package | `x * matrix(c(1, 2))` |
#' | `x + 1:3` | adds to columns, as PyTorch broadcasts, and not to rows | `x + matrix(rep_len(1:3, 6), 2)` |
#' | `x > 0` | gives FALSE where R gives NA, since NaN is no NA | `as_r(x) > 0` |
#' | `x == x` | gives FALSE where R gives NA, since NaN is no NA | `as_r(x) == as_r(x)` |
#' | `x + 300L` | an error of this package | `to_device(x, dtype = "long") + 300L` |
#' | `x + x` | wraps in the tensor's own integer dtype, as PyTorch does | `to_device(x, dtype = "long") * 2L` |
#' | `signif(x, 1)` | an error of this package | `signif(as.vector(x), 1)` |
#' | `beta(x, 2)` | an error of R's | `beta(as.vector(x), 2)` |
#' | `choose(x, 2)` | an error of R's | `choose(as.vector(x), 2)` |
#' | `psigamma(x, 2)` | an error of R's | `psigamma(as.vector(x), 2)` |
#' | `pmin(x, 2)` | an error of R's | `x$clamp(max = 2)` |
#' | `pmax(2, x)` | an error of R's | `x$clamp(min = 2)` |
#' | `atan2(x, 1)` | an error of R's | `atan2(as.vector(x), 1)` |
#' | `bitwAnd(as.integer(x > 2), x)` | an error of R's | `bitwAnd(as.integer(x > 2), as.vector(x))` |
#' | `zapsmall(x)` | an error of R's | `zapsmall(as.vector(x))` |
#' | `if (x[1] > 2) 1 ~ if (as.logical(x[1] > 2)) 1` | an error of R's |  |
#' | `stopifnot(x > 0)` | an error of R's | `stopifnot(as.vector(x > 0))` |
#' | `all(x > 0) && TRUE` | an error of R's | `as.logical(all(x > 0)) && TRUE` |
#' | `for (value in x) value ~ for (value in as.vector(x)) value` | an error of R's |  |
#' | `which(x > 1.7)` | an error of R's | `which(as.vector(x > 1.7))` |
#' | `which.max(x)` | an error of R's | `which.max(as.vector(x))` |
#' | `which.min(x)` | an error of R's | `which.min(as.vector(x))` |
#' | `seq_len(x)` | an error of R's | `seq_len(as.vector(x))` |
#' | `1:x` | an error of R's | `1:as.vector(x)` |
#' | `seq(1, x)` | an error of R's | `seq(1, as.vector(x))` |
#' | `numeric(x)` | an error of R's | `numeric(as.vector(x))` |
#' | `letters[x]` | an error of R's | `letters[as.vector(x)]` |
#'
#' **Data frames**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `{ d <- data.frame(y = 1:4) d$a <- x d$a }` | an error of this package | `as_r(x)` |
#' | `{ d <- data.frame(y = 1:4) d[["a"]] <- x d$a }` | an error of this package | `as_r(x)` |
#' | `within(data.frame(y = 1:4), a <- x)$a` | an error of this package | `as_r(x)` |
#' | `{ d <- data.frame(y = 1:4) d[, "a"] <- x nrow(d) }` | an error of this package | `4L` |
#' | `capture.output(write.csv(x))` | an error of this package | `capture.output(write.csv(as.matrix(x)))` |
#' | `capture.output(write.table(x))` | an error of this package | `capture.output(write.table(as.matrix(x)))` |
#' | `rbind(tibble::tibble(a = x), tibble::tibble(a = x))` | an error of this package | `dplyr::bind_rows(tibble::tibble(a = x), tibble::tibble(a = x))` |
#' | `dplyr::if_else(x > 1, 1, 0)` | an error of R's | `dplyr::if_else(as.vector(x > 1), 1, 0)` |
#' | `dplyr::case_when(x > 1 ~ "a", TRUE ~ "b")` | an error of R's | `dplyr::case_when(as.vector(x) > 1 ~ "a", TRUE ~ "b")` |
#' | `dplyr::filter(data.frame(y = 1:4), x > 1)` | an error of R's | `dplyr::filter(data.frame(y = 1:4), as.vector(x > 1))` |
#' | `dplyr::coalesce(x, 1)` | an error of R's | `dplyr::coalesce(as.vector(x), 1)` |
#' | `data.table::data.table(a = x)` | an error of this package | `data.table::data.table(a = as_r(x))` |
#' | `data.table::data.table(y = 1:4, a = x)` | an error of this package | `data.table::data.table(y = 1:4, a = as_r(x))` |
#' | `data.table::set(data.table::data.table(y = 1:4), j = "a", value = x)` | an error of R's | `data.table::set(data.table::data.table(y = 1:4), j = "a", value = as_r(x))` |
#' | `data.table::shift(x)` | an error of R's | `data.table::shift(as.vector(x))` |
#' | `data.table::uniqueN(x)` | an error of R's | `data.table::uniqueN(as.vector(x))` |
#'
#' **Plots**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `stats::qqnorm(x)$x` | an error of R's | `stats::qqnorm(as.vector(x))$x` |
#' | `graphics::pie(x)` | an error of R's | `graphics::pie(as.vector(x))` |
#' | `graphics::stripchart(x)` | an error of R's | `graphics::stripchart(as.vector(x))` |
#' | `grDevices::boxplot.stats(x)` | an error of R's | `grDevices::boxplot.stats(as.vector(x))` |
#' | `graphics::pairs(x)` | an error of this package | `graphics::pairs(as.matrix(x))` |
#'
#' **Linear algebra**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `crossprod(x)` | an error of R's | `t(x)$matmul(x)` |
#' | `tcrossprod(x)` | an error of R's | `x$matmul(t(x))` |
#' | `x %*% x` | an error of R's | `x$matmul(x)` |
#' | `norm(x)` | an error of R's | `torch$linalg$matrix_norm(x$double(), 1)` |
#' | `rcond(x)` | an error of R's | `rcond(as.matrix(x))` |
#' | `La.svd(x)$d` | an error of R's | `svd(x)$d` |
#' | `chol2inv(x)` | an error of R's | `chol2inv(as.matrix(x))` |
#' | `outer(x, 1:2, "-")` | an error of this package | `outer(as.vector(x), 1:2, "-")` |
#' | `diag(x)` | an error of this package | `torch$diag(x)` |
#' | `diag(x, 3)` | an error of this package | `diag(as.vector(x), 3)` |
#'
#' **Sets, groups and factors**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `x %in% c(1, 3)` | an error of R's | `as.vector(x) %in% c(1, 3)` |
#' | `1 %in% x` | an error of R's | `1 %in% as.vector(x)` |
#' | `match(1, x)` | an error of R's | `match(1, as.vector(x))` |
#' | `match(x, 1)` | an error of R's | `match(as.vector(x), 1)` |
#' | `rle(x)` | an error of R's | `rle(as.vector(x))` |
#' | `combn(x, 2)` | an error of R's | `combn(as.vector(x), 2)` |
#' | `switch(x[1], "a", "b", "c")` | an error of R's | `switch(as.vector(x[1]), "a", "b", "c")` |
#' | `aggregate(1:5, list(x), sum)` | an error of R's | `aggregate(1:5, list(as.vector(x)), sum)` |
#' | `unsplit(split(x, c(1, 2, 1, 2, 1)), c(1, 2, 1, 2, 1))` | an error of this package | `unsplit(split(as.vector(x), c(1, 2, 1, 2, 1)), c(1, 2, 1, 2, 1))` |
#' | `tapply(x, c(1, 2, 1, 2, 1), max)` | gives a list of 0-d tensors | `tapply(as.vector(x), c(1, 2, 1, 2, 1), max)` |
#' | `sapply(split(x, c(1, 2, 1, 2, 1)), sum)` | gives a list of tensors | `sapply(split(as.vector(x), c(1, 2, 1, 2, 1)), sum)` |
#'
#' **Shapes, parts and lists**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `rep(x, 2)` | an error of this package | `c(x)$tile(2L)` |
#' | `rep_len(x, 3)` | an error of this package | `rep_len(as.vector(x), 3)` |
#' | `c(1, x)` | gives a list of 1 and the tensor: c() looks at its first argument | `c(as_tensor(1), x)` |
#' | `append(1, x)` | gives a list, as c() does | `append(as_tensor(1), x)` |
#' | `unlist(list(x, x))` | gives the list as it is | `do.call(c, list(x, x))` |
#' | `mapply(function(a, b) a + b, x, 1)` | gives a list of 0-d tensors | `mapply(function(a, b) a + b, as.vector(x), 1)` |
#' | `sapply(1:2, function(i) x)` | gives a list of tensors | `sapply(1:2, function(i) as.vector(x))` |
#' | `replicate(2, x)` | gives a list of tensors | `replicate(2, as_r(x))` |
#' | `rle(c(x))` | an error of R's | `rle(as.vector(x))` |
#' | `embed(c(x), 2)` | an error of R's | `embed(as.vector(x), 2)` |
#' | `outer(x, 1:2, "+")` | an error of this package | `outer(as.array(x), 1:2, "+")` |
#' | `rowSums(x)` | an error of R's | `x$sum(dim = 1L)` |
#' | `colSums(x)` | an error of R's | `x$sum(dim = 0L)` |
#' | `rowMeans(x)` | an error of R's | `x$double()$mean(dim = 1L)` |
#' | `colMeans(x)` | an error of R's | `x$double()$mean(dim = 0L)` |
#' | `mapply(rep, 1, x[1, ])` | an error of R's | `mapply(rep, 1, as.vector(x[1, ]))` |
#' | `subset(x, x[, 1] > 1)` | an error of R's | `x[x[, 1] > 1, , drop = FALSE]` |
#' | `replace(x, 1, 0)` | writes into `x` itself, as `[<-` does | `replace(x$clone(), 1, 0)` |
#' | `{ x[1] <- 0 x }` | writes into `x` itself, as `[<-` does | `{ x <- x$clone() x[1] <- 0 x }` |
#' | `{ x[[1]] <- 0 x }` | writes into `x` itself, as `[<-` does | `{ x <- x$clone() x[[1]] <- 0 x }` |
#' | `{ is.na(x) <- 2 x }` | writes into `x` itself, as `[<-` does | `{ x <- x$clone() is.na(x) <- 2 x }` |
#' | `ave(x, c(1, 1, 2, 2))` | writes into `x` itself, as `[<-` does | `ave(as.vector(x), c(1, 1, 2, 2))` |
#' | `within(list(x = x), x[1] <- 0)$x` | writes into `x` itself, as `[<-` does | `within(list(x = x$clone()), x[1] <- 0)$x` |
#' | `{ y <- x y[2] <- 9 y }` | writes into `x` itself, as `[<-` does | `{ y <- x$clone() y[2] <- 9 y }` |
#'
#' **Sums, means, quantiles and models**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `fivenum(x)` | an error of R's | `fivenum(as.vector(x))` |
#' | `ecdf(x)(2)` | an error of R's | `ecdf(as.vector(x))(2)` |
#' | `dnorm(x)` | an error of R's | `dnorm(as_r(x))` |
#' | `pnorm(x)` | an error of R's | `pnorm(as_r(x))` |
#' | `qnorm(x/100)` | an error of R's | `qnorm(as_r(x/100))` |
#' | `dexp(x)` | an error of R's | `dexp(as_r(x))` |
#' | `rnorm(2, x)` | an error of R's | `rnorm(2, as.vector(x))` |
#' | `max(1, x)` | an error of R's | `max(x, 1)` |
#' | `sum(1, x)` | an error of R's | `sum(x, 1)` |
#' | `t.test(x)$statistic` | an error of R's | `t.test(as.vector(x))$statistic` |
#' | `var(x)` | an error of R's | `var(as_r(x))` |
#' | `shapiro.test(x)$p.value` | an error of R's | `shapiro.test(as.vector(x))$p.value` |
#' | `round(optim(1, function(m) sum((x - m)^2), method = "BFGS")$par, 3)` | an error of R's | `round(optim(1, function(m) as.vector(sum((x - m)^2)), method = "BFGS")$par, 3)` |
#' | `summary(x)` | gives a summary of all values, whatever the shape | `summary(as_r(x))` |
#' | `rank(x)` | an error of R's | `rank(as.vector(x))` |
#' | `cor(x, x)` | an error of R's | `cor(as.vector(x), as.vector(x))` |
#' | `lm(x ~ seq_along(x))$coefficients` | an error of R's | `{ x <- as.vector(x) lm(x ~ seq_along(x))$coefficients }` |
#' | `glm(x ~ 1)$coefficients` | an error of R's | `{ x <- as.vector(x) glm(x ~ 1)$coefficients }` |
#' | `model.matrix(~x)` | an error of R's | `{ x <- as.vector(x) model.matrix(~x) }` |
#' | `convolve(x, x)` | an error of R's | `convolve(as.vector(x), as.vector(x))` |
#' | `cor.test(x, seq_along(x))$p.value` | an error of R's | `cor.test(as.vector(x), seq_along(x))$p.value` |
#' | `fft(x)` | an error of R's | `torch$fft$fft(x$double())` |
#' | `Box.test(x)$p.value` | an error of R's | `Box.test(as.vector(x))$p.value` |
#' | `stats::lag(x)` | an error of R's | `stats::lag(as.vector(x))` |
#' | `start(x)` | an error of R's | `start(as.ts(x))` |
#' | `window(x, 2)` | an error of R's | `window(as.vector(x), 2)` |
#' | `cycle(x)` | an error of R's | `cycle(as.vector(x))` |
#' | `time(x)` | an error of R's | `time(as.vector(x))` |
#' | `ts(x)` | an error of R's | `ts(as.vector(x))` |
#' | `complete.cases(x)` | an error of R's | `as.vector(!is.na(x))` |
#' | `poly(x, 2)` | an error of this package | `poly(as.vector(x), 2)` |
#' | `var(x)` | an error of R's | `var(as.matrix(x))` |
#' | `cor(x)` | an error of R's | `cor(as.matrix(x))` |
#' | `cov(x)` | an error of R's | `cov(as.matrix(x))` |
#' | `chisq.test(x)$p.value` | an error of R's | `chisq.test(as.matrix(x))$p.value` |
#' | `which(x)` | an error of R's | `which(as.vector(x))` |
#'
#' **Text and printing**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `sprintf("%.1f", x)` | an error of this package | `sprintf("%.1f", as.vector(x))` |
#' | `sprintf("%s", x)` | an error of this package | `sprintf("%s", as.vector(x))` |
#' | `gettextf("%s", x)` | an error of this package | `gettextf("%s", as.vector(x))` |
#' | `capture.output(cat(x))` | an error of R's | `capture.output(cat(as.vector(x)))` |
#' | `nchar(x)` | an error of R's | `nchar(as_r(x))` |
#' | `capture.output(print(x))` | shows R's lines, and one on the tensor |  |
#' | `capture.output(str(x))` | shows the values with a word on the tensor |  |
#' | `encodeString(x)` | forgets the dimensions, and keeps what the handle holds | `encodeString(as_r(x))` |
#' | `formatC(x)` | an error of R's | `formatC(as.vector(x))` |
#' | `sprintf("%d", x)` | an error of R's | `sprintf("%d", as.integer(x))` |
#'
#' **Types and conversions**
#'
#' | call | what happens | write |
#' |---|---|---|
#' | `is.vector(x)` | is FALSE, since a tensor is an environment to R | `is.vector(as_r(x))` |
#' | `is.double(x)` | is FALSE, since a tensor is an environment to R | `is.double(as_r(x))` |
#' | `is.atomic(x)` | is FALSE, since a tensor is an environment to R | `is.atomic(as_r(x))` |
#' | `is.logical(x > 2)` | is FALSE, since a tensor is an environment to R | `is.logical(as_r(x > 2))` |
#' | `is.complex(x + (0+1i))` | is FALSE, since a tensor is an environment to R | `is.complex(as_r(x + (0+1i)))` |
#' | `is.environment(x)` | is TRUE, since a tensor is an environment to R | `is.environment(as_r(x))` |
#' | `is.recursive(x)` | is TRUE, since a tensor is an environment to R | `is.recursive(as_r(x))` |
#' | `is.object(x)` | is TRUE, since a tensor has a class | `is.object(as_r(x))` |
#' | `typeof(x)` | is "environment" |  |
#' | `mode(x)` | is "environment" | `mode(as_r(x))` |
#' | `storage.mode(x)` | is "environment" |  |
#' | `class(x)` | is the tensor's class |  |
#' | `oldClass(x)` | is the tensor's class |  |
#' | `attributes(x)` | are the tensor's class |  |
#' | `methods::is(x)` | tells the class |  |
#' | `object.size(x)` | is the size of R's handle |  |
#' | `deparse(x)` | shows a handle |  |
#' | `unclass(x)` | an error of R's | `as_r(x)` |
#' | `bitwNot(x)` | an error of R's | `bitwNot(as.vector(x))` |
#' | `intToBits(x)` | an error of R's | `intToBits(as.vector(x))` |
#' | `as.hexmode(x)` | an error of R's | `as.hexmode(as.integer(x))` |
#' | `nchar(x)` | an error of R's | `nchar(as_r(x))` |
#' | `as.expression(x)` | an error of this package | `as.expression(as.vector(x))` |
#' | `as.name(x)` | an error of this package | `as.name(as.character(x[1]))` |
#' | `as.pairlist(x)` | an error of this package | `as.pairlist(as.list(x))` |
#' | `as.integer(x)` | an error of this package | `as.integer(as.vector(x))` |
#' | `as.raw(x)` | an error of this package | `as.raw(as.vector(x))` |
#' | `as.logical(x)` | an error of this package | `as.logical(as.vector(x))` |
#' | `as.numeric(x)` | an error of this package | `as.numeric(as.vector(Re(x)))` |
#'
#' @name tensors-and-base-r
#' @seealso [Tensor arithmetic][tensor-arithmetic], [indices][tensor-index], [shapes][tensor-shape],
#'   [summaries][tensor-summary], [linear algebra][tensor-linear], [as.vector()][as.array.torch.Tensor].
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(c(3, 1, 2))
#' which(as.vector(x > 1))
#' as.vector(x) %in% c(1, 3)
NULL
# nolint end
