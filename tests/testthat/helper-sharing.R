# What the tests of shared memory have in common.

view <- function(x, ...) as_r(x, ..., copy = FALSE)
borrow <- function(x, ...) as_tensor(x, ..., copy = FALSE)

# A tensor of these values, made by PyTorch.
tensor_of <- function(values, dtype = "float64") torch$tensor(as.list(values), dtype = torch[[dtype]])

run_python <- function(...) reticulate::py_run_string(paste(..., sep = "\n"))

# Memory of this process that is in RAM, in MiB; NA where the system does not tell.
resident <- function() {
  if (!file.exists("/proc/self/status")) {
    return(NA_real_)
  }
  line <- grep("^VmRSS", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

skip_without_resident <- function() {
  testthat::skip_if(is.na(resident()), "the system does not tell the resident memory")
}

# How many R vectors are on loan, once all that can be released is. What was released may have held
# something else, so this goes on until nothing more happens.
loans <- function() {
  count <- Inf
  repeat {
    gc()
    reticulate::import("gc")$collect()
    last <- count
    count <- .Call(pytorchbridge:::ptb_loans)
    if (count == last) {
      return(count)
    }
  }
}

# The text of an element of a tensor that Python reads.
item <- function(tensor, i) reticulate::py_str(reticulate::py_get_item(tensor, as.integer(i - 1L)))
address <- function(x) tensor_info(x)$address
