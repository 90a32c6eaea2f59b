# The table and the charts.

format_goal <- function(value, unit) {
  number <- if (is.na(value)) "not measured" else formatC(value, digits = 3, format = "fg", flag = "#")
  trimws(paste0(sub("\\.$", "", number), if (startsWith(unit, "x")) "" else " ", unit))
}

machine <- function() {
  cpu <- grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)
  torch_version <- reticulate::py_to_r(py_torch$`__version__`)
  memory <- as.numeric(gsub("[^0-9]", "", grep("^MemTotal", readLines("/proc/meminfo"), value = TRUE))) / 1024^2
  huge <- "/sys/kernel/mm/transparent_hugepage/enabled"
  c(
    paste0("CPU: ", sub(".*: *", "", cpu[1]), ", ", length(cpu), " cores; ", round(memory), " GiB memory"),
    paste0("Linux ", Sys.info()[["release"]], "; transparent huge pages: ", if (file.exists(huge)) readLines(huge) else "none"),
    paste0(
      R.version.string, "; reticulate ", utils::packageVersion("reticulate"),
      "; Python ", reticulate::py_config()$version_string |> sub(pattern = " .*", replacement = ""),
      "; PyTorch ", torch_version, "; NumPy ", reticulate::py_to_r(py_numpy$`__version__`),
      "; pytorchbridge ", utils::packageVersion("pytorchbridge")
    )
  )
}

markdown_table <- function(frame) {
  line <- function(cells) paste0("| ", paste(cells, collapse = " | "), " |")
  c(line(names(frame)), line(rep("---", ncol(frame))), apply(as.matrix(frame), 1, line))
}

format_seconds <- function(x) {
  ifelse(x >= 1, paste(signif(x, 3), "s"),
    ifelse(x >= 1e-3, paste(signif(x * 1e3, 3), "ms"), paste(signif(x * 1e6, 3), "\u00b5s"))
  )
}

table_of_goals <- function(goals) {
  data.frame(
    goal = goals$what,
    measured = mapply(format_goal, goals$value, goals$unit),
    limit = paste(ifelse(goals$sense == "faster", "at least", "at most"), goals$limit),
    " " = ifelse(goals$met, "met", "**not met**"),
    check.names = FALSE
  )
}

write_report <- function(output, goals, times, memory, loops) {
  goal_table <- table_of_goals(goals)
  first <- match(times$what, times$what)
  time_table <- data.frame(
    what = ifelse(duplicated(times$what), "", times$what), way = paste0("`", times$way, "`"),
    time = format_seconds(times$seconds),
    "over the first" = formatC(times$seconds / times$seconds[first], digits = 3, format = "fg"),
    check.names = FALSE
  )
  memory_table <- data.frame(
    what = memory$what, result = sprintf("%.0f MB", memory$result / 1e6),
    "beyond it" = sprintf("%.2f %%", 100 * memory$extra), check.names = FALSE
  )
  loop_table <- data.frame(
    what = loops$what, results = loops$length, "peak resident memory" = sprintf("%.2f GB", loops$peak / 1e9),
    check.names = FALSE
  )
  writeLines(c(
    "# Measured", "",
    paste0("Written by `tools/bench", if (quick) " --quick" else "", "`, ", format(Sys.Date()), ". Everything in one run, in turn, medians of ",
      rounds, " rounds or more. Large: ", format(elements, big.mark = ",", scientific = FALSE), " elements (", rows, " x ", columns, ")."),
    "", paste("-", machine()), "",
    "`reticulate` is `py_to_r(t$numpy())` or `torch$from_numpy(r_to_py(x))` and what follows it, on modules",
    "imported with `convert = FALSE`; `memcpy` copies as many bytes as the result has into freshly mapped",
    "memory on huge pages; `list` is `torch$from_numpy(np$array(x))` on modules as `import()` gives them.",
    if (is.null(rpy2)) "rpy2 could not be loaded here.", "",
    "## Goals", "",
    "*measured* is what the goal's line compares, *limit* what it was to be.", "", markdown_table(goal_table), "",
    "![Bars of milliseconds for large tensors: pytorchbridge, reticulate, and a mark for memcpy.](large.png)", "",
    "![Lines of time by the number of elements: copies grow, views and loans do not.](growth.png)", "",
    "![Bars of microseconds for small calls, from R and from Python.](calls.png)", "",
    "## Times", "",
    "*what* is the work and *way* who does it: in the first row of each, this package. *time* is the median of one run;",
    "*over the first* is that time by this package's, so above 1 the other way is slower.", "", markdown_table(time_table), "",
    "## Memory", "", paste0("*result* is the size of the result of ", format(memory_elements, big.mark = ",", scientific = FALSE), " elements,"),
    "*beyond it* the memory that was taken at the peak besides, in percent of the result.", "",
    markdown_table(memory_table), "", "Loops whose results of 100 MB are not kept.", "", markdown_table(loop_table)
  ), file.path(output, "results.md"))
  cat("\n", paste(markdown_table(goal_table), collapse = "\n"), "\n\n", sep = "")
}

