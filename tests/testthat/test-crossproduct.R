# Every exported function and every S3 method, with every argument in turn an odd value: what comes back
# is a value, or a condition of the package. The functions are taken from the namespace, so that new ones
# are tried without being named here.
skip_if_quick()
skip_if_no_torch()

namespace <- asNamespace("pytorchbridge")

# ---- the odd values -------------------------------------------------------------------------------

setClass("AnS4Class", representation(a = "numeric"), where = globalenv())

odd_values <- function() {
  list(
    null = NULL, na = NA, na_text = NA_character_, nan = NaN, infinite = Inf, negative = -1, zero = 0, fraction = 1.5,
    huge = 1e300, empty_text = "", text = "x", long_text = strrep("long ", 1000), no_text = character(), list = list(),
    nested = list(1, list("a")), self = recursive_environment(), fun = function(...) 1, environment = new.env(),
    s4 = methods::new("AnS4Class", a = 1), factor = factor("a"), date = as.Date("2020-01-01"), raw = as.raw(1),
    complex = 1i, formula = y ~ x, symbol = quote(a), many = seq(0.5, 100), integer64 = integer64(2),
    data_frame = data.frame(a = 1),
    py_dict = reticulate::dict(a = 1L), py_module = reticulate::import("math"), py_text = reticulate::r_to_py("x"),
    py_none = reticulate::r_to_py(NULL), meta = torch$empty(2L, device = "meta"), gone = gone_object()
  )
}

recursive_environment <- function() {
  environment <- new.env()
  environment$self <- environment
  environment
}

gone_object <- function() unserialize(serialize(reticulate::import_builtins()$object(), NULL))

# ---- the calls ------------------------------------------------------------------------------------

a_tensor <- function() torch$arange(6L, dtype = torch$float64)$reshape(2L, 3L)

# What a method is called with, by the class that it is for.
first_argument <- function(class) {
  switch(class,
    data.frame = data.frame(a = 1:2, b = c(0.5, 1)),
    Matrix = Matrix::Matrix(c(1, 0, 0, 2), 2),
    factor = factor(c("a", "b")),
    Date = as.Date("2020-01-01"),
    POSIXct = as.POSIXct("2020-01-01", tz = "UTC"),
    difftime = as.difftime(1, units = "secs"),
    integer64 = integer64(1),
    list = list(a_tensor()),
    default = c(1, 2),
    pytorch_config = pytorch_config(),
    pytorch_install_plan = structure(list(path = "a", state = "new", index_url = NA, notes = NULL),
      class = "pytorch_install_plan"),
    tensor_info = tensor_info(1),
    summary_tensor = summary(a_tensor()),
    pytorchbridge.module = torch,
    torch.nn.modules.module.Module = torch$nn$Identity(),
    torch.optim.optimizer.Optimizer = torch$optim$SGD(list(torch$ones(1L, requires_grad = TRUE))),
    a_tensor()
  )
}

# Arguments without a default, by name.
usual_argument <- function(name) {
  switch(name,
    n = 3, size = 1, f = function(...) NULL, forward = function(x) x, backward = function(g) g, name = "shape",
    group = c(1, 2), value = 1, path = "x", MARGIN = 1L, mode = "any",
    a_tensor()
  )
}

# Where `...` is what the function is about, and how often it is filled.
OPERANDS <- c("[", "[<-", "[[", "[[<-", "c", "cbind", "rbind", "rep", "as_tensors")

# Members of a group generic.
MEMBERS <- list(
  Ops = c("+", "/", "^", "%%", "%/%", "==", "<", "&"),
  Math = c("abs", "exp", "cumsum", "round", "log"),
  Summary = c("sum", "max", "range", "all"),
  matrixOps = "%*%", # dispatches since R 4.3
  Complex = character()
)
# Of those, the ones that take more than x.
WITH_DOTS <- c("round", "log", MEMBERS$Ops, MEMBERS$Summary, MEMBERS$matrixOps)

subjects <- function() {
  # The arguments of install_pytorch(), which starts other Pythons at each call, have a test of their own.
  exports <- setdiff(getNamespaceExports(namespace), c("torch", "np", "install_pytorch"))
  methods <- getNamespaceInfo(namespace, "S3methods")
  of_methods <- lapply(seq_len(nrow(methods)), function(i) {
    members <- if (methods[i, 1] == "$") character() else MEMBERS[[methods[i, 1]]] # `$` always gets a name
    class <- methods[i, 2]
    if (!is.null(members)) {
      return(lapply(members, function(name) subject(name, match.fun(name), class)))
    }
    list(subject(methods[i, 1], get(methods[i, 3], namespace), class))
  })
  c(lapply(sort(exports), function(name) subject(name, get(name, namespace))), unlist(of_methods, recursive = FALSE))
}

subject <- function(name, fun, class = NULL) list(name = name, fun = fun, class = class)

# The arguments that a call always has.
usual_arguments <- function(subject) {
  formals <- formals(if (is.primitive(subject$fun)) function(x) NULL else subject$fun)
  needed <- vapply(formals, function(value) is.symbol(value) && !nzchar(as.character(value)), NA)
  needed <- setdiff(names(formals)[needed], "...")
  values <- lapply(needed, usual_argument)
  names(values) <- needed
  if (!is.null(subject$class) && length(formals) > 0) {
    values <- c(list(first_argument(subject$class)), values[-1])
    names(values)[1] <- ""
  }
  values
}

# Each is a function of the odd value, which makes the arguments.
variants <- function(subject) {
  usual <- usual_arguments(subject)
  by_name <- setdiff(names(formals(subject$fun)), c("...", if (!is.null(subject$class)) names(formals(subject$fun))[1]))
  variants <- lapply(by_name, function(name) function(odd) replace(usual, name, list(odd)))
  names(variants) <- by_name
  if (subject$name %in% c(OPERANDS, WITH_DOTS)) {
    variants$... <- function(odd) append(usual, list(odd), min(1, length(usual)))
  }
  variants
}

# What is wrong with the outcome; NULL if nothing is.
fault <- function(fun, arguments) {
  wrong <- function(condition) {
    if (inherits(condition, "pytorchbridge_error")) {
      return(NULL)
    }
    paste0(class(condition)[1], ": ", substr(conditionMessage(condition), 1, 150))
  }
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  utils::capture.output(found <- tryCatch(
    {
      do.call(fun, arguments, quote = TRUE)
      NULL
    },
    warning = wrong, error = wrong
  ))
  found
}

# Base R's own, before a method of this package is called.
is_of_base <- function(subject, kind) {
  # Both operands have a method, and neither is called.
  two_methods <- c("factor", "date", "integer64", "data_frame", "py_dict", "py_module", "py_text", "py_none", "gone")
  subject$name %in% MEMBERS$Ops && kind %in% two_methods
}

test_that("an odd argument gives a value, or a condition of the package", {
  odd <- odd_values()
  place <- tempfile("place") # for files called "x"
  dir.create(place)
  old <- setwd(place)
  on.exit({
    setwd(old)
    unlink(place, recursive = TRUE)
  })
  faults <- unlist(lapply(subjects(), function(subject) {
    variants <- variants(subject)
    lapply(names(variants), function(name) {
      lapply(names(odd), function(kind) {
        found <- if (!is_of_base(subject, kind)) fault(subject$fun, variants[[name]](odd[[kind]]))
        if (!is.null(found)) paste0(paste(subject$name, subject$class), ", ", name, " = ", kind, ": ", found)
      })
    })
  }))
  expect_identical(faults, NULL)
})
