#' Tensors shown in R
#'
#' A tensor prints as PyTorch shows its values, with one line below that tells its dtype, shape and
#' device. `str()` tells it in one line, as the environment pane of RStudio shows it. `summary()`
#' computes what R's own summary of a vector tells, on the device where the tensor is.
#'
#' @param x,object a `torch.Tensor`.
#' @param max_lines how many lines of values are shown; the rest is counted.
#' @param digits significant digits of the summary.
#' @param ... `print()` passes it on to `format()`: `max_lines`, or `digits` of a summary.
#'
#' @return `print()` its argument, invisibly. `format()` the lines. `summary()` a list of class
#'   `summary_tensor`: `headline`, `values` (minimum, quartiles, mean and maximum of what is not
#'   NaN; for bool the counts of `FALSE` and `TRUE`) and `nan` (how many are NaN).
#' @seealso [tensor_info()] for memory, strides and addresses.
#' @name tensor-print
#' @examplesIf reticulate::py_module_available("torch")
#' t <- as_tensor(matrix(c(1.5, 2, 3, 4, 5, 6), 2), dtype = "float32")
#' t
#' str(t)
#' summary(t)
#' print(torch$arange(1000L), max_lines = 2)
NULL

#' @rdname tensor-print
#' @export
format.torch.Tensor <- function(x, max_lines = 40, ...) {
  if (is_gone(x)) {
    return(GONE)
  }
  check_argument("max_lines", max_lines, is_count, "one number, 0 or more")
  as.character(unlist(call_bridge("showing.lines", x, max_lines)))
}

#' @rdname tensor-print
#' @export
print.torch.Tensor <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
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
