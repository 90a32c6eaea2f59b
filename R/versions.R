# Which versions go together, and where they come from: the one place in R that names them.

# The environment that install_pytorch() makes, and that this package finds by itself.
ENVIRONMENT <- "r-pytorchbridge"

# As pip takes them.
NEEDS <- c(numpy = "numpy>=1.23", torch = "torch>=2.1")

OLDEST_PYTHON <- "3.9"

# reticulate learned NumPy 2's array layout in 1.38, PyTorch in 2.3.
NUMPY_2 <- list(reticulate = "1.38", torch = "2.3")

numpy_needed <- function(reticulate, torch) {
  old <- reticulate < NUMPY_2$reticulate || (!is.null(torch) && package_version(torch) < NUMPY_2$torch)
  if (old) paste0(NEEDS[["numpy"]], ",<2") else NEEDS[["numpy"]]
}

# NumPy 1 has no wheels for Python after this.
NEWEST_PYTHON_FOR_NUMPY_1 <- "3.12"

# PyTorch's CUDA builds, the preferred first: for which drivers (builds of one major version run with all
# of its drivers, and cu126 runs with the most kinds of GPU), and from and up to which of PyTorch's
# versions there are any; see https://pytorch.org/get-started/previous-versions/.
CUDA_BUILDS <- data.frame(
  name = c("cu130", "cu128", "cu126", "cu124", "cu121", "cu118"),
  driver = c("13.0", "12.8", "12.0", "12.0", "12.0", "11.8"),
  first = c("2.9", "2.7", "2.6", "2.4", "2.1", "2.0"),
  last = c(NA, NA, NA, "2.6", "2.5", "2.7")
)

# Those of a version; where none is named, pip takes the newest that an index has.
cuda_builds <- function(version) {
  if (is.null(version)) {
    return(CUDA_BUILDS)
  }
  minor <- package_version(version)[1, 1:2]
  last <- ifelse(is.na(CUDA_BUILDS$last), "9999.0", CUDA_BUILDS$last)
  CUDA_BUILDS[package_version(CUDA_BUILDS$first) <= minor & package_version(last) >= minor, ]
}

pytorch_index <- function(name) paste0("https://download.pytorch.org/whl/", name)
