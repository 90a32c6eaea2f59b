# Installing PyTorch: first a plan, made of facts about this machine; then, if wanted, its steps.

#' Install PyTorch
#'
#' `install_pytorch()` makes a virtual environment of its own for PyTorch and NumPy, so that nothing
#' else on the machine changes. It tells what it will do, shows pip's progress, and tries the
#' result.
#' From then on this package finds the environment by itself, in a new R session.
#'
#' Where NVIDIA's `nvidia-smi` finds a GPU, it takes the CUDA build that the driver can run, else
#' the CPU build. NumPy is one that the installed reticulate can use: before 1.38 that is NumPy 1.
#'
#' Run it again to update, or to change the build. An environment that an earlier try left half made is
#' made anew; one that does not run and may be of other use is left alone.
#'
#' With reticulate 1.41 or newer you may not need it: `library(pytorchbridge)` declares what it
#' needs with `reticulate::py_require()`, and reticulate installs that when Python is first used, unless
#' you chose a Python.
#'
#' @param envname the name of the environment (in `reticulate::virtualenv_root()`), or a path with a
#'   `/`. This package finds only the default one by itself; tell reticulate of another with
#'   `reticulate::use_virtualenv()`.
#' @param cuda `TRUE` for the CUDA build, `FALSE` for the CPU build, `NULL` for what fits the
#'   machine.
#' @param version PyTorch's version, such as `"2.6.0"`; `NULL` for the newest.
#' @param python the Python to make the environment with; `NULL` for the first one that can do.
#' @param index_url where pip finds PyTorch: a mirror's URL, or `""` for what pip itself is set to;
#'   `NULL` for PyTorch's own index of the build.
#' @param ask whether to ask before starting.
#' @param dry_run `TRUE` only tells: nothing is made, removed or downloaded.
#'
#' @return `install_pytorch()` returns the plan, invisibly when it was carried out. It is a list of class
#'   `pytorch_install_plan` with `envname`, `path`, `state` (`"new"`, `"there"` or `"broken"`), `python`,
#'   `python_version`, `packages` (as pip takes them), `cuda`, `build`, `replaces` (whether a PyTorch that is there is
#'   installed anew), `index_url` (`NA`: pip's own) and `notes`.
#' @section Errors:
#' `pytorchbridge_python_error` when no Python can do, when the driver is too old for CUDA, when
#' `envname` is a folder of something else or an environment that does not run, or when pip fails;
#' `pytorchbridge_dtype_error` for an argument of the wrong kind.
#' @seealso [pytorch_config()] to see what is in use, and what is wrong with it.
#' @export
#' @examples
#' # What it would do here, or why it cannot:
#' try(install_pytorch(dry_run = TRUE))
#' try(install_pytorch("r-torch", cuda = FALSE, version = "2.4.0", dry_run = TRUE))
install_pytorch <- function(envname = "r-pytorchbridge", cuda = NULL, version = NULL,
                            python = NULL, index_url = NULL, ask = interactive(),
                            dry_run = FALSE) {
  check_install_arguments(envname, cuda, version, python, index_url, ask, dry_run)
  plan <- install_plan(
    envname, cuda, version, index_url,
    facts = install_facts(envname, python)
  )
  if (dry_run) {
    return(plan)
  }
  print(plan)
  if (ask && !said_yes("Go on? [Y/n] ")) {
    message("Nothing was done.")
    return(invisible(plan))
  }
  carry_out(plan)
  invisible(plan)
}

check_install_arguments <- function(envname, cuda, version, python, index_url, ask, dry_run) {
  is_version <- function(x) is_text(x) && grepl("^[0-9]+([.][0-9]+)+$", x)
  check_argument("envname", envname, is_filled_text, "a name or a path")
  check_argument("cuda", cuda, or_null(is_flag), "TRUE, FALSE or NULL")
  check_argument("version", version, or_null(is_version), "a version such as \"2.6.0\" or NULL")
  check_argument("python", python, or_null(is_filled_text), "the path of a Python or NULL")
  check_argument("index_url", index_url, or_null(is_text), "a URL, \"\" or NULL")
  check_argument("ask", ask, is_flag, "TRUE or FALSE")
  check_argument("dry_run", dry_run, is_flag, "TRUE or FALSE")
}

