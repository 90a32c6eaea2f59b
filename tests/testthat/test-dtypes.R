skip_if_no_torch()

# ---- R to torch ---------------------------------------------------------------------------------

DOUBLES <- c(
  0, -0, 1, -1, 0.5, 1.9, -1.9, -0.9, 2, 100, 127, 127.9, 128, -128, -129, 255.9, 256, 448, 464,
  32767, 32768, 65504, 65519, 65520, 65535, 65536, 2147483647, 2147483648, -2147483648, -2147483649,
  4294967295, 4294967296, 2^53, 2^53 + 2, 2^63, -2^63, 2^63 - 1024, 2^64, 2^64 - 2048, 3.4e38,
  3.4028235677973366e38, 1e300, 1e-5, 5.96e-8, 1e-8, 1e-40, 1e-46, 1e-300, 5e-324, 2^-127, 2^-128,
  1.5 * 2^-127, 0.75, 1.5, 3, Inf, -Inf, NaN
)

INTEGERS <- c(
  "0", "1", "-1", "2", "100", "127", "128", "-128", "-129", "255", "256", "448", "464", "465",
  "2049", "2051", "32767", "32768", "65504", "65519", "65520", "65535", "65536", "16777217",
  "2147483647", "-2147483647"
)

WIDE_INTEGERS <- c(
  INTEGERS, "-2147483648", "4294967295", "4294967296", "9007199254740992", "9007199254740993",
  "-9007199254740993", "1152921573326323712", "1152921573326323713", "1152921573326323711",
  "-1152921573326323713", "9223372036854775807", "-9223372036854775807", "9223371761976868863",
  "9223371761976868864", "9223371761976868865"
)

# One value at a time: its code, or "misfit".
code_or_misfit <- function(x, dtype) {
  tryCatch(
    codes(as_tensor(x, dtype = dtype)),
    pytorchbridge_lossy_error = function(e) "misfit",
    pytorchbridge_missing_error = function(e) "misfit"
  )
}

expect_codes <- function(values, kind, texts, dtype) {
  found <- vapply(seq_along(values), function(i) code_or_misfit(values[i], dtype), "")
  wanted <- vapply(texts, function(text) truth()$expected_code(kind, text, dtype), "")
  names(found) <- names(wanted) <- texts
  expect_identical(found, wanted)
}

for (dtype in available(ALL_DTYPES)) {
  test_that(paste("every R type becomes", dtype), {
    expect_codes(c(FALSE, TRUE), "integer", c("0", "1"), dtype)
    expect_codes(as.integer(INTEGERS), "integer", INTEGERS, dtype)
    expect_codes(as.raw(c(0, 1, 127, 128, 255)), "integer", c("0", "1", "127", "128", "255"), dtype)
    expect_codes(integer64(WIDE_INTEGERS), "integer", WIDE_INTEGERS, dtype)
    expect_codes(DOUBLES, "double", bits(DOUBLES), dtype)
    parts <- c(0, -0, 1, 1.9, -1.9, 300, 65520, 1e39, 1e300, Inf, NaN, NA)
    pairs <- expand.grid(re = parts, im = c(0, -0, 2, 1e300, NaN, NA))
    values <- complex(real = pairs$re, imaginary = pairs$im)
    expect_codes(values, "complex", paste(bits(Re(values)), bits(Im(values)), sep = ","), dtype)
  })
}

test_that("a dtype's range is told to the last value, in one vector as in single values", {
  x <- as.double(c(0:255))
  expect_identical(codes(as_tensor(x, dtype = "uint8")), as.character(0:255))
  expect_identical(codes(as_tensor(-128:127, dtype = "int8")), as.character((-128:127) %% 256))
  skip_without_dtype("uint16")
  expect_identical(codes(as_tensor(0:65535, dtype = "uint16")), as.character(0:65535))
})

ENCODED <- c("float16", "bfloat16", "float32", FLOAT8_DTYPES)

