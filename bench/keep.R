# Tensors that are saved, shared between processes and opened from files: rows for the table of goals. Run it
# through tools/bench.

row_of <- function(what, value, limit, unit) data.frame(what = what, value = value, limit = limit, unit = unit)

measure_keeping <- function(quick) {
  rbind(
    large_through_rds(if (quick) 4e7 else 1e9),
    small_through_rds(if (quick) 3L else 15L),
    to_workers(if (quick) 4e7 else 4e8, if (quick) 3L else 7L),
    many_workers(if (quick) 1e8 else 1e9, if (quick) 2L else 8L),
    killed_owners(if (quick) 10L else 200L),
    large_file()
  )
}

# In memory where there is room, so that no disk is measured.
scratch_file <- function(extension) {
  folder <- if (dir.exists("/dev/shm")) "/dev/shm" else tempdir()
  tempfile("pytorchbridge-", folder, extension)
}

# ---- saved ------------------------------------------------------------------------------------------

# Written, read and used, without compression, which would take most of the time.
large_through_rds <- function(bytes) {
  each <- bytes / 4
  tensors <- lapply(1:4, function(i) torch$rand(as.integer(each / 4)))
  raw <- lapply(1:4, function(i) as.raw(rep_len(0:255, each)))
  files <- c(scratch_file(".rds"), scratch_file(".rds"))
  on.exit(unlink(files))
  seconds <- in_turn(list(
    tensors = function() {
      saveRDS(tensors, files[1], compress = FALSE)
      for (t in readRDS(files[1])) t$numel()
    },
    raw = function() {
      saveRDS(raw, files[2], compress = FALSE)
      for (x in readRDS(files[2])) length(x)
    }
  ), if (quick) 3L else 5L)
  rm(raw)
  written <- peak_above(function() saveRDS(tensors, files[1], compress = FALSE))
  read <- peak_above(function() {
    back <- readRDS(files[1])
    for (t in back) t$numel()
  })
  name <- paste(format_bytes(bytes), "of tensors through RDS")
  rbind(
    row_of(paste0(name, ", over a raw vector of the same bytes"), seconds[["tensors"]] / seconds[["raw"]], 1.3, "x the time"),
    row_of(paste0(name, ": size of the file"), file.size(files[1]) / file.size(files[2]), 1.01, "x the size"),
    row_of(paste0(name, ": peak memory beside the tensors, in storages"), max(written, read - bytes) / each, 1, "")
  )
}

small_through_rds <- function(rounds) {
  tensors <- lapply(1:1000, function(i) torch$rand(100L, dtype = py_torch$float64))
  vectors <- lapply(tensors, as_r)
  file <- scratch_file(".rds")
  on.exit(unlink(file))
  through <- function(x) {
    force(x)
    function() {
      saveRDS(x, file)
      readRDS(file)
    }
  }
  seconds <- in_turn(list(tensors = through(tensors), vectors = through(vectors)), rounds)
  row_of("1,000 tensors of 100 doubles through RDS, over a list of vectors", seconds[[1]] / seconds[[2]], 3, "x the time")
}

# ---- shared -----------------------------------------------------------------------------------------

# What runs in a worker: the rise of its resident memory, in bytes, as it reads one value of x.
use_in_worker <- function(x) {
  resident <- function() as.numeric(strsplit(readLines("/proc/self/statm"), " ")[[1]][2]) * 4096
  before <- resident()
  if (!is.numeric(x)) as.double(x[1])
  resident() - before
}
environment(use_in_worker) <- globalenv()

# Each way to call a worker: a function that calls use_in_worker(x) there and one that ends the worker.
worker_kinds <- function() {
  paths <- .libPaths()
  has <- function(package) requireNamespace(package, quietly = TRUE)
  list(
    PSOCK = function() {
      cluster <- parallel::makePSOCKcluster(1)
      parallel::clusterCall(cluster, function(paths) .libPaths(paths), paths)
      list(call = function(x) parallel::clusterCall(cluster, use_in_worker, x)[[1]], end = function() parallel::stopCluster(cluster))
    },
    future = if (has("future")) function() {
      future::plan("multisession", workers = 2)
      call <- function(x) future::value(future::future(use(x), globals = list(use = use_in_worker, x = x), packages = "pytorchbridge"))
      list(call = call, end = function() future::plan("sequential"))
    },
    callr = if (has("callr")) function() {
      session <- callr::r_session$new(callr::r_session_options(libpath = paths))
      list(call = function(x) session$run(use_in_worker, list(x)), end = function() session$close())
    }
  )
}

