# The plan is a function of facts about a machine, so the tests make the machines up. Nothing here
# installs anything.

machine <- function(...) {
  python <- list(
    path = "/usr/bin/python3", version = "3.11.2", shared = TRUE, venv = TRUE, ssl = TRUE,
    pip = TRUE, loads = TRUE, cuda = FALSE
  )
  facts <- list(
    path = "/home/u/.virtualenvs/r-pytorchbridge", state = "new", own = NULL,
    pythons = list(python), os = "Linux", gpu = FALSE, driver_cuda = NA_character_,
    reticulate = package_version("1.28"), reticulate_python = NA_character_,
    running = NA_character_
  )
  set_fields(facts, ...)
}

# modifyList() would also merge versions, which are lists.
set_fields <- function(x, ...) {
  fields <- list(...)
  x[names(fields)] <- fields
  x
}

plan_for <- function(facts, cuda = NULL, version = NULL, index_url = NULL,
                     envname = "r-pytorchbridge") {
  pytorchbridge:::install_plan(envname, cuda, version, index_url, facts)
}

a_python <- function(...) set_fields(machine()$pythons[[1]], ...)

test_that("without a GPU it is the CPU build, from the index that has it", {
  plan <- plan_for(machine())
  expect_s3_class(plan, "pytorch_install_plan")
  expect_false(plan$cuda)
  expect_identical(plan$index_url, "https://download.pytorch.org/whl/cpu")
  expect_identical(plan$python, "/usr/bin/python3")
  expect_identical(plan$packages, c("numpy>=1.23,<2", "torch>=2.1"))
  expect_length(plan$notes, 0)
  # pip's own index has the CPU build for these.
  expect_identical(plan_for(machine(os = "Windows"))$index_url, NA_character_)
  expect_identical(plan_for(machine(os = "Darwin"))$index_url, NA_character_)
})

test_that("with a GPU it is the newest CUDA build that the driver runs", {
  builds <- c(
    "11.8" = "cu118", "11.9" = "cu118", "12.0" = "cu126", "12.4" = "cu126", "12.7" = "cu126",
    "12.8" = "cu128", "12.9" = "cu128", "13.0" = "cu130", "13.2" = "cu130", "14.0" = "cu130"
  )
  for (driver in names(builds)) {
    plan <- plan_for(machine(gpu = TRUE, driver_cuda = driver))
    expect_true(plan$cuda)
    expect_identical(basename(plan$index_url), builds[[driver]])
    expect_match(plan$build, driver, fixed = TRUE)
  }
  expect_identical(basename(plan_for(machine(gpu = TRUE))$index_url), "cu126")
  expect_says(plan_for(machine(gpu = TRUE, driver_cuda = "11.4")), "python", "11.4", "cuda = FALSE")
})

test_that("`cuda` decides against what was found", {
  expect_false(plan_for(machine(gpu = TRUE, driver_cuda = "12.4"), cuda = FALSE)$cuda)
  asked <- plan_for(machine(), cuda = TRUE)
  expect_true(asked$cuda)
  expect_match(asked$build, "as asked for", fixed = TRUE)
  expect_says(plan_for(machine(os = "Darwin"), cuda = TRUE), "python", "no CUDA for macOS")
})

test_that("a mirror, or pip's own settings, can stand for PyTorch's index", {
  mirror <- "https://mirror.example.org/whl"
  expect_identical(plan_for(machine(), index_url = mirror)$index_url, mirror)
  expect_identical(plan_for(machine(), index_url = "")$index_url, NA_character_)
})

test_that("NumPy is one that reticulate and PyTorch can use", {
  numpy <- function(reticulate, torch = NULL) {
    plan_for(machine(reticulate = package_version(reticulate)), version = torch)$packages
  }
  expect_identical(numpy("1.37.9")[1], "numpy>=1.23,<2")
  expect_identical(numpy("1.38")[1], "numpy>=1.23")
  expect_identical(numpy("1.47.0", "2.2.0"), c("numpy>=1.23,<2", "torch==2.2.0"))
  expect_identical(numpy("1.47.0", "2.3.0"), c("numpy>=1.23", "torch==2.3.0"))
})

test_that("the first Python that can do is taken, and if none can, each fault is named", {
  bad <- list(
    "is older than 3.9" = a_python(path = "/a", version = "3.8.19"),
    "too new for NumPy 1" = a_python(path = "/b", version = "3.13.1"),
    "without a shared library" = a_python(path = "/c", shared = FALSE),
    "no venv module" = a_python(path = "/d", venv = FALSE),
    "no ssl module" = a_python(path = "/e", ssl = FALSE),
    "does not run" = list(path = "/f", version = NA_character_)
  )
  facts <- machine()
  facts$pythons <- c(unname(bad), facts$pythons)
  expect_identical(plan_for(facts)$python, "/usr/bin/python3")
  for (fault in names(bad)) {
    facts$pythons <- bad[fault]
    expect_says(plan_for(facts), "python", bad[[fault]]$path, fault, "apt install", "python =")
  }
  facts$pythons <- list()
  expect_says(plan_for(facts), "python", "none was found")
  # With a reticulate that can use NumPy 2, a newer Python will do.
  facts <- machine(reticulate = package_version("1.41"))
  facts$pythons <- bad[2]
  expect_identical(plan_for(facts)$python, "/b")
})

