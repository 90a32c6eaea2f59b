skip_if_no_torch()

test_that("R's classes of the values", {
  days <- as.Date(c("1969-12-31", "2024-02-29"))
  expect_equal(as.Date(as_tensor(days)), days)
  seconds <- as.POSIXct(c(-1, 86400.5), origin = "1970-01-01", tz = "UTC")
  expect_equal(as.POSIXct(as_tensor(seconds), tz = "UTC"), seconds)
  later <- as.POSIXct("2000-01-01 00:00:01", tz = "UTC")
  expect_equal(as.POSIXct(as_tensor(1), tz = "UTC", origin = "2000-01-01"), later)
  expect_equal(as.POSIXlt(as_tensor(seconds), tz = "UTC")$year, c(69, 70))
  expect_identical(as.raw(as_tensor(c(1L, 255L))), as.raw(c(1, 255)))
  large <- integer64("9007199254740993")
  expect_identical(bit64::as.integer64(as_tensor(large)), large)
  m <- matrix(1:4 + 0, 2)
  expect_identical(as.table(as_tensor(m)), as.table(m))
  expect_identical(stats::as.ts(as_tensor(c(1, 2))), stats::as.ts(c(1, 2)))
})

test_that("what does not fit is refused", {
  expect_says(as.raw(as_tensor(256L)), "lossy", "256")
  expect_says(bit64::as.integer64(as_tensor(0.5)), "lossy", "0.5")
})
