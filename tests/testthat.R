library(testthat)
library(pytorchbridge)

test_check("pytorchbridge")