test_that("an environment that is there is updated with its own Python", {
  plan <- plan_for(machine(state = "there", own = a_python(path = "/env/bin/python")))
  expect_identical(plan$python, "/env/bin/python")
  expect_match(format(plan), "there already", fixed = TRUE, all = FALSE)
  broken <- plan_for(machine(state = "broken"))
  expect_identical(broken$python, "/usr/bin/python3")
  expect_match(format(broken), "made anew", fixed = TRUE, all = FALSE)
  expect_says(plan_for(machine(state = "other")), "python", "left alone", "`envname`")
  expect_says(plan_for(machine(state = "faulty")), "python", "left alone", "virtualenv_remove(\"r-pytorchbridge\")")
})

test_that("a PyTorch that is there is installed anew if it does not load or is of another build", {
  there <- function(..., gpu = FALSE) {
    plan_for(machine(state = "there", own = a_python(...), gpu = gpu, driver_cuda = "12.8"))
  }
  expect_false(there()$replaces)
  expect_false(there(cuda = NA)$replaces)
  expect_false(there(cuda = TRUE, gpu = TRUE)$replaces)
  for (plan in list(there(cuda = TRUE), there(gpu = TRUE), there(loads = FALSE, cuda = NA))) {
    expect_true(plan$replaces)
    expect_match(format(plan), "is installed anew", fixed = TRUE, all = FALSE)
  }
  expect_false(plan_for(machine())$replaces)
})

test_that("a named version has a CUDA build of its own time", {
  build <- function(version, driver) {
    basename(plan_for(machine(gpu = TRUE, driver_cuda = driver), version = version)$index_url)
  }
  expect_identical(build("2.6.0", "13.0"), "cu126")
  expect_identical(build("2.5.1", "12.8"), "cu124")
  expect_identical(build("2.3.0", "12.8"), "cu121")
  expect_identical(build("2.3.0", "11.8"), "cu118")
  expect_identical(build("2.9.1", "13.0"), "cu130")
  expect_identical(build("2.10.0", "12.9"), "cu128")
  expect_says(build("2.9.0", "11.8"), "python", "PyTorch 2.9.0 needs 12.0")
})

test_that("what will keep the environment from use is noted", {
  notes <- plan_for(machine(reticulate_python = "/opt/python", running = "/x/python"))$notes
  expect_match(notes[1], "RETICULATE_PYTHON is set to /opt/python", fixed = TRUE)
  expect_match(notes[1], "unset it", fixed = TRUE)
  expect_match(notes[2], "already runs in this session (/x/python)", fixed = TRUE)
  other <- plan_for(machine(), envname = "mine")$notes
  expect_match(other, "use_virtualenv(\"mine\")", fixed = TRUE)
})

test_that("the plan's print says all of it", {
  shown <- capture.output(print(plan_for(machine(running = "/x/python"))))
  expect_match(shown[1], "makes a virtual environment", fixed = TRUE)
  for (text in c("r-pytorchbridge (new)", "3.11.2", "CPU (no NVIDIA GPU)", "<2", "whl/cpu")) {
    expect_match(shown, text, fixed = TRUE, all = FALSE)
  }
  expect_match(shown, "^Note: Python already runs", all = FALSE)
})

test_that("a folder's state is seen", {
  state <- pytorchbridge:::environment_state
  place <- tempfile("env")
  on.exit(unlink(place, recursive = TRUE))
  runs <- a_python()
  expect_identical(state(place, runs), "new")
  dir.create(place)
  expect_identical(state(place, runs), "new")
  file.create(file.path(place, "my-file"))
  expect_identical(state(place, runs), "other")
  file.create(file.path(place, "pyvenv.cfg"))
  expect_identical(state(place, runs), "there")
  for (wrong in list(list(version = NA_character_), list(pip = FALSE))) {
    expect_identical(state(place, utils::modifyList(runs, wrong)), "faulty")
  }
  file.create(file.path(place, pytorchbridge:::UNFINISHED))
  expect_identical(state(place, runs), "broken")
})

test_that("nvidia-smi's words are understood", {
  parse <- pytorchbridge:::parse_nvidia_smi
  line <- "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |"
  expect_identical(parse(c("+----+", line)), list(gpu = TRUE, cuda = "12.4"))
  expect_identical(parse("No devices were found", 6L), list(gpu = FALSE, cuda = NA_character_))
  expect_identical(parse(character()), list(gpu = TRUE, cuda = NA_character_))
})

