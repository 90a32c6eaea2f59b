# The peers: the ways that there are without pytorchbridge, each in its best idiom.

py_torch <- reticulate::import("torch", convert = FALSE)
py_numpy <- reticulate::import("numpy", convert = FALSE)

reticulate_to_r <- function(t) reticulate::py_to_r(t$numpy())

# NumPy, and so reticulate, has no bfloat16.
reticulate_bfloat16_to_r <- function(t) reticulate::py_to_r(t$float()$numpy())

# What people start with, as they write it: a plain vector becomes a Python list on its way, and the array
# comes to R and goes back.
list_to_tensor <- local({
  torch <- reticulate::import("torch")
  np <- reticulate::import("numpy")
  function(x) torch$from_numpy(np$array(x))
})

# rpy2 in the Python of this process. NULL where it is not installed.
rpy2 <- tryCatch(
  suppressWarnings({
    path <- reticulate::import("sys", convert = FALSE)$path
    path$append(Sys.getenv("PYTORCHBRIDGE_BENCH_PEERS"))
    utils::capture.output(module <- reticulate::py_run_string(paste(
      "import warnings; warnings.simplefilter('ignore')",
      "import torch, numpy",
      "import rpy2.robjects as robjects",
      "from rpy2.robjects import numpy2ri",
      "converter = robjects.default_converter + numpy2ri.converter",
      "def to_r(tensor):",
      "    converter.py2rpy(tensor.numpy())",
      "def to_tensor(vector):",
      "    torch.from_numpy(numpy.array(vector))",
      sep = "\n"
    ), convert = FALSE))
    module
  }),
  error = function(error) {
    cat("rpy2 is left out:", strsplit(conditionMessage(error), "\n")[[1]][1], "\n")
    NULL
  }
)

rpy2_to_r <- function(t) {
  if (is.null(rpy2)) NULL else function() rpy2$to_r(t)
}

# rpy2 sees R's variables by name: the vector is looked up there, not converted by reticulate.
rpy2_to_tensor <- function(x) {
  if (is.null(rpy2)) {
    return(NULL)
  }
  assign("rpy2_vector", x, globalenv())
  vector <- reticulate::py_eval("None", convert = FALSE)
  rpy2$vector <- vector
  reticulate::py_run_string("vector = robjects.globalenv.find('rpy2_vector')")
  function() reticulate::py_run_string("torch.from_numpy(numpy.array(vector))", convert = FALSE)
}
