#' Indices of batches
#'
#' `batches()` deals the rows of a data set out into batches, for a loop that goes through all of them:
#' `for (rows in batches(nrow(x), 80))`. The order is that of R's own generator, so [set.seed()] or
#' [torch_seed()] repeats it; each call makes another one, as each epoch wants.
#'
#' @param n how many rows there are: a whole number.
#' @param size how many rows a batch has: a whole number from 1 on.
#' @param shuffle whether the rows are in random order; if not, each batch is a range such as `1:80`.
#' @param drop_last whether the last batch is left out if it is shorter than the others.
#' @return `batches()` returns a list of vectors of indices from 1 to `n`, of `size` each but for the last. Each row is
#'   in one batch.
#' @section Errors:
#' `pytorchbridge_dtype_error` for an argument that is not as above.
#' @seealso [tensor_dataset()] for PyTorch's loaders
#' @export
#' @examples
#' batches(10, 4, shuffle = FALSE)
#' batches(n = 10, size = 4, shuffle = FALSE, drop_last = TRUE)
#'
#' set.seed(1)
#' for (rows in batches(nrow(iris), 64)) {
#'   print(colMeans(iris[rows, 1:4]))
#' }
batches <- function(n, size, shuffle = TRUE, drop_last = FALSE) {
  check_argument("n", n, is_whole_from(0), "a whole number, 0 or more")
  check_argument("n", n, function(n) n <= 2^52, "2^52 at most, the length of R's longest vectors")
  check_argument("size", size, is_whole_from(1), "a whole number, 1 or more")
  check_flag("shuffle", shuffle)
  check_flag("drop_last", drop_last)
  count <- if (drop_last) n %/% size else ceiling(n / size)
  first <- (seq_len(count) - 1) * size + 1
  last <- pmin(first + size - 1, n)
  if (!shuffle) {
    return(Map(seq.int, first, last))
  }
  order <- sample.int(n)
  Map(function(from, to) order[from:to], first, last)
}