said_yes <- function(question) {
  tolower(trimws(readline(question))) %in% c("", "y", "yes")
}

# ---- facts about this machine ---------------------------------------------------------------------

install_facts <- function(envname, python) {
  path <- environment_path(envname)
  own <- python_facts(environment_python(path), load = TRUE)
  driver <- nvidia_driver()
  list(
    path = path,
    state = environment_state(path, own),
    own = own,
    pythons = lapply(if (is.null(python)) likely_pythons() else path.expand(python), python_facts),
    os = Sys.info()[["sysname"]],
    gpu = driver$gpu,
    driver_cuda = driver$cuda,
    reticulate = utils::packageVersion("reticulate"),
    reticulate_python = Sys.getenv("RETICULATE_PYTHON", NA),
    running = if (reticulate::py_available()) reticulate::py_config()$python else NA_character_
  )
}

environment_path <- function(envname) {
  if (!grepl("[/\\\\]", envname)) {
    envname <- file.path(reticulate::virtualenv_root(), envname)
  }
  normalizePath(envname, winslash = "/", mustWork = FALSE)
}

environment_python <- function(path) {
  windows <- .Platform$OS.type == "windows"
  file.path(path, if (windows) "Scripts/python.exe" else "bin/python")
}

# "new", "broken" (left half made by an earlier try), "other" (something else's folder), "faulty" (an
# environment that cannot be used, and that others may have made) or "there".
environment_state <- function(path, own) {
  if (!file.exists(path) || length(dir(path, all.files = TRUE, no.. = TRUE)) == 0) {
    "new"
  } else if (file.exists(file.path(path, UNFINISHED))) {
    "broken"
  } else if (!file.exists(file.path(path, "pyvenv.cfg"))) {
    "other"
  } else if (is.na(own$version) || !own$pip) {
    "faulty"
  } else {
    "there"
  }
}

# The file that marks an environment until it is done: nothing without it is ever removed.
UNFINISHED <- "pytorchbridge-unfinished"

likely_pythons <- function() {
  starter <- if ("virtualenv_starter" %in% getNamespaceExports("reticulate")) {
    getExportedValue("reticulate", "virtualenv_starter")()
  }
  unix <- if (.Platform$OS.type != "windows") c("/usr/bin/python3", "/usr/local/bin/python3")
  found <- c(Sys.which(c("python3", "python")), starter, unix)
  found <- unname(found[nzchar(found) & file.exists(found)])
  found[!duplicated(normalizePath(found))]
}

# Looks for libpython where reticulate looks.
PYTHON_FACTS <- "
import glob, importlib.util, os, platform, sys, sysconfig
get = sysconfig.get_config_var
dirs = [os.path.join(sys.base_prefix, 'lib'), get('LIBDIR') or '', get('LIBPL') or '']
dirs.append(os.path.join(dirs[1], get('MULTIARCH') or ''))
name = 'libpython%d.%d*.%%s*' % sys.version_info[:2]
shared = os.name == 'nt' or get('PYTHONFRAMEWORK') or any(
    glob.glob(os.path.join(d, name % end)) for d in dirs for end in ('so', 'dylib'))
has = lambda module: importlib.util.find_spec(module) is not None
loads, cuda = True, None
for module in ('numpy', 'torch') if LOAD else ():
    try:
        if has(module):
            loaded = __import__(module)
            cuda = loaded.version.cuda is not None if module == 'torch' else None
    except Exception:
        loads = False
# An environment is best made with the Python behind it.
path = sys.executable if LOAD else getattr(sys, '_base_executable', None) or sys.executable
try:
    import ssl
except Exception:
    ssl = None
print('facts', platform.python_version(), bool(shared), has('venv') and has('ensurepip'),
      ssl is not None, has('pip'), loads, cuda, path)
"