# ---- charts ---------------------------------------------------------------------------------------

INK <- "#1f2933"
BRIDGE <- "#c2410c"
PEER <- "#64748b"
LIMIT <- "#cbd5e1"

chart_theme <- function() {
  ggplot2::theme_minimal(base_size = 13) + ggplot2::theme(
    text = ggplot2::element_text(colour = INK),
    plot.title = ggplot2::element_text(face = "bold", size = 15),
    plot.title.position = "plot",
    plot.subtitle = ggplot2::element_text(colour = "#52606d", margin = ggplot2::margin(b = 12)),
    panel.grid.minor = ggplot2::element_blank(),
    plot.background = ggplot2::element_rect(fill = "white", colour = NA),
    plot.margin = ggplot2::margin(14, 18, 12, 14)
  )
}

save_chart <- function(chart, output, name, height) {
  ggplot2::ggsave(file.path(output, name), chart, width = 9, height = height, dpi = 120)
}

draw_charts <- function(output, times, growth) {
  save_chart(chart_of_large(times), output, "large.png", 5.8)
  save_chart(chart_of_growth(growth), output, "growth.png", 5.8)
  save_chart(chart_of_calls(times), output, "calls.png", 7)
}

# Bars: the bridge and reticulate, with a tick where memcpy is.
chart_of_large <- function(times) {
  large <- times[grepl("contiguous|matrix", times$what) & times$way %in% c("as_r", "as_tensor", "reticulate", "memcpy"), ]
  large$what <- sub("as_r, contiguous ", "as_r  ", large$what)
  large$what <- sub("as_r, row-major matrix, ", "as_r  row-major ", large$what)
  large$what <- sub("as_tensor, double matrix to row-major ", "as_tensor  row-major ", large$what)
  large$what <- factor(large$what, rev(unique(large$what)))
  large$who <- ifelse(large$way %in% c("as_r", "as_tensor"), "pytorchbridge", large$way)
  bars <- large[large$who != "memcpy", ]
  bars$who <- factor(bars$who, c("reticulate", "pytorchbridge"))
  limit <- large[large$who == "memcpy", ]
  limit$at <- as.integer(limit$what)
  bars$end <- pmax(bars$seconds, limit$seconds[match(bars$what, limit$what)]) # of bar and mark
  ggplot2::ggplot(bars) +
    ggplot2::geom_col(ggplot2::aes(.data$seconds * 1e3, .data$what, fill = .data$who),
      position = ggplot2::position_dodge(width = 0.75), width = 0.68
    ) +
    ggplot2::geom_text(
      ggplot2::aes(.data$end * 1e3, .data$what, label = round(.data$seconds * 1e3), group = .data$who),
      position = ggplot2::position_dodge(width = 0.75), hjust = -0.3, size = 3.4, colour = INK
    ) +
    ggplot2::geom_segment(
      data = limit, colour = INK, linewidth = 0.9,
      ggplot2::aes(.data$seconds * 1e3, .data$at - 0.4, xend = .data$seconds * 1e3, yend = .data$at + 0.4, linetype = "memcpy into fresh memory")
    ) +
    ggplot2::scale_fill_manual(NULL, values = c(pytorchbridge = BRIDGE, reticulate = LIMIT), breaks = c("pytorchbridge", "reticulate")) +
    ggplot2::scale_linetype_manual(NULL, values = "solid") +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(c(0, 0.08))) +
    ggplot2::labs(
      title = paste(format(elements, big.mark = ",", scientific = FALSE), "values between PyTorch and R"),
      subtitle = "Milliseconds, median; less is better", x = NULL, y = NULL
    ) +
    chart_theme() +
    ggplot2::theme(
      legend.position = "top", legend.justification = "left", legend.margin = ggplot2::margin(0, 0, 0, -6),
      panel.grid.major.y = ggplot2::element_blank()
    )
}

