# nolint start
vectors <- list(c(3, 1, 2, 1.5, 4, 0), 6:1, c(TRUE, FALSE, TRUE, TRUE, FALSE, FALSE))
matrices <- list(matrix(c(4, 1, 2, 1, 3, 0), 2), matrix(1:6, 3))
cubes <- list(array(1:24 / 2, 2:4), array(1:24, 2:4))

list(title = "Shapes, parts and lists", rows = list(
  on(
    c(vectors, matrices),
    tensor = {
      x[2]; x[-1]; x[c(1, 3)]; x[x > 1]; x[]; x[[2]]; x[c(TRUE, FALSE)]; x[0]; rev(x); c(x); c(x, 1); c(x, x)
      subset(c(x), c(TRUE, FALSE)); append(x, 1); append(x, 1, after = 2); head(c(x), 2); tail(c(x), 2)
      head(c(x), -1)
      tail(c(x), -1); c(a = x, b = x); c(loss = x[1], epoch = 3)
    },
    value = {
      length(x); NROW(x); NCOL(x); seq_along(x); as.vector(x); as.list(x); lapply(x, function(e) e + 1)
      rev(as.list(x))
      sapply(x, function(e) e + 1); vapply(x, function(e) e * 2, 0); names(x); is.list(x); is.function(x)
      is.character(x); is.factor(x); is.data.frame(x); array(x, c(3, 2)); matrix(x, 2); unlist(as.list(x))
      length(list(x)); dimnames(x); Reduce(`+`, as.list(x)); do.call("length", list(x))
      arrayInd(3, c(2, 3)); rapply(as.list(x), function(e) e, how = "unlist"); array(x); rownames(x); colnames(x)
      Filter(function(e) e > 1, as.list(x)); Position(function(e) e > 1, as.list(x))
      Find(function(e) e > 1, as.list(x)); max(lengths(as.list(x))); vapply(as.list(x), is.numeric, NA)
    },
    refused = {
      rep(x, 2) ~ c(x)$tile(2L)
      rep_len(x, 3) ~ rep_len(as.vector(x), 3)
    },
    differs = {
      "gives a list of 1 and the tensor: c() looks at its first argument" <- c(1, x) ~ c(as_tensor(1), x)
      "gives a list, as c() does" <- append(1, x) ~ append(as_tensor(1), x)
      "gives the list as it is" <- unlist(list(x, x)) ~ do.call(c, list(x, x))
      "gives a list of 0-d tensors" <- mapply(function(a, b) a + b, x, 1) ~ mapply(function(a, b) a + b, as.vector(x), 1)
      "gives a list of tensors" <- sapply(1:2, function(i) x) ~ sapply(1:2, function(i) as.vector(x))
      "gives a list of tensors" <- replicate(2, x) ~ replicate(2, as_r(x))
    },
    out_of_reach = {
      rle(c(x)) ~ rle(as.vector(x))
      embed(c(x), 2) ~ embed(as.vector(x), 2)
    }
  ),
  on(
    matrices,
    tensor = {
      x[1, ]; x[, 2]; x[1, 2]; x[[1, 2]]; x[, -1]; x[1, , drop = FALSE]; x[cbind(1, 2)]; x[x[, 1] > 1, ]
      x[, c(TRUE, FALSE)]
      t(x); aperm(x); aperm(x, c(2, 1), resize = TRUE); head(x, 1); tail(x, 1, keepnums = FALSE); head(x, c(1, 1))
      cbind(x, 1); rbind(x, x); cbind(x, x); rbind(top = x, bottom = x); cbind(a = x[, 1], b = x[, 2]); rev(x)
      do.call(rbind, list(a = x, b = x)); do.call(cbind, list(x, x)); head(x, addrownums = FALSE)
      sweep(x, 2, x[1, ]); sweep(x, 1, x[, 1]); prop.table(x); proportions(x); x[, 1] + x[, 2]; tail(x[1, ], 1)
    },
    value = {
      dim(x); nrow(x); ncol(x); NROW(x); NCOL(x); is.matrix(x); is.array(x); as.matrix(x); as.array(x)
      apply(x, 1, sum)
      apply(x, 2, max); apply(x, c(1, 2), function(e) e + 1); row(x); col(x); slice.index(x, 1); lower.tri(x)
      upper.tri(x); arrayInd(3, dim(x)); asplit(x, 1); array(x, dim(x)); matrix(x, 3)
      as.matrix(x, rownames.force = NA)
      outer(x, x); x %o% 1:2; kronecker(x, diag(2)); aperm(as.array(x))
      sapply(seq_len(nrow(x)), function(i) as.vector(sum(x[i, ]))); addmargins(x); max.col(x)
    },
    refused = {
      outer(x, 1:2, "+") ~ outer(as.array(x), 1:2, "+")
    },
    out_of_reach = {
      rowSums(x) ~ x$sum(dim = 1L)
      colSums(x) ~ x$sum(dim = 0L)
      rowMeans(x) ~ x$double()$mean(dim = 1L)
      colMeans(x) ~ x$double()$mean(dim = 0L)
      mapply(rep, 1, x[1, ]) ~ mapply(rep, 1, as.vector(x[1, ]))
      subset(x, x[, 1] > 1) ~ x[x[, 1] > 1, , drop = FALSE]
    }
  ),
  on(
    cubes,
    tensor = {
      x[1, , ]; x[, 2, 1]; x[, , 1]; x[[1, 2, 3]]; aperm(x); aperm(x, c(2, 3, 1)); x[, , c(1, 3)]; head(x, 1); rev(x)
      c(x); x[5]; x[x > 5]; tail(x, 1, keepnums = FALSE)
    },
    value = {
      dim(x); length(x); nrow(x); as.array(x); as.vector(x); is.array(x); is.matrix(x); apply(x, 3, sum); asplit(x, 3)
      slice.index(x, 2); apply(x, c(1, 3), sum)
    }
  ),
  on(
    list(c(3, 1, 2, 1.5)),
    tensor = {
      {dim(x) <- c(2, 2); x}; {dim(x) <- NULL; x}; {dim(x) <- c(1, 2, 2); x}
    },
    writes = {
      replace(x, 1, 0) ~ replace(x$clone(), 1, 0)
      {x[1] <- 0; x} ~ {x <- x$clone(); x[1] <- 0; x}
      {x[[1]] <- 0; x} ~ {x <- x$clone(); x[[1]] <- 0; x}
      {is.na(x) <- 2; x} ~ {x <- x$clone(); is.na(x) <- 2; x}
      ave(x, c(1, 1, 2, 2)) ~ ave(as.vector(x), c(1, 1, 2, 2))
      within(list(x = x), x[1] <- 0)$x ~ within(list(x = x$clone()), x[1] <- 0)$x
      {y <- x; y[2] <- 9; y} ~ {y <- x$clone(); y[2] <- 9; y}
    }
  )
))
# nolint end
