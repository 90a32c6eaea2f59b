# Files of tensors; the work is in `pytorch_bridge.files`.

#' Files of tensors
#'
#' `save_tensors()` writes tensors and R arrays to a safetensors file, which PyTorch, JAX, NumPy and the
#' models of Hugging Face share. `open_tensors()` opens one: it maps the file, so that tensors of any
#' size are there at once, and what is not used is never read. Both need the Python library safetensors:
#' `reticulate::py_install("safetensors")`.
#'
#' The names of nested lists are joined by dots, as PyTorch joins them: `list(layer = list(weight = w))`
#' is written as `"layer.weight"`, and read under that name. The format has dtypes, shapes and values; it
#' has no place for sparse and quantized tensors, nor for whether a tensor requires gradients, nor for
#' common memory: [saveRDS()] keeps all that.
#'
#' # Memory
#'
#' The tensors of `open_tensors()` are on the file's memory, and several processes that open a file share
#' it. `as_r(x, copy = FALSE)` of a double vector is a view of the file. What is written to such a
#' tensor (`t$add_(1)`) stays in this process, and the file is left alone.
#'
#' A file must not become shorter while it is mapped: the system ends a process that reads what is not
#' there. `save_tensors()` never does that to a file: the new one is written beside it and takes its
#' place whole, so that tensors on the old one keep its values, and a call that fails leaves the old
#' file. Functions of this package look at the file's size before they read a tensor, and fail with a
#' condition if other programs have cut it off; methods of PyTorch's own do not.
#'
#' @param x a tensor, or a named list of tensors, of what [as_tensor()] takes, and of such lists. A single
#'   one is called `"tensor"`.
#' @param file path of the file; for `open_tensors()` also that of an index, such as
#'   `model.safetensors.index.json`, whose files lie beside it.
#' @param metadata a named character vector that the file holds besides, or `NULL`.
#'
#' @return `save_tensors()` returns the path, invisibly. `open_tensors()` returns a named list of tensors, sorted by
#'   name, with the file's metadata, a named character vector, as the attribute `metadata`.
#' @section Errors:
#' `pytorchbridge_file_error` for files that are missing, cut off, changed or of another format, and
#' where safetensors is not installed. `pytorchbridge_dtype_error` for what the format has no place for.
#' @seealso [to_shared()] for memory of several processes, [as_r()]
#' @export
#' @examplesIf reticulate::py_module_available("torch") && reticulate::py_module_available("safetensors")
#' file <- tempfile(fileext = ".safetensors")
#' weight <- matrix(c(1, 2, 3, 4), 2)
#' save_tensors(list(weight = weight, bias = torch$zeros(2L)), file, c(made = "today"))
#' opened <- open_tensors(file)
#' opened$weight
#' attr(opened, "metadata")
save_tensors <- function(x, file, metadata = NULL) {
  check_argument("file", file, is_path, "the path of a file")
  check_metadata(metadata)
  tensors <- if (is.list(x) && !is.object(x)) flat_tensors(x, "x") else list(tensor = tensor_to_save(x, "x"))
  if (length(tensors) == 0) {
    abort("dtype", "`x` has no tensor that could be saved.")
  }
  twice <- anyDuplicated(names(tensors))
  if (twice > 0) {
    abort("dtype", "Two tensors would be called \"", names(tensors)[twice], "\" in the file; rename one of them.")
  }
  call_bridge("files.save_tensors", tensors, path.expand(file), if (length(metadata) > 0) as.list(metadata))
  invisible(file)
}

check_metadata <- function(metadata) {
  is_right <- function(x) {
    has_names <- length(names(x)) == length(x) && all(nzchar(names(x))) && !anyDuplicated(names(x))
    is.character(x) && !anyNA(x) && has_names
  }
  wanted <- "a character vector with a name of its own for each of its texts"
  check_argument("metadata", metadata, or_null(is_right), wanted)
}

# Tensors by the names that they have in the file.
flat_tensors <- function(x, name, prefix = "") {
  if (length(names(x)) < length(x) || !all(nzchar(names(x))) || anyNA(names(x))) {
    abort("dtype", "Each tensor of `", name, "` needs a name, by which the file has it; set names(", name, ").")
  }
  parts <- Map(function(part, part_name) {
    full <- paste0(prefix, part_name)
    inner <- paste0(name, "$", part_name)
    if (is.list(part) && !is.object(part)) {
      flat_tensors(part, inner, paste0(full, "."))
    } else {
      stats::setNames(list(tensor_to_save(part, inner)), full)
    }
  }, unname(x), names(x))
  do.call(c, parts)
}

tensor_to_save <- function(x, name) {
  if (is_tensor(x)) {
    return(x)
  }
  tryCatch(naming_as_tensor(as_tensor(x)), pytorchbridge_error = function(error) {
    kind <- sub("^pytorchbridge_(.*)_error$", "\\1", class(error)[1])
    abort(kind, "`", name, "` cannot be saved: ", sub("\nSee [^\n]*$", "", conditionMessage(error)))
  })
}

#' @rdname save_tensors
#' @export
open_tensors <- function(file) {
  check_argument("file", file, is_path, "the path of a file")
  opened <- lapply(call_bridge("files.open_tensors", path.expand(file)), with_utf8_names)
  structure(opened[[1]][order(names(opened[[1]]), method = "radix")], metadata = unlist(opened[[2]]))
}

# reticulate leaves open which encoding the names of a dict have.
with_utf8_names <- function(x) {
  if (!is.null(names(x))) Encoding(names(x)) <- "UTF-8"
  x
}
