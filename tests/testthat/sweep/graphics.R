# nolint start
vectors <- list(c(3, 1, 2, 1.5), 4:1)
matrices <- list(matrix(c(4, 1, 2, 1.5, 3, 0.25), 3), matrix(1:6, 3))

list(title = "Plots", rows = list(
  on(
    vectors,
    value = {
      graphics::hist(x, plot = FALSE)[1:4]; graphics::hist(x, breaks = c(0, 2, 9), plot = FALSE)$counts
      stats::density(x)$y; stats::density(x, bw = 1)$x
      graphics::boxplot(x, plot = FALSE)$stats; graphics::barplot(x); graphics::boxplot(x)$out; stats::density(x)$bw
      graphics::barplot(x, plot = FALSE)
      {plot(1:4); graphics::lines(x)}; {plot(1:4); graphics::points(x)}; graphics::matplot(x, x)
      {stats::qqnorm(1:4); stats::qqline(x)}
      grDevices::xy.coords(x)$y; {plot(1:4); graphics::text(x, labels = 1)}
      {plot(1:4); graphics::abline(h = as.vector(x))}
      graphics::sunflowerplot(x)$number; plot.default(x)
      graphics::dotchart(x); {plot(1:4); graphics::rug(x * 1)}; stats::plot.ts(x)
    },
    out_of_reach = {
      stats::qqnorm(x)$x ~ stats::qqnorm(as.vector(x))$x
      graphics::pie(x) ~ graphics::pie(as.vector(x))
      graphics::stripchart(x) ~ graphics::stripchart(as.vector(x))
      grDevices::boxplot.stats(x) ~ grDevices::boxplot.stats(as.vector(x))
    }
  ),
  on(
    matrices,
    value = {
      graphics::image(x); graphics::contour(x); graphics::persp(x); graphics::boxplot(x, plot = FALSE)$stats
      graphics::barplot(x); graphics::matplot(x)
      grDevices::xy.coords(x)$x
      graphics::boxplot(x)$n; graphics::barplot(x, beside = TRUE)
      dim(as.raster(x / 10))
    },
    refused = graphics::pairs(x) ~ graphics::pairs(as.matrix(x))
  )
))
# nolint end