to_workers <- function(bytes, rounds) {
  kinds <- Filter(Negate(is.null), worker_kinds())
  found <- vapply(kinds, function(kind) {
    worker <- kind()
    on.exit(worker$end())
    for (i in 1:4) worker$call(to_shared(c(1, 2, 3))) # Python starts there
    rounds_of(worker, bytes, rounds)
  }, numeric(3))
  names <- paste0(format_bytes(bytes), " shared with a worker of ", colnames(found))
  rbind(
    row_of(paste0(names, ": beyond handing over a number"), found["seconds", ] * 1e3, 10, "ms"),
    row_of(paste0(names, ": memory that it takes there"), found["copied", ] / 1e6, 1, "MB"),
    row_of(paste0(format_bytes(bytes), " shared: size on the wire"), max(found["wire", ]), 1023, "bytes")
  )
}

# Each round shares other memory.
rounds_of <- function(worker, bytes, rounds) {
  measured <- vapply(seq_len(rounds), function(i) {
    x <- to_shared(torch$ones(as.integer(bytes / 4)))
    start <- Sys.time()
    worker$call(1)
    middle <- Sys.time()
    copied <- worker$call(x)
    end <- Sys.time()
    c(seconds = as.numeric((end - middle), units = "secs") - as.numeric(middle - start, units = "secs"), copied = copied)
  }, numeric(2))
  c(apply(measured, 1, stats::median), wire = length(serialize(to_shared(torch$ones(1000L)), NULL)))
}

# Each page counts in the part of it that is a process's.
many_workers <- function(bytes, n) {
  x <- to_shared(torch$ones(as.integer(bytes / 4)))
  cluster <- parallel::makePSOCKcluster(n)
  on.exit(parallel::stopCluster(cluster))
  parallel::clusterCall(cluster, function(paths) .libPaths(paths), .libPaths())
  total <- parallel::clusterCall(cluster, function(t) {
    assign("kept", t, globalenv())
    t$sum()$item()
  }, x)
  stopifnot(all(vapply(total, identical, NA, bytes / 4)))
  processes <- c(Sys.getpid(), unlist(parallel::clusterCall(cluster, Sys.getpid)))
  row_of(
    paste0(format_bytes(bytes), " shared with ", n, " workers: memory of all, in that of the tensor"),
    sum(vapply(processes, shared_memory_of, 0)) / bytes, 1.1, "x"
  )
}

shared_memory_of <- function(process) {
  lines <- readLines(file.path("/proc", process, "smaps"))
  starts <- grep("^[0-9a-f]+-[0-9a-f]+ ", lines)
  of <- rep(lines[starts], diff(c(starts, length(lines) + 1)))
  sizes <- lines[grepl("memfd:pytorchbridge", of) & startsWith(lines, "Pss:")]
  sum(as.numeric(gsub("[^0-9]", "", sizes))) * 1024
}

killed_owners <- function(rounds) {
  left <- function() c(length(dir("/dev/shm")), length(dir("/proc/self/fd")))
  to_shared(1)
  gc()
  before <- left()
  for (i in seq_len(rounds)) {
    child <- parallel::mcparallel({
      x <- to_shared(as.double(1:1e5))
      tools::pskill(Sys.getpid(), tools::SIGKILL)
    })
    suppressWarnings(parallel::mccollect(child))
  }
  gc()
  row_of(paste(rounds, "owners killed: files in /dev/shm and descriptors left behind"), sum(pmax(left() - before, 0)), 0, "")
}

# ---- files ------------------------------------------------------------------------------------------

# A safetensors file that has no blocks on the disk.
write_sparse_file <- function(path, rows, columns) {
  size <- 4 * rows * columns
  offsets <- paste0("[0,", format(size, scientific = FALSE), "]")
  header <- sprintf("{\"x\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":%s}}", rows, columns, offsets)
  header <- formatC(header, width = -8 * ceiling(nchar(header) / 8))
  file <- file(path, "wb")
  writeBin(c(nchar(header), 0L), file)
  writeBin(charToRaw(header), file)
  close(file)
  system2("truncate", c("-s", format(8 + nchar(header) + size, scientific = FALSE), path))
}

large_file <- function() {
  file <- tempfile(fileext = ".safetensors")
  on.exit(unlink(file))
  write_sparse_file(file, 50000L, 100000L)
  save_tensors(list(x = 1), small <- tempfile())
  as_r(open_tensors(small)$x) # what is loaded once is loaded before
  open <- function() as_r(open_tensors(file)$x[1:5, 1:5])
  risen <- peak_above(function() stopifnot(identical(open(), matrix(0, 5, 5))))
  seconds <- in_turn(list(open), 5L)
  what <- "5 x 5 values of a file of 20 GB"
  rbind(row_of(paste0(what, ": time"), seconds, 0.1, "s"), row_of(paste0(what, ": memory"), risen / 1e6, 50, "MB"))
}

# ---- help -------------------------------------------------------------------------------------------

format_bytes <- function(bytes) if (bytes >= 1e9) paste(bytes / 1e9, "GB") else paste(bytes / 1e6, "MB")