test_that("a Python is asked what it is", {
  skip_if_quick()
  skip_if_no_torch()
  python <- reticulate::py_config()$python
  facts <- pytorchbridge:::python_facts(python, load = TRUE)
  expect_match(facts$version, "^3[.][0-9]+[.][0-9]+$")
  expect_true(facts$shared)
  expect_true(facts$loads)
  expect_identical(pytorchbridge:::python_facts("/nowhere/python")$version, NA_character_)
  no_python <- pytorchbridge:::python_facts(file.path(R.home("bin"), "R"))
  expect_identical(no_python$version, NA_character_)
})

test_that("an environment that others made is never removed", {
  place <- tempfile("env")
  on.exit(unlink(place, recursive = TRUE))
  dir.create(place)
  file.create(file.path(place, c("pyvenv.cfg", "my-work")))
  expect_says(install_pytorch(place, ask = FALSE), "python", "left alone")
  expect_true(file.exists(file.path(place, "my-work")))
})

test_that("a dry run makes nothing", {
  place <- tempfile("env")
  plan <- tryCatch(
    install_pytorch(place, cuda = FALSE, dry_run = TRUE),
    pytorchbridge_python_error = function(error) skip(conditionMessage(error))
  )
  expect_identical(plan$state, "new")
  expect_identical(basename(plan$path), basename(place))
  expect_false(file.exists(place))
})

test_that("an argument of the wrong kind is named", {
  try_it <- function(...) install_pytorch(..., dry_run = TRUE)
  expect_says(try_it(envname = ""), "dtype", "`envname`")
  expect_says(try_it(cuda = "yes"), "dtype", "`cuda`", "\"yes\"")
  expect_says(try_it(version = 2), "dtype", "`version`", "not 2")
  expect_says(try_it(version = "latest"), "dtype", "`version`")
  expect_says(try_it(python = 3), "dtype", "`python`")
  expect_says(try_it(index_url = 1), "dtype", "`index_url`")
  expect_says(try_it(ask = NA), "dtype", "`ask`")
  expect_says(install_pytorch(dry_run = 1), "dtype", "`dry_run`")
})

# A Python that notes how it is called and passes what it is asked on to a real one; of pip and venv
# it does no more than they must leave behind.
stub_python <- function(folder) {
  dir.create(file.path(folder, "bin"), recursive = TRUE)
  dir.create(file.path(folder, "lib"))
  python <- file.path(folder, "bin", "python")
  writeLines(c(
    "#!/bin/sh",
    paste0("log=", shQuote(file.path(dirname(folder), "log"))),
    "for word in \"$@\"; do printf '%s\\n' \"$word\" >>\"$log\"; done",
    "case \"$1 $2\" in",
    "'-m pip') exit 0 ;;",
    "'-m venv') mkdir -p \"$3/bin\" \"$3/lib\"; cp \"$0\" \"$3/bin/python\"; touch \"$3/pyvenv.cfg\"; exit 0 ;;",
    "esac",
    paste("exec", shQuote(reticulate::py_config()$python), "\"$@\"")
  ), python)
  Sys.chmod(python, "755")
  python
}

test_that("nothing that the user gives reaches a shell", {
  skip_if_quick()
  skip_if_no_torch()
  skip_on_os("windows")
  if (!identical(Sys.getenv("NOT_CRAN"), "true")) skip("reticulate installs nothing during R CMD check")
  place <- tempfile("a place with spaces, 'quotes' & \"more\"; $(touch MARK) `touch MARK`")
  dir.create(place)
  old <- setwd(place)
  on.exit({
    setwd(old)
    unlink(place, recursive = TRUE)
  })
  url <- "https://user:pa'ss@example.org/simple?a=1&b=2; touch MARK; echo $(touch MARK) \"x\""
  python <- stub_python(file.path(place, "base; touch MARK #"))
  envname <- file.path(place, "env'; touch \"MARK\"; echo $(touch MARK) & '")
  facts <- machine(path = normalizePath(envname, mustWork = FALSE), pythons = list(a_python(path = python)))
  plan <- plan_for(facts, index_url = url, envname = envname)
  utils::capture.output(suppressMessages({
    pytorchbridge:::carry_out(plan) # makes the environment
    plan <- install_pytorch(envname, cuda = FALSE, index_url = url, ask = FALSE) # and goes on with it
  }))
  expect_identical(plan$state, "there")
  expect_identical(sort(dir(place)), sort(basename(c(envname, dirname(dirname(python)), "log"))))
  words <- readLines(file.path(place, "log"))
  expect_identical(sum(words == paste0("--index-url=", url)), 2L)
  expect_true(plan$path %in% words)
})

test_that("an environment's name stands in messages as R code has it", {
  plan <- plan_for(machine(), envname = "a\"b\\c")
  expect_match(plan$notes, "use_virtualenv(\"a\\\"b\\\\c\")", fixed = TRUE)
  expect_says(plan_for(machine(state = "faulty"), envname = "a\"b"), "python", "virtualenv_remove(\"a\\\"b\")")
})
