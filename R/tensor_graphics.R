#' R's plots and counts, of tensors
#'
#' `hist()`, `density()`, `boxplot()`, `barplot()`, `image()`, `contour()`, `persp()`, `cut()` and `pretty()` of a
#' tensor are R's own, of the R vector or array with its values: with the same arguments, results and titles.
#'
#' @param x,height a `torch.Tensor`.
#' @param ... as in R's own function: [graphics::hist()], [stats::density()], [graphics::boxplot()],
#'   [graphics::barplot()], [graphics::image()], [graphics::contour()], [graphics::persp()], [cut()], [pretty()].
#'
#' @return Each returns what R's own function returns.
#' @seealso [plot()][plot.torch.Tensor]
#' @name tensor-graphics
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(c(5, 1, 3, 3))
#' hist(x)
#' barplot(x)
#' table(cut(x, c(0, 2, 4, 6)))
#' image(as_tensor(volcano))
NULL

# Calls a generic with the R values of x, which have the name there that the caller wrote: R's own methods put it into
# titles and labels.
with_r_values <- function(generic, x, written, ...) {
  name <- deparse1(written)
  # `...` is found in this frame, around the place of the values.
  place <- list2env(stats::setNames(list(dense(as_r(x))), name), parent = environment())
  eval(as.call(list(generic, as.name(name), quote(...))), place)
}

#' @rdname tensor-graphics
#' @importFrom graphics hist
#' @export
hist.torch.Tensor <- function(x, ...) with_r_values(graphics::hist, x, substitute(x), ...)

#' @rdname tensor-graphics
#' @importFrom stats density
#' @export
density.torch.Tensor <- function(x, ...) with_r_values(stats::density, x, substitute(x), ...)

#' @rdname tensor-graphics
#' @importFrom graphics boxplot
#' @export
boxplot.torch.Tensor <- function(x, ...) {
  values <- lapply(list(x, ...), function(value) if (is_tensor(value)) dense(as_r(value)) else value)
  do.call(graphics::boxplot, values)
}

#' @rdname tensor-graphics
#' @importFrom graphics barplot
#' @export
barplot.torch.Tensor <- function(height, ...) with_r_values(graphics::barplot, height, substitute(height), ...)

#' @rdname tensor-graphics
#' @importFrom graphics image
#' @export
image.torch.Tensor <- function(x, ...) with_r_values(graphics::image, x, substitute(x), ...)

#' @rdname tensor-graphics
#' @importFrom graphics contour
#' @export
contour.torch.Tensor <- function(x, ...) with_r_values(graphics::contour, x, substitute(x), ...)

#' @rdname tensor-graphics
#' @importFrom graphics persp
#' @export
persp.torch.Tensor <- function(x, ...) with_r_values(graphics::persp, x, substitute(x), ...)

#' @rdname tensor-graphics
#' @export
cut.torch.Tensor <- function(x, ...) cut(dense(as_r(x)), ...)

#' @rdname tensor-graphics
#' @export
pretty.torch.Tensor <- function(x, ...) pretty(as.vector(x), ...)
