# nolint start
vectors <- list(c(3, 1, 3, 2, 1.5), c(2L, 0L, 2L, 1L, 1L), c(TRUE, FALSE, TRUE, TRUE, FALSE))
matrices <- list(matrix(c(1, 2, 1, 3, 4, 3), 3), matrix(c(TRUE, FALSE, TRUE, FALSE), 2))

list(title = "Sets, groups and factors", rows = list(
  on(
    vectors,
    tensor = {
      unique(x); unique(x, fromLast = TRUE); unique(x, incomparables = FALSE); duplicated(x)
      duplicated(x, fromLast = TRUE)
      x[!duplicated(x)]; split(x, c("a", "b", "a", "b", "a")); split(x, c(1, 2, 1, 2, 1))[["2"]]; unique(x, nmax = NA)
      expand.grid(x, 1:2)$Var1
      rowsum(x * 1, c(2, 1, 2, 1, 1)); Reduce(`+`, split(x * 1, c(1, 1, 1, 1, 2)))
    },
    value = {
      table(x); table(x, c(1, 2, 1, 2, 1)); factor(x); as.factor(x); ordered(x)
      nlevels(factor(x)); levels(factor(x)); split(1:5, x)
      tapply(1:5, x, sum); interaction(x, c(1, 2, 1, 2, 1)); anyDuplicated(x); anyDuplicated(x, fromLast = TRUE)
      addNA(x)
      ave(1:5 + 0, x); by(1:5, x, sum)[[1]]; union(x, 9); setdiff(x, 1); intersect(x, 1); is.element(1, x)
      setequal(x, x)
      tabulate(factor(x)); table(factor(x), useNA = "ifany"); cut(x * 1, c(-1, 1, 5)); as.integer(factor(x))
      droplevels(factor(x))
      tapply(x, c("a", "b", "a", "b", "a"), function(part) as.vector(sum(part)))
      unsplit(split(1:5, x), x); reorder(x, 1:5); relevel(factor(x), levels(factor(x))[2])
      sapply(split(x, c(1, 2, 1, 2, 1)), function(part) as.vector(max(part * 1))); nchar(levels(factor(x)))
      prop.table(table(x))
      order(x, seq_along(x)); ftable(x); xtabs(~a, list(a = as.vector(x)))
      findInterval(x, c(0, 2)); split(seq_along(x), x)
    },
    out_of_reach = {
      x %in% c(1, 3) ~ as.vector(x) %in% c(1, 3)
      1 %in% x ~ 1 %in% as.vector(x)
      match(1, x) ~ match(1, as.vector(x))
      match(x, 1) ~ match(as.vector(x), 1)
      rle(x) ~ rle(as.vector(x))
      combn(x, 2) ~ combn(as.vector(x), 2)
      switch(x[1], "a", "b", "c") ~ switch(as.vector(x[1]), "a", "b", "c")
      aggregate(1:5, list(x), sum) ~ aggregate(1:5, list(as.vector(x)), sum)
    },
    refused = {
      unsplit(split(x, c(1, 2, 1, 2, 1)), c(1, 2, 1, 2, 1)) ~
        unsplit(split(as.vector(x), c(1, 2, 1, 2, 1)), c(1, 2, 1, 2, 1))
    },
    differs = {
      "gives a list of 0-d tensors" <- tapply(x, c(1, 2, 1, 2, 1), max) ~ tapply(as.vector(x), c(1, 2, 1, 2, 1), max)
      "gives a list of tensors" <- sapply(split(x, c(1, 2, 1, 2, 1)), sum) ~ sapply(split(as.vector(x), c(1, 2, 1, 2, 1)), sum)
    }
  ),
  on(
    matrices,
    tensor = {
      unique(x); unique(x, MARGIN = 1); unique(x, MARGIN = 2); unique(x, fromLast = TRUE); duplicated(x)
      duplicated(x, MARGIN = 2)
      unique(c(x)); duplicated(c(x))
    },
    value = {
      anyDuplicated(x); table(x); factor(x); anyDuplicated(x, MARGIN = 2); as.factor(x); order(x)
    }
  ),
  on(
    list(matrix(0, 3, 0), matrix(0, 0, 2), array(0, c(2, 0, 2))),
    tensor = {
      unique(x); c(duplicated(x)); rev(x); unique(x, MARGIN = 2)
    },
    value = {
      anyDuplicated(x); table(x); factor(x); dim(x)
    }
  ),
  on(
    list(c(1, NA, NaN, NA, NaN)),
    tensor = {
      unique(x); duplicated(x)
    },
    value = {
      anyDuplicated(x); factor(x); table(x); split(seq_along(x), x); levels(addNA(x)); tapply(seq_along(x), x, sum)
    }
  ),
  on(
    list(c(1, NaN, 1, NaN), c(1i, 2, 1i)),
    tensor = {
      unique(x); duplicated(x); unique(x, fromLast = TRUE)
    },
    value = anyDuplicated(x)
  )
))
# nolint end
