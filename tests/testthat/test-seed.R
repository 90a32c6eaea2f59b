test_that("one seed repeats the numbers of R, NumPy, Python and PyTorch", {
  skip_if_no_torch()
  draw <- function() {
    list(
      runif(3), as_r(np$random$rand(3L)), reticulate::import("random")$random(), as_r(torch$rand(3L)),
      unlist(batches(10, 3)), as_r(torch$randperm(10L))
    )
  }
  torch_seed(7)
  first <- draw()
  torch_seed(7)
  expect_identical(draw(), first)
  torch_seed(8)
  second <- draw()
  for (i in seq_along(first)) {
    expect_false(identical(first[[i]], second[[i]]))
  }
})

test_that("the seed is the one that each of them takes by itself", {
  skip_if_no_torch()
  expect_invisible(torch_seed(3))
  drawn <- list(runif(2), as_r(torch$rand(2L)))
  set.seed(3)
  torch$manual_seed(3L)
  expect_identical(list(runif(2), as_r(torch$rand(2L))), drawn)
})

test_that("a seed that is none changes nothing", {
  skip_if_no_torch()
  torch_seed(1)
  before <- .Random.seed
  state <- as_r(torch$get_rng_state())
  for (seed in list(-1, 1.5, NA, "1", 2^31, 1:2, NULL)) {
    expect_says(torch_seed(seed), "dtype", "`seed` must be a whole number from 0 to 2147483647")
  }
  expect_identical(.Random.seed, before)
  expect_identical(as_r(torch$get_rng_state()), state)
})
