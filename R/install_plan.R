# The plan of an installation: a function of the arguments and of facts about the machine, and nothing
# else, so that the tests can make the machines up.

# `facts`: what install_facts() found; the plan depends on nothing else.
install_plan <- function(envname, cuda, version, index_url, facts) {
  if (facts$state == "other") {
    abort(
      "python", facts$path, " is there and is no virtual environment, so it is left alone.\n",
      "Choose another `envname`."
    )
  }
  if (facts$state == "faulty") {
    abort(
      "python", "The environment ", facts$path, " does not run, or has no pip, so it is left alone.\n",
      "Remove it, reticulate::virtualenv_remove(", in_code(envname), "), or choose another `envname`."
    )
  }
  numpy <- numpy_needed(facts$reticulate, version)
  chosen <- if (facts$state == "there") facts$own else choose_python(facts$pythons, numpy)
  build <- choose_build(cuda, version, facts$os, facts$gpu, facts$driver_cuda)
  replaces <- facts$state == "there" && replaces_torch(facts$own, build$cuda)
  plan <- list(
    envname = envname,
    path = facts$path,
    state = facts$state,
    python = chosen$path,
    python_version = chosen$version,
    packages = c(numpy, if (is.null(version)) NEEDS[["torch"]] else paste0("torch==", version)),
    cuda = build$cuda,
    build = build$build,
    replaces = replaces,
    index_url = if (is.null(index_url)) build$index_url else text_or_na(index_url),
    notes = install_notes(envname, facts)
  )
  structure(plan, class = "pytorch_install_plan")
}

# A text as R code has it.
in_code <- function(text) encodeString(text, quote = "\"")

# pip takes any build of a version for the one wanted, and a PyTorch that does not load for one that does.
replaces_torch <- function(own, cuda) !own$loads || (!is.na(own$cuda) && own$cuda != cuda)

text_or_na <- function(text) if (is.null(text) || !nzchar(text)) NA_character_ else text

# `pythons`: rows from python_facts(), in the order of preference.
choose_python <- function(pythons, numpy) {
  newest <- if (endsWith(numpy, "<2")) NEWEST_PYTHON_FOR_NUMPY_1 else "99"
  faults <- vapply(pythons, python_fault, "", newest = newest)
  if (any(faults == "")) {
    return(pythons[[which(faults == "")[1]]])
  }
  paths <- vapply(pythons, function(python) python$path, "")
  found <- if (length(faults) == 0) "none was found" else paste(paths, faults, collapse = "; ")
  abort(
    "python", "No Python here can run PyTorch for R: ", found, ".\n",
    "On Debian or Ubuntu: apt install python3-venv libpython3-dev; elsewhere ",
    "reticulate::install_python(), then `python =`."
  )
}

# Why a Python cannot do; "" if it can.
python_fault <- function(python, newest) {
  if (is.na(python$version)) {
    return("does not run")
  }
  minor <- package_version(python$version)[1, 1:2]
  if (minor < OLDEST_PYTHON) {
    paste("is older than", OLDEST_PYTHON)
  } else if (minor > newest) {
    paste0("(", python$version, ") is too new for NumPy 1, which this reticulate needs")
  } else if (!python$shared) {
    "was built without a shared library"
  } else if (!python$venv) {
    "has no venv module"
  } else if (!python$ssl) {
    # Also a Python that finds another's libpython, by the LD_LIBRARY_PATH that R sets.
    "has no ssl module that loads in R, so pip cannot download"
  } else {
    ""
  }
}

choose_build <- function(cuda, version, os, gpu, driver_cuda) {
  if (os == "Darwin") {
    if (isTRUE(cuda)) {
      abort("python", "There is no CUDA for macOS; leave `cuda` out.")
    }
    return(list(cuda = FALSE, build = "for macOS", index_url = NA_character_))
  }
  why <- if (!is.null(cuda)) "as asked for" else if (gpu) "a GPU is there" else "no NVIDIA GPU"
  if (if (is.null(cuda)) !gpu else !cuda) {
    # On Windows, pip's own index has the CPU build.
    url <- if (os == "Windows") NA_character_ else pytorch_index("cpu")
    return(list(cuda = FALSE, build = paste0("CPU (", why, ")"), index_url = url))
  }
  known <- if (is.na(driver_cuda)) "12.0" else driver_cuda
  builds <- cuda_builds(version)
  fits <- package_version(builds$driver) <= known
  if (!any(fits)) {
    abort(
      "python", "The NVIDIA driver runs CUDA ", known, ", and ", paste(c("PyTorch", version), collapse = " "),
      " needs ", utils::tail(builds$driver, 1), " or newer.\n", "Update the driver, or write cuda = FALSE."
    )
  }
  name <- builds$name[fits][1]
  driver <- if (!is.na(driver_cuda)) paste0("; the driver runs CUDA ", driver_cuda)
  build <- paste0("CUDA, ", name, " (", why, driver, ")")
  list(cuda = TRUE, build = build, index_url = pytorch_index(name))
}

install_notes <- function(envname, facts) {
  python <- facts$reticulate_python
  c(
    if (!is.na(python)) {
      paste0(
        "RETICULATE_PYTHON is set to ", python, ", which reticulate will use instead of this ",
        "environment: unset it (look in ~/.Renviron and ~/.Rprofile) and restart R."
      )
    },
    if (!is.na(facts$running)) {
      paste0(
        "Python already runs in this session (", facts$running, "): restart R to use the new one."
      )
    },
    if (envname != ENVIRONMENT) {
      paste0("To use it, write reticulate::use_virtualenv(", in_code(envname), ") before the first use.")
    }
  )
}

#' @export
format.pytorch_install_plan <- function(x, ...) {
  state <- switch(x$state,
    new = "new",
    there = if (x$replaces) {
      "there already: its PyTorch does not load, or is of another build, and is installed anew"
    } else {
      "there already: its packages are updated"
    },
    broken = "half made: it is removed and made anew"
  )
  fields <- c(
    "environment" = paste0(x$path, " (", state, ")"),
    "Python" = paste0(x$python, " (", x$python_version, ")"),
    "build" = x$build,
    "packages" = paste(x$packages, collapse = "  "),
    "PyTorch from" = if (is.na(x$index_url)) "the index that pip is set to" else x$index_url
  )
  c(
    "install_pytorch() makes a virtual environment with PyTorch and NumPy:",
    paste0("  ", format(paste0(names(fields), ":")), " ", fields),
    if (length(x$notes) > 0) strwrap(paste("Note:", x$notes), width = 90, exdent = 2)
  )
}

#' @export
print.pytorch_install_plan <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
