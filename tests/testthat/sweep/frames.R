# nolint start
vectors <- list(c(3, 1, 2, 1.5), 4:1, c(TRUE, FALSE, TRUE, TRUE))
matrices <- list(matrix(c(4, 1, 2, 1.5, 3, 0.25, 7, 8), 4), matrix(1:8, 4))
single <- list(0.5, 3L)

list(title = "Data frames", rows = list(
  on(
    c(vectors, matrices),
    value = {
      data.frame(x); data.frame(a = x); data.frame(y = 1:4, a = x); as.data.frame(x); data.frame(x, x)
      cbind(data.frame(y = 1:4), a = x)
      as.data.frame(x, stringsAsFactors = FALSE); as.data.frame(x, row.names = letters[1:4]); nrow(data.frame(x))
      data.frame(x, row.names = letters[4:1])
      head(data.frame(a = x), 2); names(data.frame(a = x, b = 1))
      summary(data.frame(a = x)); transform(data.frame(y = 1:4), z = y + 1)
      merge(data.frame(a = x), data.frame(y = 1)); data.frame(a = x)[2, ]
      c(by(x, c(1, 1, 2, 2), sum)); aggregate(x, list(g = c(1, 1, 2, 2)), sum)
      lapply(split(data.frame(a = x), c(1, 1, 2, 2)), nrow)
      do.call(data.frame, list(a = x, b = 1)); expand.grid(1:2, c(1, 3)); data.matrix(data.frame(a = x))
      as.matrix(data.frame(a = x)); as.list(data.frame(a = x)); colMeans(data.frame(a = x))
      as.data.frame(x, optional = TRUE)
      Reduce(rbind, list(data.frame(a = x), data.frame(a = x))); list2DF(list(a = 1:4))
      within(data.frame(a = x), z <- 1); data.frame(x, check.names = FALSE)
    },
    refused = {
      {d <- data.frame(y = 1:4); d$a <- x; d$a} ~ as_r(x)
      {d <- data.frame(y = 1:4); d[["a"]] <- x; d$a} ~ as_r(x)
      within(data.frame(y = 1:4), a <- x)$a ~ as_r(x)
      {d <- data.frame(y = 1:4); d[, "a"] <- x; nrow(d)} ~ 4L
    }
  ),
  on(
    matrices,
    refused = {
      capture.output(write.csv(x)) ~ capture.output(write.csv(as.matrix(x)))
      capture.output(write.table(x)) ~ capture.output(write.table(as.matrix(x)))
    }
  ),
  on(
    vectors,
    value = {
      capture.output(write.csv(x)); capture.output(write.table(x)); transform(data.frame(y = 1:4), a = x)
      capture.output(str(data.frame(a = x * 1)))
      aggregate(y ~ g, data.frame(y = x, g = c(1, 1, 2, 2)), sum); stack(data.frame(a = x))
      lm(a ~ y, data.frame(y = 1:4, a = x * 1))$coefficients
      tapply(data.frame(a = x)$a, c(1, 1, 2, 2), sum); table(data.frame(a = x)); order(data.frame(a = x)$a)
      unique(data.frame(a = x))
    }
  ),
  on(
    single,
    value = {
      data.frame(epoch = 1, loss = x); rbind(data.frame(epoch = 1, loss = x), data.frame(epoch = 2, loss = x))
      data.frame(loss = x)
      data.frame(epoch = 1:3, loss = x); as.data.frame(x); cbind(data.frame(epoch = 1), loss = x)
    }
  ),
  on(
    vectors, needs = "tibble",
    tensor = {
      tibble::tibble(a = x); tibble::tibble(y = 1:4, a = x)$a; tibble::tibble(a = x, b = a); tibble::tibble(x)
      {d <- tibble::tibble(y = 1:4); d$a <- x; d$a}; tibble::add_column(tibble::tibble(y = 1:4), a = x)
    },
    value = {
      tibble::as_tibble(data.frame(a = x)); tibble::tibble(a = x)[2:3, ]; nrow(tibble::tibble(a = x))
      capture.output(print(tibble::tibble(a = x * 1))); tibble::tibble(y = 1:2, a = x[1])
    }
  ),
  on(
    vectors, needs = "dplyr",
    tensor = {
      dplyr::mutate(data.frame(y = 1:4), a = x); dplyr::bind_cols(data.frame(y = 1:4), a = x); dplyr::tibble(a = x)
     
      dplyr::mutate(data.frame(y = 1:4), a = x)$a
    },
    value = {
      dplyr::bind_rows(data.frame(a = x), data.frame(a = x))
      dplyr::summarise(data.frame(y = 1:4), a = sum(x)); dplyr::arrange(tibble::tibble(a = x), a); dplyr::lag(x)
      dplyr::between(x, 1, 2); dplyr::distinct(tibble::tibble(a = x)); dplyr::count(tibble::tibble(a = x), a)
      dplyr::pull(data.frame(a = x), a)
      dplyr::n_distinct(x); dplyr::slice(tibble::tibble(a = x), 2)
      dplyr::filter(tibble::tibble(a = x), as.vector(a) > 1)
    },
    refused = {
      rbind(tibble::tibble(a = x), tibble::tibble(a = x)) ~
        dplyr::bind_rows(tibble::tibble(a = x), tibble::tibble(a = x))
    },
    out_of_reach = {
      dplyr::if_else(x > 1, 1, 0) ~ dplyr::if_else(as.vector(x > 1), 1, 0)
      dplyr::case_when(x > 1 ~ "a", TRUE ~ "b") ~ dplyr::case_when(as.vector(x) > 1 ~ "a", TRUE ~ "b")
      dplyr::filter(data.frame(y = 1:4), x > 1) ~ dplyr::filter(data.frame(y = 1:4), as.vector(x > 1))
      dplyr::coalesce(x, 1) ~ dplyr::coalesce(as.vector(x), 1)
    }
  ),
  on(
    vectors, needs = "vctrs",
    tensor = {
      vctrs::data_frame(a = x); vctrs::vec_recycle(x, 4)
    },
    value = {
      vctrs::vec_size(x); vctrs::vec_is(x); vctrs::vec_c(x, x); vctrs::vec_ptype(x); vctrs::vec_slice(x, 2)
      vctrs::vec_rep(x, 2); vctrs::vec_equal(x, x); vctrs::vec_unique(x); vctrs::vec_order(x)
      vctrs::vec_rbind(data.frame(a = x), data.frame(a = x)); vctrs::vec_recycle(x[1], 4)
      vctrs::vec_as_location(2, vctrs::vec_size(x))
    }
  ),
  on(
    vectors, needs = "data.table",
    value = {
      data.table::as.data.table(data.frame(a = x)); data.table::as.data.table(matrix(x))$V1
      data.table::data.table(a = as.vector(x))
    },
    refused = {
      data.table::data.table(a = x) ~ data.table::data.table(a = as_r(x))
      data.table::data.table(y = 1:4, a = x) ~ data.table::data.table(y = 1:4, a = as_r(x))
    },
    out_of_reach = {
      data.table::set(data.table::data.table(y = 1:4), j = "a", value = x) ~
        data.table::set(data.table::data.table(y = 1:4), j = "a", value = as_r(x))
      data.table::shift(x) ~ data.table::shift(as.vector(x))
      data.table::uniqueN(x) ~ data.table::uniqueN(as.vector(x))
    }
  )
))
# nolint end
