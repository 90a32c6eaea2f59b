#' Plots and pictures of tensors
#'
#' `plot()` shows a 1-d tensor as a line, a 2-d tensor as a heat map with the first row on top, and
#' an image, \[3, H, W\] as PyTorch has it or \[H, W, 3\], as a picture. `as.raster()` makes R's own
#' kind of picture.
#'
#' @param x a `torch.Tensor`. For `as.raster()`, 2-d (grey), or 3-d with 1 (grey), 3 (colour) or 4
#'   (and opacity) channels, which come first or last; if both could be, 3 go before 1 or 4, then
#'   the first before the last.
#' @param max the value of full intensity; `NULL` is 255 for integers and 1 for floats and bools.
#' @param ... for `plot()`, graphical parameters of [graphics::plot.default()] and
#'   [graphics::image()]; for `as.raster()`, unused.
#' @param col the colour of the line; or the colours of the heat map, from the lowest value to the
#'   highest.
#' @param y unused: it is part of the generic.
#'
#' @return `plot()` returns its argument, invisibly. `as.raster()` returns a raster.
#' @seealso [hist()][tensor-graphics] and its kin; `as.data.frame(x, long = TRUE)` for ggplot2, see
#'   [as.data.frame()][as.data.frame.torch.Tensor].
#' @name tensor-plot
#' @examplesIf reticulate::py_module_available("torch")
#' plot(torch$linspace(0, 6, 100L)$sin())
#' plot(as_tensor(volcano), main = "Maunga Whau")
#' plot(torch$rand(3L, 8L, 8L))
#' as.raster(torch$eye(2L))
#' as.raster(torch$eye(2L), max = 2)
#' plot(torch$eye(3L), col = c("white", "black"))
NULL

#' @rdname tensor-plot
#' @export
plot.torch.Tensor <- function(x, y, ..., max = NULL, col = NULL) {
  if (!missing(y)) {
    abort("dtype", "plot() shows one tensor; for one over another, use plot(as_r(x), as_r(y)).")
  }
  check_max(max)
  check_argument("col", col, or_null(are_colours), "colours, by name or by number")
  values <- as.array(x)
  ndim <- length(dim(values))
  if (ndim < 2) {
    plot_line(plottable(as.vector(values)), col, ...)
  } else if (ndim == 2) {
    plot_heat_map(plottable(values), col, ...)
  } else {
    plot_picture(picture_of(values, x, max), ...)
  }
  invisible(x)
}

plottable <- function(values) {
  if (is.complex(values)) {
    abort("dtype", "A complex tensor has no plot; plot x$abs() or x$angle().")
  }
  if (length(values) == 0) {
    abort("dtype", "A tensor without elements has no plot.")
  }
  values * 1
}

plot_line <- function(values, col, type = "l", xlab = "index", ylab = "value", ...) {
  col <- if (is.null(col)) graphics::par("col") else col
  graphics::plot.default(seq_along(values), values, col = col, type = type, xlab = xlab, ylab = ylab, ...)
}

# image() draws the first row at the left, upwards; a matrix is read from the top.
# useRaster: one picture, as rectangles side by side show seams.
plot_heat_map <- function(values, col, zlim = NULL, xlab = "column", ylab = "row", axes = TRUE, useRaster = TRUE,
                          ...) {
  col <- if (is.null(col)) grDevices::hcl.colors(64, "viridis") else col
  shown <- values
  shown[!is.finite(shown)] <- NA
  if (all(is.na(shown))) {
    abort("dtype", "The tensor has no finite value, so there is no heat map.")
  }
  limits <- if (is.null(zlim)) range(shown, na.rm = TRUE) else zlim
  old <- graphics::par(mar = graphics::par("mar") + c(0, 0, 0, 2.5))
  on.exit(graphics::par(old))
  rows <- nrow(shown)
  graphics::image(
    seq_len(ncol(shown)), seq_len(rows), t(shown),
    zlim = limits + c(0, limits[1] == limits[2]), col = col, ylim = c(rows + 0.5, 0.5),
    xlab = xlab, ylab = ylab, axes = FALSE, useRaster = useRaster, ...
  )
  if (axes) {
    draw_axes(ncol(shown), rows)
  }
  draw_colour_key(limits, col)
}