expect_encoded <- function(x, dtype) {
  if (dtype == "float8_e8m0fnu") {
    x <- abs(x)
  }
  torch_says <- truth()$converted(as.list(bits(x)), dtype)
  fits <- unlist(torch_says[[2]])
  if (dtype == "float8_e8m0fnu") {
    # It has neither zero nor anything below 2^-127; PyTorch writes 2^-127 for both.
    fits <- fits & x >= 2^-127
  }
  expect_gt(sum(fits), 0.5 * length(x))
  expect_identical(codes(as_tensor(x[fits], dtype = dtype)), as.character(torch_says[[1]][fits]))
  too_big <- x[!fits & abs(x) > 1]
  for (value in utils::head(too_big, 5)) {
    expect_says(as_tensor(value, dtype = dtype), "lossy", "x[1] is", dtype, "cannot hold")
  }
}

# Halfway between each finite value that is not negative and the next.
ties_of <- function(dtype) {
  n <- if (startsWith(dtype, "float8")) 256 else 32768
  codes <- seq_len(n) - 1
  if (n > 256) {
    codes <- sort(c(codes[1:300], sample(codes, 3000)))
    codes <- codes[codes < 31743]
    values <- doubles(torch_doubles(from_codes(codes, dtype)))
    after <- doubles(torch_doubles(from_codes(codes + 1, dtype)))
    return((values + after) / 2)
  }
  hex <- torch_doubles(from_codes(codes, dtype))
  values <- sort(unique(doubles(hex[hex != "nan"])))
  values <- values[is.finite(values) & values >= 0]
  (utils::head(values, -1) + values[-1]) / 2
}

# The next double of positive ones, up or down.
neighbour <- function(x, step) {
  as_bits <- x
  oldClass(as_bits) <- "integer64"
  result <- unclass(as_bits + integer64(step))
  attributes(result) <- NULL
  stopifnot(if (step > 0) result > x else result < x)
  result
}

for (dtype in available(ENCODED)) {
  test_that(paste("doubles round to", dtype, "as PyTorch's to() does"), {
    set.seed(20240601)
    exponents <- switch(dtype, float16 = c(-27, 16), bfloat16 = , float32 = c(-152, 128),
      float8_e8m0fnu = c(-128, 128), c(-21, 16)
    )
    spread <- 2^runif(4000, exponents[1], exponents[2]) * sample(c(-1, 1), 4000, TRUE)
    expect_encoded(spread, dtype)
    # Halfway between neighbours, and one double to either side.
    ties <- if (dtype != "float32") ties_of(dtype) else (2^24 + 2 * (1:50) + 1) * 2^(-170:-121)
    expect_encoded(ties, dtype)
    expect_encoded(neighbour(ties, 1), dtype)
    expect_encoded(neighbour(ties, -1), dtype)
  })
}

# ---- torch to R ---------------------------------------------------------------------------------

EDGES <- list(
  bool = 0:1,
  uint8 = c(0, 1, 2, 127, 128, 255),
  int8 = c(0, 1, 127, 128, 255),
  int16 = c(0, 1, 255, 256, 32767, 32768, 65535),
  uint16 = c(0, 1, 255, 256, 32767, 32768, 65535),
  int32 = c("0", "1", "255", "256", "2147483647", "2147483648", "2147483649", "4294967295"),
  uint32 = c("0", "1", "255", "256", "2147483647", "2147483648", "4294967295"),
  int64 = c(
    "0", "1", "255", "256", "2147483647", "2147483648", "18446744071562067968",
    "18446744071562067969", "9007199254740992", "9007199254740993", "18437736874454810624",
    "18437736874454810623", "9223372036854775807", "9223372036854775808", "9223372036854775809",
    "18446744073709551615"
  )
)
EDGES$uint64 <- EDGES$int64
# Codes of 0, -0, 1, 2, 1.5, the smallest, the largest, infinity, NaN, and of 255 and 256 or so.
EDGES$float16 <- c(0, 32768, 15360, 16384, 15872, 1, 1023, 31743, 31744, 64512, 32256, 23544, 23552)
EDGES$bfloat16 <- c(0, 32768, 16256, 16384, 16320, 1, 127, 32639, 32640, 65408, 32704, 17279, 17280)
EDGES$float32 <- c(
  "0", "2147483648", "1065353216", "1073741824", "1069547520", "1", "8388607", "2139095039",
  "2139095040", "4286578688", "2143289344", "1132396544", "1132462080", "1325400064", "3472883712",
  "3472883711", "1593835519", "1593835520"
)
EDGES$float64 <- c(
  "0", "9223372036854775808", "4607182418800017408", "4611686018427387904", "4609434218613702656",
  "1", "4503599627370495", "9218868437227405311", "9218868437227405312", "18442240474082181120",
  "9221120237041090560", "9218868437227407266", "4643176031446892544", "4643211215818981376",
  "4746794007244308480", "4746794007248502784", "13970166044103278592", "4890909195324358655",
  "4890909195324358656", "14114281232179134464"
)
for (name in FLOAT8_DTYPES) EDGES[[name]] <- seq(0, 255, 5)

