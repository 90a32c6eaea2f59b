#' R's dates, times, tables and series, of tensors
#'
#' A tensor's values as an R class: the reverse of what [as_tensor()] makes of these.
#'
#' @param x a `torch.Tensor`: days for `as.Date()`, seconds for `as.POSIXct()` and `as.POSIXlt()`, numbers from 0 to 255
#'   for `as.raw()`, whole numbers for `as.integer64()`.
#' @param tz the time zone in which the times are shown.
#' @param origin what the days or seconds count from.
#' @param ... as in R's own method.
#'
#' @return Each returns an R object of the class in its name.
#' @name as-classes
#' @examplesIf reticulate::py_module_available("torch")
#' as.Date(as_tensor(as.Date("2024-02-29")))
#' as.Date(as_tensor(59), origin = "2024-01-01")
#' as.POSIXct(as_tensor(c(0, 86400)), tz = "UTC")
#' as.table(as_tensor(matrix(1:4, 2)))
#' bit64::as.integer64(as_tensor(1:3))
NULL

#' @rdname as-classes
#' @export
as.Date.torch.Tensor <- function(x, ..., origin = "1970-01-01") {
  as.Date(dense(as_r(x)), ..., origin = check_origin(origin, as.Date))
}

#' @rdname as-classes
#' @export
as.POSIXct.torch.Tensor <- function(x, tz = "", ..., origin = "1970-01-01") {
  check_argument("tz", tz, is_text, "the name of a time zone")
  as.POSIXct(dense(as_r(x)), tz = tz, ..., origin = check_origin(origin, function(x) as.POSIXct(x, tz = "UTC")))
}

#' @rdname as-classes
#' @export
as.POSIXlt.torch.Tensor <- function(x, tz = "", ..., origin = "1970-01-01") {
  as.POSIXlt(as.POSIXct(x, tz = tz, ..., origin = origin))
}

# A number would itself need an origin.
check_origin <- function(origin, as_time) {
  time <- if (is_text(origin) || inherits(origin, c("Date", "POSIXct", "POSIXlt"))) {
    tryCatch(as_time(origin), error = function(error) NULL)
  }
  is_right <- function(origin) length(time) == 1 && !is.na(time)
  check_argument("origin", origin, is_right, "one date, such as \"1970-01-01\"")
  time
}

#' @rdname as-classes
#' @export
as.raw.torch.Tensor <- function(x) plain_vector(x, "raw")

#' @rdname as-classes
#' @importFrom bit64 as.integer64
#' @export
as.integer64.torch.Tensor <- function(x, ...) plain_vector(x, "integer64", ...)

#' @rdname as-classes
#' @export
as.table.torch.Tensor <- function(x, ...) as.table(as.array(x), ...)

#' @rdname as-classes
#' @importFrom stats as.ts
#' @export
as.ts.torch.Tensor <- function(x, ...) stats::as.ts(dense(as_r(x)), ...)
