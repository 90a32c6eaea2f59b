#' The dtype table
#'
#' Which R type becomes which torch dtype, and back. The conversions read the same table.
#'
#' @param from `"R"` for what [as_tensor()] makes of R types, `"torch"` for what [as_r()] makes of
#'   dtypes.
#' @return `dtype_table()` returns a data frame. From R, it has the columns `r_type`, `copied` (the dtype of a copy),
#'   `borrowed` (the dtype that R's own memory has; `NA` if it cannot be shared) and `missing`. From torch, it has
#'   `dtype`, `numpy` (NumPy's name; `NA` if it has none), `r_type` and `note`. Dtypes that the PyTorch in use does not
#'   have are left out.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' dtype_table("R")
#' dtype_table("torch")[, c("dtype", "r_type")]
dtype_table <- function(from = "R") {
  check_argument("from", from, is_one_of(c("R", "torch")), "\"R\" or \"torch\" (which has NumPy's names as well)")
  table <- call_bridge("dtype_table")
  if (from == "R") {
    return(data_frame_of(table$to_torch, list(r_type = "", copied = "", borrowed = "", missing = "")))
  }
  data_frame_of(table$to_r, list(dtype = "", numpy = "", r_type = "", note = ""))
}