COMPLEX_EDGES <- list(
  complex32 = c(0, 32768, 15360, 15872, 23544, 31744, 32256),
  complex64 = c("0", "2147483648", "1065353216", "1069547520", "1325400064", "2143289344"),
  complex128 = EDGES$float64[c(1, 2, 3, 5, 8, 9, 11, 15)]
)
for (name in names(COMPLEX_EDGES)) {
  pairs <- expand.grid(COMPLEX_EDGES[[name]], COMPLEX_EDGES[[name]][c(1, 2, 3, 6)])
  EDGES[[name]] <- paste(pairs[[1]], pairs[[2]], sep = ",")
}

R_TYPES <- c("logical", "integer", "double", "complex", "raw", "integer64")

value_or_misfit <- function(tensor, type) {
  value <- tryCatch(
    as_r(tensor, type = type),
    pytorchbridge_lossy_error = function(e) NULL,
    pytorchbridge_missing_error = function(e) NULL
  )
  if (is.null(value)) "misfit" else value_text(value)
}

value_text <- function(x) {
  if (inherits(x, "integer64")) {
    return(as.character(x))
  }
  switch(typeof(x),
    double = bits_or_nan(x),
    complex = paste(bits_or_nan(Re(x)), bits_or_nan(Im(x)), sep = ","),
    as.character(as.integer(x))
  )
}

for (dtype in available(ALL_DTYPES)) {
  test_that(paste(dtype, "becomes every R type"), {
    edges <- as.character(EDGES[[dtype]])
    expect_gt(length(edges), 1)
    tensors <- lapply(edges, from_codes, dtype = dtype)
    for (type in R_TYPES) {
      found <- vapply(tensors, value_or_misfit, "", type = type)
      wanted <- vapply(edges, function(code) truth()$expected_value(code, dtype, type), "")
      names(found) <- edges
      expect_identical(found, wanted, label = paste(dtype, "as", type))
    }
  })

  test_that(paste(dtype, "has the R type that the design says"), {
    one <- from_codes(if (dtype %in% COMPLEX_DTYPES) "0,0" else "1", dtype)
    wanted <- if (dtype == "bool") {
      "logical"
    } else if (dtype %in% c("uint8", "int8", "int16", "uint16", "int32")) {
      "integer"
    } else if (dtype %in% COMPLEX_DTYPES) {
      "complex"
    } else {
      "double"
    }
    expect_identical(typeof(as_r(one)), wanted)
    empty <- from_codes(character(), dtype)
    expect_identical(as_r(empty), vector(wanted, 0))
  })
}

for (dtype in available(c("float16", "bfloat16", FLOAT8_DTYPES))) {
  test_that(paste("all codes of", dtype, "are read as PyTorch's to(float64) reads them"), {
    n <- if (startsWith(dtype, "float8")) 256 else 65536
    tensor <- from_codes(seq_len(n) - 1, dtype)
    wanted <- torch_doubles(tensor)
    expect_gt(length(unique(wanted)), n * 0.9)
    expect_identical(bits_or_nan(as_r(tensor)), wanted)
  })

  test_that(paste("all values of", dtype, "come back as the same code"), {
    n <- if (startsWith(dtype, "float8")) 256 else 65536
    tensor <- from_codes(seq_len(n) - 1, dtype)
    expect_identical(codes(as_tensor(as_r(tensor), dtype = dtype)), codes(tensor))
  })
}

