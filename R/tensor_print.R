#' Tensors shown in R
#'
#' A tensor prints as R shows an array of its values, with one line below that tells its dtype, shape and
#' device: `digits` and the options of [print.default()] hold. Of a large tensor only as many values come
#' to R as are shown. `format()` gives a text for each element, as of the array. `str()` tells a tensor in
#' one line, as the environment pane of RStudio shows it. `summary()` computes what R's own summary of a
#' vector tells, on the device where the tensor is.
#'
#' @param x,object a `torch.Tensor`.
#' @param max_lines how many lines of values are shown.
#' @param digits significant digits; `NULL` for R's option.
#' @param ... for `format()`, arguments of [format()]; for `print()`, of [print.default()], or `digits` of a summary.
#'
#' @return `print()` returns its argument, invisibly. `format()` returns texts. `summary()` returns a list of class
#'   `summary_tensor`: `headline`, `values` (minimum, quartiles, mean and maximum of what is not NaN; for bool the
#'   counts of `FALSE` and `TRUE`) and `nan` (how many are NaN).
#' @details A sparse tensor shows its stored values with their indices, from 1. An integer that R's numbers
#'   do not hold is shown with all of its digits.
#' @seealso [tensor_info()] for memory, strides and addresses.
#' @name tensor-print
#' @examplesIf reticulate::py_module_available("torch")
#' t <- as_tensor(matrix(c(1.5, 2, 3, 4, 5, 6), 2), dtype = "float32")
#' t
#' str(t)
#' summary(t)
#' format(t, nsmall = 2)
#' print(torch$arange(1000L), max_lines = 2)
#' print(torch$tensor(pi, dtype = torch$float64), digits = 10)
NULL

#' @rdname tensor-print
#' @export
format.torch.Tensor <- function(x, ...) {
  if (is_gone(x)) GONE else format(exact_values(x), ...)
}

#' @rdname tensor-print
#' @export
print.torch.Tensor <- function(x, digits = NULL, ..., max_lines = 40) {
  is_right <- function(n) is_whole_from(1)(n) && n <= 22
  check_argument("digits", digits, or_null(is_right), "a whole number from 1 to 22 or NULL")
  writeLines(if (is_gone(x)) GONE else shown_lines(x, max_lines, digits = digits, ...))
  invisible(x)
}

# ...: for print().
shown_lines <- function(x, max_lines, ...) {
  check_argument("max_lines", max_lines, is_count, "one number, 0 or more")
  found <- call_bridge("showing.shown", x, max_lines, getOption("width"))
  lines <- if (is.null(found$part)) {
    as.character(unlist(found$lines))
  } else {
    utils::capture.output(print(exact_values(found$part), ...))
  }
  is_cut <- found$cut || length(lines) > max_lines
  count <- if (is_cut) paste("... of", format_count(found$count, "value"))
  c(lines[seq_len(min(max_lines, length(lines)))], count, paste0("<", found$headline, ">"))
}

# As R's own type where that holds them all; else as text.
exact_values <- function(x) {
  as_text <- function(error) {
    texts <- unlist(call_bridge("comparing.value_texts", x))
    dim(texts) <- if (length(dim(x)) > 1) dim(x)
    noquote(texts)
  }
  tryCatch(dense(as_r(x)), pytorchbridge_lossy_error = as_text, pytorchbridge_missing_error = as_text)
}

#' @rdname tensor-print
#' @importFrom utils str
#' @export
str.torch.Tensor <- function(object, ...) {
  cat(" ", if (is_gone(object)) GONE else call_bridge("showing.one_line", object, 10), "\n", sep = "")
}

GONE <- "<tensor of another R session: its values are gone>"

#' @rdname tensor-print
#' @export
summary.torch.Tensor <- function(object, ...) {
  found <- call_bridge("summaries.summarize", object)
  values <- if (is.null(found$true)) {
    quantiles <- as.double(unlist(found$quantiles))
    names(quantiles) <- QUANTILES[seq_along(quantiles)]
    quantiles
  } else {
    c("FALSE" = found$false, "TRUE" = found$true)
  }
  structure(list(headline = found$headline, values = values, nan = found$nan), class = "summary_tensor")
}

QUANTILES <- c("Min.", "1st Qu.", "Median", "Mean", "3rd Qu.", "Max.")

#' @rdname tensor-print
#' @export
format.summary_tensor <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  check_argument("digits", digits, is_digits, "one whole number from 1 to 22")
  shown <- c(x$values, if (x$nan > 0) c("NaN's" = x$nan))
  texts <- vapply(shown, function(value) format(value, digits = digits), "")
  columns <- format(rbind(names(shown), texts), justify = "right")
  lines <- if (length(shown) > 0) unname(apply(columns, 1, paste, collapse = " "))
  c(lines, paste0("<", x$headline, ">"))
}

#' @rdname tensor-print
#' @export
print.summary_tensor <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
}