# Rows and columns are counted in whole numbers.
draw_axes <- function(columns, rows) {
  whole <- function(n) unique(round(pretty(c(1, n))))
  graphics::axis(1, Filter(function(at) at >= 1 && at <= columns, whole(columns)))
  graphics::axis(2, Filter(function(at) at >= 1 && at <= rows, whole(rows)))
  graphics::box()
}

# To the right of the plot: the colours, and the numbers that they stand for.
draw_colour_key <- function(limits, col) {
  area <- graphics::par("usr")
  width <- area[2] - area[1]
  left <- area[2] + 0.03 * width
  right <- left + 0.04 * width
  graphics::rasterImage(
    grDevices::as.raster(matrix(rev(col))), left, area[3], right, area[4],
    interpolate = FALSE, xpd = NA
  )
  marks <- pretty(limits, 4)
  marks <- marks[marks >= limits[1] & marks <= limits[2]]
  if (limits[1] == limits[2]) {
    marks <- limits[1]
  }
  share <- (marks - limits[1]) / max(limits[2] - limits[1], .Machine$double.xmin)
  graphics::text(
    right, area[3] + share * (area[4] - area[3]), format(marks, digits = 12),
    pos = 4, cex = 0.8, xpd = NA
  )
}

plot_picture <- function(picture, xlab = "", ylab = "", ...) {
  height <- nrow(picture)
  width <- ncol(picture)
  graphics::plot.default(
    c(0, width), c(0, height),
    type = "n", asp = 1, axes = FALSE, xlab = xlab, ylab = ylab, ...
  )
  graphics::rasterImage(picture, 0, 0, width, height, interpolate = FALSE)
}

#' @rdname tensor-plot
#' @importFrom grDevices as.raster
#' @export
as.raster.torch.Tensor <- function(x, max = NULL, ...) {
  check_no_dots(...)
  check_max(max)
  picture_of(as.array(x), x, max)
}

# values: those of the tensor x.
picture_of <- function(values, x, max) {
  values <- channels_last(values)
  if (is.complex(values)) {
    abort("dtype", "A complex tensor is no picture; use x$abs() or x$angle().")
  }
  max <- if (is.null(max)) full_intensity(x) else max
  values <- values * 1
  check_intensities(values, max)
  grDevices::as.raster(if (is_grey(values)) array(values, dim(values)[1:2]) else values, max = max)
}

is_grey <- function(values) length(dim(values)) == 2 || dim(values)[3] == 1

channels_last <- function(values) {
  extents <- dim(values)
  if (length(extents) == 2) {
    return(values)
  }
  if (length(extents) == 3) {
    for (channels in list(3, c(1, 4))) {
      if (extents[1] %in% channels) {
        return(aperm(values, c(2, 3, 1)))
      }
      if (extents[3] %in% channels) {
        return(values)
      }
    }
  }
  abort(
    "dtype", "A tensor of shape [", paste(extents, collapse = ", "), "] is no picture: that is ",
    "2-d, or 3-d with 1, 3 or 4 channels, first or last.\nPick one picture of a batch: x[1, , , ]."
  )
}

full_intensity <- function(x) {
  if (grepl("int", call_bridge("comparing.traits", x)$dtype)) 255 else 1
}

check_max <- function(max) check_argument("max", max, or_null(is_positive), "one positive number, or NULL")

check_intensities <- function(values, max) {
  misfits <- which(is.na(values) | values < 0 | values > max)
  if (length(misfits) > 0) {
    at <- format_index(misfits[1], dim(values))
    abort(
      "lossy", "The intensity ", format_value(values[misfits[1]]), " at ", at,
      " is not between 0 and ", format_value(max), ".\n",
      "Say which value is full intensity, max = , or scale the tensor first."
    )
  }
}
