skip_if_no_torch()

python <- function(code) {
  reticulate::py_run_string(paste0("import torch, numpy as np\n", code), convert = FALSE)
}

test_that("a state dict and as_r() of it are each other's inverse", {
  make <- function() {
    torch$nn$Sequential(torch$nn$Linear(3L, 2L), torch$nn$BatchNorm1d(2L))
  }
  first <- make()
  second <- make()
  weights <- as_r(first$state_dict())
  expect_named(weights, c(
    "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
    "1.num_batches_tracked"
  ))
  second$load_state_dict(as_tensors(weights))
  for (i in 0:1) {
    same <- torch$equal(first[[i]]$weight, second[[i]]$weight)
    expect_true(same)
  }
})

test_that("containers become lists of the same form", {
  main <- python("
import collections, dataclasses
Pair = collections.namedtuple('Pair', 'x y')
@dataclasses.dataclass
class Result:
    loss: object
    step: int
found = collections.OrderedDict(
    t=torch.arange(3), n=np.array([[1, 2], [3, 4]], dtype='int8'), s='hi', b=True, z=2 - 1j,
    none=None, deep=[1.5, (torch.ones(2), {'k': 7})], pair=Pair(1, 2.5),
    result=Result(torch.tensor(0.25), 3), empty={})
")
  expect_identical(as_r(main$found), list(
    t = c(0, 1, 2), n = rbind(1:2, 3:4), s = "hi", b = TRUE, z = 2 - 1i, none = NULL,
    deep = list(1.5, list(c(1, 1), list(k = 7))), pair = list(x = 1, y = 2.5),
    result = list(loss = 0.25, step = 3), empty = structure(list(), names = character())
  ))
})

test_that("Python's integers come exactly or not at all", {
  main <- python("
fits = [2**53, -2**53, 0, -7, True]
beyond = {'a': [1, 2**53 + 1]}
power = 2**60
last = 2**63 - 1
huge = 2**63
")
  expect_identical(as_r(main$fits), list(2^53, -2^53, 0, -7, TRUE))
  expect_says(as_r(main$beyond), "lossy", "\"a\"", "element 2", "9007199254740993", "integer64")
  expect_says(as_r(main$power), "lossy", "1152921504606846976")
  expect_identical(as_r(main$power, type = "integer64"), integer64("1152921504606846976"))
  expect_identical(as_r(main$last, type = "integer64"), integer64("9223372036854775807"))
  expect_says(as_r(main$huge, type = "integer64"), "lossy", "9223372036854775808")
})

test_that("what R has no value for is refused by name", {
  main <- python("
loop = []
loop.append(loop)
text = {'a': torch.ones(1), 'b': np.array([b'x'])}
inside = {'f': len}
twice = {1: 0, '1': 0}
")
  expect_says(as_r(main$loop), "dtype", "contains itself")
  expect_says(as_r(main$text), "dtype", "\"b\"")
  expect_says(as_r(main$inside), "dtype", "builtin_function")
  expect_says(as_r(main$twice), "dtype", "same name")
  expect_says(as_r(torch$nn$Linear(1L, 1L)), "dtype", "Linear", "state_dict()")
})

test_that("type and na hold for every tensor of a structure", {
  main <- python("whole = {'a': torch.tensor([2**60]), 'b': np.int64(5)}")
  expect_identical(
    as_r(main$whole, type = "integer64"),
    list(a = integer64("1152921504606846976"), b = integer64(5))
  )
})

test_that("as_tensors() keeps names, NULLs and nesting", {
  x <- list(a = 1:2, b = NULL, c = list(d = c(1.5, NA)), e = data.frame(u = 1:2))
  tensors <- as_tensors(x, na = "keep")
  expect_named(tensors, c("a", "b", "c", "e"))
  expect_null(tensors$b)
  expect_identical(dtype_of_tensor(tensors$a), "int64")
  expect_identical(bits(as_r(tensors$c$d)), bits(c(1.5, NA)))
  expect_identical(as_r(tensors$e), matrix(c(1, 2)))
  expect_says(as_tensors(list(a = 1, b = "x")), "dtype", "element \"b\"", "character")
  expect_says(as_tensors(list(1, list(2, "x"))), "dtype", "element 2: In element 2")
  expect_says(as_tensors(1:3), "dtype", "as_tensor(x)")
})

test_that("an R list of tensors comes over as a list of vectors", {
  expect_identical(as_r(list(a = torch$ones(2L), 3L, NULL)), list(a = c(1, 1), 3L, NULL))
})

test_that("exporters of DLPack and of the array interface come without a copy", {
  main <- python("
class Interface:
    def __init__(self, array): self.__array_interface__ = array.__array_interface__
class DLPack:
    def __init__(self, tensor): self.tensor = tensor
    def __dlpack__(self, **arguments): return self.tensor.__dlpack__(**arguments)
    def __dlpack_device__(self): return self.tensor.__dlpack_device__()
array = np.array([1.5, -2.5])
tensor = torch.arange(4.0)
interface = Interface(array)
dlpack = DLPack(tensor)
")
  expect_identical(as_r(main$interface), c(1.5, -2.5))
  expect_identical(as_r(main$dlpack), c(0, 1, 2, 3))
  expect_true(shares_memory(as_tensor(main$interface), main$array))
  # An exporter of older PyTorch cannot say whether its memory may be written: a copy.
  tells <- "max_version" %in% torch$Tensor$`__dlpack__`$`__code__`$co_varnames
  expect_identical(shares_memory(as_tensor(main$dlpack), main$tensor), tells)
  expect_false(shares_memory(as_tensor(main$interface, copy = TRUE), main$array))
})

test_that("the type that is asked for holds for numbers of Python's too", {
  main <- reticulate::py_run_string("half, two, yes, nested = 1.5, 2, True, {'a': 2.0}", convert = FALSE)
  expect_identical(as_r(main$two, type = "integer"), 2L)
  expect_identical(as_r(main$yes, type = "integer"), 1L)
  expect_identical(as_r(main$nested, type = "integer"), list(a = 2L))
  expect_says(as_r(main$half, type = "integer"), "lossy", "1.5")
})