# Lines, labelled where they end.
chart_of_growth <- function(growth) {
  ends <- do.call(rbind, lapply(split(growth, growth$way), function(line) line[which.max(line$n), ]))
  ends <- ends[order(ends$seconds), ]
  ends$at <- Reduce(function(last, y) max(last * 1.5, y), ends$seconds, accumulate = TRUE) # none on another
  own <- grepl("^as_", growth$way)
  ggplot2::ggplot(growth, ggplot2::aes(.data$n, .data$seconds, group = .data$way)) +
    ggplot2::geom_line(ggplot2::aes(colour = .data$way), linewidth = ifelse(own, 1.1, 0.8)) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$way), size = 1.8) +
    ggplot2::geom_text(
      data = ends, ggplot2::aes(y = .data$at, label = .data$way, colour = .data$way), hjust = -0.08, size = 3.5
    ) +
    ggplot2::scale_colour_manual(values = c(
      "as_r(t)" = BRIDGE, "as_tensor(x)" = "#0e7490", "as_r(t, copy = FALSE)" = "#15803d",
      "py_to_r(t$numpy())" = PEER, "from_numpy(r_to_py(x))" = "#94a3b8", "from_numpy(np$array(x))" = "#475569"
    ), guide = "none") +
    ggplot2::scale_x_log10(
      breaks = 10^(2:8), labels = parse(text = paste0("10^", 2:8)), expand = ggplot2::expansion(c(0.02, 0.34))
    ) +
    ggplot2::scale_y_log10(
      breaks = 10^(-5:1), labels = c("10 \u00b5s", "100 \u00b5s", "1 ms", "10 ms", "100 ms", "1 s", "10 s")
    ) +
    ggplot2::labs(
      title = "From a hundred values on", subtitle = "Time for one call, float64; both axes logarithmic",
      x = "elements", y = NULL
    ) +
    chart_theme()
}

# Dots: Python itself, R, and R by reticulate alone, joined for each call.
chart_of_calls <- function(times) {
  calls <- times[times$way %in% CALL_WAYS, ]
  calls <- calls[calls$what %in% calls$what[calls$way == "Python"], ]
  calls$what <- factor(calls$what, rev(unique(calls$what)))
  names <- c(Python = "Python itself", R = "R with pytorchbridge", "R, direct calls off" = "R with reticulate alone")
  calls$who <- factor(names[calls$way], names)
  ggplot2::ggplot(calls, ggplot2::aes(.data$seconds * 1e6, .data$what)) +
    ggplot2::geom_line(ggplot2::aes(group = .data$what), colour = LIMIT, linewidth = 1.2) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$who), size = 2.8) +
    ggplot2::scale_colour_manual(NULL, values = stats::setNames(c(INK, BRIDGE, "#94a3b8"), names)) +
    ggplot2::scale_x_log10(breaks = 10^(0:5), labels = c("1 \u00b5s", "10 \u00b5s", "100 \u00b5s", "1 ms", "10 ms", "100 ms")) +
    ggplot2::labs(
      title = "Small calls, in R and in Python", subtitle = "Time for one, median; logarithmic; less is better",
      x = NULL, y = NULL
    ) +
    chart_theme() +
    ggplot2::theme(
      legend.position = "top", legend.justification = "left", legend.margin = ggplot2::margin(0, 0, 0, -6),
      axis.text.y = ggplot2::element_text(family = "mono", size = 9)
    )
}