# What a Python says of itself; `version` is NA if it does not run. `load`: whether to try to load
# NumPy and PyTorch, which takes seconds; `loads` is FALSE if one is there and does not, and `cuda` says
# whether PyTorch is a build with CUDA (NA: there is none).
python_facts <- function(python, load = FALSE) {
  program <- paste0("LOAD = ", if (load) "True" else "False", PYTHON_FACTS)
  said <- if (file.exists(python)) run_python(python, program) else character()
  said <- grep("^facts ", said, value = TRUE)
  if (length(said) == 0) {
    return(list(path = python, version = NA_character_))
  }
  words <- strsplit(said[1], " ", fixed = TRUE)[[1]]
  list(
    path = paste(words[-(1:8)], collapse = " "),
    version = sub("[^0-9.].*$", "", words[2]),
    shared = words[3] == "True",
    venv = words[4] == "True",
    ssl = words[5] == "True",
    pip = words[6] == "True",
    loads = words[7] == "True",
    cuda = if (words[8] == "None") NA else words[8] == "True"
  )
}

# What a program in a Python of its own prints.
run_python <- function(python, program) {
  file <- tempfile(fileext = ".py")
  on.exit(unlink(file))
  writeLines(program, file)
  tryCatch(
    suppressWarnings(
      system2(python, c("-E", shQuote(file)), stdout = TRUE, stderr = FALSE, timeout = 120)
    ),
    error = function(error) character()
  )
}

# Is there an NVIDIA GPU, and which CUDA can its driver run?
nvidia_driver <- function() {
  if (!nzchar(Sys.which("nvidia-smi"))) {
    return(list(gpu = FALSE, cuda = NA_character_))
  }
  said <- suppressWarnings(
    system2("nvidia-smi", stdout = TRUE, stderr = FALSE, timeout = 30)
  )
  parse_nvidia_smi(said, attr(said, "status"))
}

parse_nvidia_smi <- function(said, status = NULL) {
  if (!is.null(status) && status != 0) {
    return(list(gpu = FALSE, cuda = NA_character_))
  }
  pattern <- ".*CUDA[A-Za-z ]* Version: *([0-9]+[.][0-9]+).*"
  line <- grep(pattern, said, value = TRUE)
  list(gpu = TRUE, cuda = if (length(line) > 0) sub(pattern, "\\1", line[1]) else NA_character_)
}

# ---- the steps ------------------------------------------------------------------------------------

# reticulate runs pip by a shell. It quotes paths and the names of packages, but not pip's options.
carry_out <- function(plan) {
  if (plan$state == "broken") {
    message("Removing what an earlier try left in ", plan$path)
    unlink(plan$path, recursive = TRUE)
  }
  steps <- tryCatch(
    {
      if (plan$state != "there") {
        message("1 of 3: making the environment")
        dir.create(plan$path, recursive = TRUE, showWarnings = FALSE)
        file.create(file.path(plan$path, UNFINISHED))
        reticulate::virtualenv_create(plan$path, python = plan$python, packages = FALSE)
      }
      message("2 of 3: NumPy")
      reticulate::virtualenv_install(plan$path, plan$packages[1])
      message("3 of 3: PyTorch (", if (plan$cuda) "some gigabytes" else "some 200 megabytes", ")")
      reticulate::virtualenv_install(
        plan$path, plan$packages[2],
        pip_options = c(
          if (plan$replaces) "--force-reinstall",
          if (!is.na(plan$index_url)) paste0("--index-url=", shQuote(plan$index_url))
        )
      )
    },
    error = identity
  )
  if (inherits(steps, "error")) {
    abort(
      "python", "PyTorch was not installed: ", trimws(conditionMessage(steps)), "\n",
      "pip's own message stands above. Once its cause is mended, run install_pytorch() again: ",
      "it makes good what is half made."
    )
  }
  check_installed(plan)
}

check_installed <- function(plan) {
  tried <- "import numpy, torch; print('installed', torch.__version__, torch.cuda.is_available())"
  said <- grep("^installed ", run_python(environment_python(plan$path), tried), value = TRUE)
  if (length(said) == 0) {
    abort(
      "python", "PyTorch is installed in ", plan$path, ", but does not load there.\n",
      "Run install_pytorch() again to install it anew."
    )
  }
  unlink(file.path(plan$path, UNFINISHED))
  words <- strsplit(said[1], " ", fixed = TRUE)[[1]]
  message("PyTorch ", words[2], " is installed in ", plan$path, ".")
  if (plan$cuda && words[3] != "True") {
    message("It finds no CUDA device yet: pytorch_config() says more.")
  }
  for (note in plan$notes) {
    message("Note: ", note)
  }
  if (length(plan$notes) == 0) {
    message("Nothing else to do: pytorch_config() shows it in use.")
  }
}
