# The table "What writes through" of the document "Sharing memory", row by row.

lent_and_viewed <- function() {
  a <- torch$arange(3L, dtype = torch$float64)
  x <- c(1, 2, 3)
  list(a = a, b = as_r(a, copy = FALSE), x = x, t = as_tensor(x, copy = FALSE))
}

test_that("what changes a tensor in place shows in its view", {
  skip_if_no_torch()
  with(lent_and_viewed(), {
    a$add_(1)
    expect_identical(b[], c(1, 2, 3))
    torch$add(a, 1, out = a)
    expect_identical(b[], c(2, 3, 4))
    a[1] <- 9
    expect_identical(b[], c(9, 3, 4))
    a$grad <- torch$ones_like(a$requires_grad_())
    torch$optim$SGD(list(a), lr = 1)$step()
    expect_identical(b[], c(8, 2, 3))
  })
})

test_that("what makes another tensor, or another vector, leaves the memory alone", {
  skip_if_no_torch()
  with(lent_and_viewed(), {
    tensor <- a
    a <- a$add(1)
    expect_identical(b[], c(0, 1, 2))
    b[1] <- 7
    expect_identical(as.numeric(tensor), c(0, 1, 2))
  })
  with(lent_and_viewed(), {
    a$data <- torch$zeros(2L, dtype = torch$float64)
    expect_identical(b[], c(0, 1, 2))
  })
  with(lent_and_viewed(), {
    a$set_(torch$zeros(2L, dtype = torch$float64))
    expect_identical(b[], c(0, 1, 2))
    expect_identical(dim(a), 2L)
  })
})

test_that("what changes a tensor on a vector's memory shows in all names of the vector", {
  skip_if_no_torch()
  with(lent_and_viewed(), {
    other_name <- x
    t$mul_(2)
    expect_identical(x, c(2, 4, 6))
    expect_identical(other_name, c(2, 4, 6))
    x[1] <- 0
    expect_identical(as.numeric(t), c(2, 4, 6))
    t$set_(torch$zeros(2L, dtype = torch$float64))
    t$add_(1)
    expect_identical(other_name, c(2, 4, 6))
  })
})

test_that("what would move the memory is refused, and nothing has changed", {
  skip_if_no_torch()
  with(lent_and_viewed(), {
    for (tensor in list(a, t)) {
      expect_error(tensor$resize_(100L), "not resizable")
      expect_says(tensor$share_memory_(), "sharing", "share a copy")
    }
    expect_identical(b[], c(0, 1, 2))
    expect_identical(x, c(1, 2, 3))
  })
})
