#' Comparing tensors in tests
#'
#' `all.equal()` compares layout, dtype, shape, device and values of two tensors. With waldo installed, as
#' testthat has it, `expect_equal()` and `expect_identical()` of its third edition compare the same,
#' and tell the difference.
#'
#' @param target,x a `torch.Tensor`.
#' @param current what it is compared with.
#' @param check.attributes whether layout, dtype and device are compared too; shape and values always are.
#' @param path where waldo is in what it compares.
#' @param ... for `all.equal()` of the values, such as `tolerance`.
#'
#' @return `all.equal()` returns `TRUE`, or a character vector that tells the differences.
#' @name tensor-compare
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(c(1, 2, 3))
#' all.equal(x, x + 1e-10)
#' all.equal(x, x + 1)
#' all.equal(x, as_tensor(1:3))
#' all.equal(x, as_tensor(1:3), check.attributes = FALSE)
NULL

#' @rdname tensor-compare
#' @method all.equal torch.Tensor
#' @export
all.equal.torch.Tensor <- function(target, current, ..., check.attributes = TRUE) {
  check_flag("check.attributes", check.attributes)
  if (!is_tensor(current)) {
    return(paste0("target is a tensor, current is of class ", class(current)[1]))
  }
  found <- call_bridge("comparing.comparables", target, current)
  here <- found[[1]]$traits
  there <- found[[2]]$traits
  compared <- if (check.attributes) names(here) else "shape"
  differences <- unlist(lapply(compared, function(trait) {
    if (here[[trait]] != there[[trait]]) {
      paste0("The ", trait, "s differ: ", here[[trait]], ", ", there[[trait]])
    }
  }))
  if (here$shape == there$shape) {
    expected <- comparable_values(target, found[[1]]$values)
    values <- all.equal(expected, comparable_values(current, found[[2]]$values), ...)
    differences <- c(differences, if (!isTRUE(values)) values)
  }
  if (is.null(differences)) TRUE else differences
}

#' @rdname tensor-compare
#' @exportS3Method waldo::compare_proxy
compare_proxy.torch.Tensor <- function(x, path = "x") {
  found <- call_bridge("comparing.comparables", x)[[1]]
  proxy <- c(found$traits, list(values = comparable_values(x, found$values)))
  list(object = structure(proxy, class = "torch.Tensor proxy"), path = path)
}

# As R's own type where that holds them all; else as text. A vector has no dim, for waldo's sake.
comparable_values <- function(x, found) {
  values <- tryCatch(
    if (!is.null(found)) dense(unpack(found, x, list(na = "error", copy = TRUE, dim_from = 1L))),
    pytorchbridge_error = function(e) NULL
  )
  if (is.null(values)) {
    values <- unlist(call_bridge("comparing.value_texts", x))
  }
  if (length(dim(values)) == 1) as.vector(values) else values
}
