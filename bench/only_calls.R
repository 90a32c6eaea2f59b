# The small calls alone: tools/bench --calls. Prints the table of their goals, and draws their chart.

suppressPackageStartupMessages(library(pytorchbridge))
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
for (file in c("measure.R", "calls.R", "loaders.R", "report.R")) source(file.path(here, file))

judge_calls(9L)
judge_loaders(9L)
output <- file.path(here, "quick")
dir.create(output, showWarnings = FALSE)
save_chart(chart_of_calls(do.call(rbind, times)), output, "calls.png", 7)
cat("\n", paste(markdown_table(table_of_goals(do.call(rbind, rows_met))), collapse = "\n"), "\n\n", sep = "")
say("wrote ", file.path(output, "calls.png"))
