# What src/python_attributes.c keeps of names and of what modules hold is what Python has now.

# Modules within torch, whose `$` is this package's.
probes <- function() {
  reticulate::py_run_string("
import types, torch

class Odd(types.ModuleType):
    @property
    def f(self):
        return abs

def first(x): return x + 1
def second(x): return x + 2
plain, odd = types.ModuleType('plain'), Odd('odd')
plain.f = first
odd.__dict__['f'] = first
torch.ptb_plain, torch.ptb_odd = plain, odd

def put(name, value): setattr(plain, name, value)
def drop(name): delattr(plain, name)
def put_all(n):
    for i in range(n): setattr(plain, 'name_%d' % i, i)
", local = FALSE)
}

test_that("what is put in the place of a module's function is what `$` gives", {
  skip_if_no_torch()
  py <- probes()
  for (round in 1:2) {
    py$put("f", py$first)
    for (i in 1:3) expect_identical(torch$ptb_plain$f(1), 2)
    py$put("f", py$second)
    for (i in 1:3) expect_identical(torch$ptb_plain$f(1), 3)
    py$put("f", 5L)
    expect_identical(torch$ptb_plain$f, 5L)
    py$put("f", torch$tensor(7))
    expect_identical(as_r(torch$ptb_plain$f), 7)
    py$drop("f")
    expect_error(torch$ptb_plain$f, "has no attribute 'f'")
  }
})

test_that("a module is another one once Python has another", {
  skip_if_no_torch()
  py <- probes()
  before <- torch$ptb_plain
  for (i in 1:2) expect_identical(torch$ptb_plain$f(1), 2)
  reticulate::py_run_string("torch.ptb_plain = types.ModuleType('another'); torch.ptb_plain.f = second")
  for (i in 1:2) expect_identical(torch$ptb_plain$f(1), 3)
  for (i in 1:2) expect_identical(before$f(1), 2)
})

test_that("a module's class and its own __getattr__ have their say", {
  skip_if_no_torch()
  py <- probes()
  for (i in 1:3) expect_identical(torch$ptb_odd$f(-1), 1)
  reticulate::py_run_string("
def answer(name):
    if name != 'made_up':
        raise AttributeError(name)
    return lambda x: name + x
torch.ptb_plain.__getattr__ = answer
")
  for (i in 1:3) expect_identical(torch$ptb_plain$made_up("!"), "made_up!")
  for (i in 1:3) expect_identical(torch$ptb_plain$f(1), 2)
  expect_identical(torch$ptb_plain$`__dict__`$f(1), 2)
  expect_identical(torch$ptb_plain$`__name__`, "plain")
})

test_that("an object that gets another class in Python has it in R", {
  skip_if_no_torch()
  py <- probes()
  py$put("layer", torch$nn$Linear(2L, 1L))
  for (i in 1:3) expect_s3_class(torch$ptb_plain$layer, "torch.nn.modules.linear.Linear")
  reticulate::py_run_string("
import torch.nn.utils.parametrize as P
P.register_parametrization(torch.ptb_plain.layer, 'weight', torch.nn.Identity())
")
  expect_s3_class(torch$ptb_plain$layer, "torch.nn.utils.parametrize.ParametrizedLinear")
})

test_that("a module of a class of its own keeps the name of that", {
  skip_if_no_torch()
  py <- probes()
  for (i in 1:3) {
    expect_s3_class(torch$ops, "torch._ops._Ops")
    expect_s3_class(torch$ops, "pytorchbridge.module")
    expect_s3_class(torch$ptb_odd, "__main__.Odd")
  }
})

test_that("what R changes of a module's value by reference is not there the next time", {
  skip_if_no_torch()
  py <- probes()
  for (i in 1:3) expect_identical(torch$ptb_plain$f(1), 2)
  plain <- torch$ptb_plain
  assign("convert", FALSE, envir = plain)
  expect_identical(torch$ptb_plain$f(1), 2)
  class(plain) <- "nothing"
  expect_s3_class(torch$ptb_plain, "pytorchbridge.module")
  first <- torch$ptb_plain$f
  environment(first)$callable <- sum # no object of Python's: some reticulate calls it, some says so
  utils::capture.output(value <- tryCatch(first(1), error = function(error) 1))
  expect_identical(value, 1)
})

test_that("every name is itself, however many there are and however R holds its text", {
  skip_if_no_torch()
  py <- probes()
  n <- if (in_memcheck()) 600L else 3000L
  py$put_all(n)
  plain <- torch$ptb_plain
  value_of <- function(name) do.call(`$`, list(plain, name))
  for (round in 1:2) {
    names <- paste0("name_", seq_len(n) - 1L)
    expect_identical(vapply(names, value_of, 0L, USE.NAMES = FALSE), seq_len(n) - 1L)
    rm(names)
    gc() # whose texts may have other addresses next time
  }
  name <- "gr\u00f6\u00dfe"
  py$put(name, 3L)
  for (text in c(name, iconv(name, "UTF-8", "latin1"))) expect_identical(value_of(text), 3L)
  expect_error(value_of("gr\u00f6\u00dfte"), "has no attribute")
})

test_that("an exception of a look at an attribute is told, and disturbs no later one", {
  skip_if_no_torch()
  module <- reticulate::py_run_string("
import torch
class Fails(torch.nn.Module):
    @property
    def bad(self):
        raise ValueError('no such luck')
    def good(self):
        return 1.5
", local = FALSE)$Fails()
  for (i in 1:3) {
    expect_error(module$bad)
    expect_identical(module$good(), 1.5)
  }
})