test_that("all values of the small integers are read exactly", {
  expect_identical(as_r(from_codes(0:255, "uint8")), 0:255)
  expect_identical(as_r(from_codes(0:255, "int8")), c(0:127, -128:-1))
  expect_identical(as_r(from_codes(0:65535, "int16")), c(0:32767, -32768:-1))
  skip_without_dtype("uint16")
  expect_identical(as_r(from_codes(0:65535, "uint16")), 0:65535)
})

test_that("subnormals survive while PyTorch flushes them", {
  skip_if_not(torch$set_flush_denormal(TRUE), "this machine cannot flush subnormals")
  on.exit(torch$set_flush_denormal(FALSE))
  hex <- c("0000000000000001", "000fffffffffffff", "8000000000000001", "0008000000000000")
  x <- doubles(hex)
  tensor <- as_tensor(x)
  back <- as_r(tensor)
  narrow <- as_r(from_codes(c(1, 8388607), "float32"))
  half <- as_r(from_codes(c(1, 1023), "float16"))
  written <- as_tensor(doubles(c("36a0000000000000", "3690000000000001")), dtype = "float32")
  torch$set_flush_denormal(FALSE)
  expect_identical(bits(back), hex)
  expect_identical(bits(narrow), bits(c(2^-149, 2^-126 - 2^-149)))
  expect_identical(bits(half), bits(c(2^-24, 1023 * 2^-24)))
  expect_identical(codes(tensor), c("1", "4503599627370495", "9223372036854775809",
    "2251799813685248"))
  expect_identical(codes(written), c("1", "1"))
})

test_that("the flush mode that the caller has set stays as it was", {
  skip_if_not(torch$set_flush_denormal(TRUE), "this machine cannot flush subnormals")
  on.exit(torch$set_flush_denormal(FALSE))
  as_r(as_tensor(c(1, 2), dtype = "float32"))
  product <- torch$tensor(1e-300, dtype = torch$float64)$mul(1e-10)
  torch$set_flush_denormal(FALSE)
  expect_identical(codes(product), "0")
})

test_that("conjugate, negative, quantized and autograd tensors give their values", {
  z <- as_tensor(c(1 + 2i, -3 - 0.5i))
  expect_identical(as_r(z$conj()), c(1 - 2i, -3 + 0.5i))
  expect_true(z$conj()$imag$is_neg())
  expect_identical(as_r(z$conj()$imag), c(-2, 0.5))
  g <- torch$tensor(c(1.5, 2.5), requires_grad = TRUE)
  expect_identical(as_r(g), c(1.5, 2.5))
  expect_identical(as_r(g$mul(2)), c(3, 5))
  expect_true(g$requires_grad)
  q <- reticulate::py_run_string(paste(
    "import torch, warnings",
    "with warnings.catch_warnings():",
    "    warnings.simplefilter('ignore')",
    "    q = torch.quantize_per_tensor(torch.tensor([0.5, 1.0, -2.25]), 0.25, 3, torch.qint8)",
    sep = "\n"
  ))$q
  expect_identical(as_r(q), c(0.5, 1, -2.25))
})

test_that("NumPy arrays and scalars are read by the same table", {
  expect_identical(as_r(np$array(c(1.5, NaN, Inf))), c(1.5, NaN, Inf))
  expect_identical(as_r(np$arange(3L)), c(0, 1, 2))
  expect_identical(as_r(np$array(c(TRUE, FALSE))), c(TRUE, FALSE))
  expect_identical(as_r(np$int16(-5L)), -5L)
  expect_identical(as_r(np$float32(0.5)), 0.5)
  expect_identical(as_r(np$array(c(1, 2, 3), dtype = ">f8")), c(1, 2, 3))
  expect_identical(as_r(np$array(c(1L, 258L), dtype = ">i2")), c(1L, 258L))
})

test_that("a named dtype may be PyTorch's alias or its object", {
  expect_identical(dtype_of_tensor(as_tensor(1, dtype = "long")), "int64")
  expect_identical(dtype_of_tensor(as_tensor(1, dtype = "half")), "float16")
  expect_identical(dtype_of_tensor(as_tensor(1, dtype = "double")), "float64")
  expect_identical(dtype_of_tensor(as_tensor(1, dtype = "torch.int8")), "int8")
  expect_identical(dtype_of_tensor(as_tensor(1, dtype = torch$float32)), "float32")
})
