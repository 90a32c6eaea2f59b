#' One seed for R, NumPy, Python and PyTorch
#'
#' Each of them has generators of random numbers of its own, and a script with a network draws from several: R
#' splits the data ([sample()], [batches()]), PyTorch draws the weights, the dropout and the order of a
#' `DataLoader`, NumPy and Python's `random` what other libraries do. [set.seed()] alone seeds R's, and
#' `torch$manual_seed()` alone PyTorch's. `torch_seed()` seeds all: R's, NumPy's (the global one), Python's
#' `random`, and PyTorch's on the CPU and on all GPUs.
#'
#' The same seed gives the same numbers on the same machine with the same versions. PyTorch does not promise them
#' between versions, nor between CPU and GPU; on a GPU some operations add up in any order, unless
#' `torch$use_deterministic_algorithms(TRUE)`. Each worker process of a `DataLoader` has a seed of its own,
#' which PyTorch derives from this one. A process that R forks (`parallel::mclapply()`) goes on with a copy of
#' PyTorch's generator, so that all of them draw the same numbers: let each begin with a `torch_seed()` of its own.
#'
#' @param seed a whole number from 0 to 2147483647.
#' @return `torch_seed()` returns `seed`, invisibly.
#' @section Errors:
#' `pytorchbridge_dtype_error` for another `seed`; nothing is seeded then.
#' @seealso [batches()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' torch_seed(1)
#' c(runif(1), as.numeric(torch$rand(1L)))
#' torch_seed(1)
#' c(runif(1), as.numeric(torch$rand(1L)))
torch_seed <- function(seed) {
  is_seed <- function(x) is_whole_from(0)(x) && x <= .Machine$integer.max
  check_argument("seed", seed, is_seed, "a whole number from 0 to 2147483647")
  call_bridge("seeds.seed_all", as.integer(seed))
  set.seed(seed)
  invisible(seed)
}
