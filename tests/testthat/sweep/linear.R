# nolint start
square <- list(matrix(c(4, 1, 2, 1, 3, 0.25, 0.5, 0.75, 2), 3), matrix(c(2L, 1L, 1L, 3L), 2))
positive <- list(crossprod(matrix(c(4, 1, 2, 1, 3, 0.25, 0.5, 0.75, 2), 3)), matrix(c(2, 1, 1, 3), 2), matrix(3))

list(title = "Linear algebra", rows = list(
  on(
    square, tolerance = 1e-10,
    tensor = {
      solve(x); round(solve(x, x), 12); solve(x, seq_len(nrow(x))); det(x); diag(x); t(x); determinant(x)$sign; diag(t(x))
      c(determinant(x, logarithm = FALSE)$modulus); x + t(x); sum(diag(x))
    },
    value = {
      isSymmetric(x); svd(x)$d; qr(x)$rank; kronecker(x, x); outer(x, x); eigen(x)$values; qr.R(qr(x))
      kappa(x); qr.solve(x, diag(nrow(x))); qr.Q(qr(x)); qr.coef(qr(x), diag(nrow(x))[, 1])
      upper.tri(x); x %o% x; backsolve(x, diag(nrow(x))); forwardsolve(x, diag(nrow(x))); max(Mod(eigen(x)$values))
    },
    out_of_reach = {
      crossprod(x) ~ t(x)$matmul(x)
      tcrossprod(x) ~ x$matmul(t(x))
      x %*% x ~ x$matmul(x)
      norm(x) ~ torch$linalg$matrix_norm(x$double(), 1)
      rcond(x) ~ rcond(as.matrix(x))
      La.svd(x)$d ~ svd(x)$d
    }
  ),
  on(
    positive, tolerance = 1e-10,
    tensor = {
      chol(x); solve(x); det(x); diag(x); diag(chol(x))
    },
    value = {
      isSymmetric(x); eigen(x)$values; svd(x)$d
    },
    out_of_reach = chol2inv(x) ~ chol2inv(as.matrix(x))
  ),
  on(
    list(c(3, 1, 2)),
    value = {
      outer(x, x); x %o% x
    },
    refused = {
      outer(x, 1:2, "-") ~ outer(as.vector(x), 1:2, "-")
      diag(x) ~ torch$diag(x)
      diag(x, 3) ~ diag(as.vector(x), 3)
    }
  )
))
# nolint end
