# nolint start: line_length_linter. Tables of calls.
# Direct calls and reticulate's give the same: each line below runs both ways in this session.

python <- function() {
  if (is.null(state$direct)) {
    state$direct <- reticulate::py_run_file("direct.py")
  }
  state$direct
}

# What can be told of a value: its type, attributes and contents; of a Python object also its form.
facts_of <- function(x, depth = 1) {
  if (inherits(x, "python.builtin.object")) {
    holder <- if (is.environment(x)) x else attr(x, "py_object")
    # A tensor deep inside a list gets its capsule, with which it can be saved, by direct calls alone.
    return(list(
      typeof = typeof(x), class = class(x), attributes = setdiff(names(attributes(x)), "capsule"),
      # By get0(): `$` asks Python.
      holder = list(
        class(holder), sort(ls(holder)), get0("convert", holder, inherits = FALSE),
        typeof(get0("pyobj", holder, inherits = FALSE))
      ),
      # Those without a name of their own tell their address.
      text = gsub("0x[0-9a-f]+", "", reticulate::py_repr(holder)),
      values = if (is_tensor(x)) list(as.character(holder$dtype), holder$requires_grad, as_r(x$detach()))
    ))
  }
  if (is.list(x)) list(attributes(x), lapply(x, facts_of)) else x
}

condition_facts <- function(condition) {
  last <- reticulate::py_last_error()
  list(
    class = class(condition), message = without_hint(conditionMessage(condition)), call = deparse(conditionCall(condition)),
    last = if (!is.null(last)) unclass(last)[c("type", "value", "traceback", "message")]
  )
}

# Where reticulate makes the call, no line of this package is added.
without_hint <- function(message) {
  hint <- hint_for(message)
  if (is.null(hint)) message else trimws(sub(hint, "", message, fixed = TRUE))
}

# Everything that an expression does: its value and whether that is visible, or its condition; what it
# prints and warns.
outcome <- function(expression, direct) {
  environment <- scope(direct)
  before <- options(pytorchbridge.direct_calls = direct)
  on.exit(options(before))
  reticulate::py_clear_last_error()
  said <- character()
  printed <- utils::capture.output(result <- withCallingHandlers(
    tryCatch(
      {
        evaluated <- withVisible(eval(expression, environment))
        list(visible = evaluated$visible, value = facts_of(evaluated$value))
      },
      error = condition_facts, interrupt = function(interrupt) class(interrupt)
    ),
    warning = function(warning) {
      said <<- c(said, conditionMessage(warning))
      invokeRestart("muffleWarning")
    }
  ))
  # Some reticulate leaves an exception set of integers beyond C's long; a direct call clears it.
  options(pytorchbridge.direct_calls = TRUE)
  torch$float32
  list(result = result, printed = printed, said = said)
}

expect_same <- function(...) {
  for (expression in eval(substitute(alist(...)))) {
    expected <- outcome(expression, direct = FALSE)
    # The first direct call of a type asks reticulate, the second knows.
    for (time in 1:2) {
      expect_identical(outcome(expression, direct = TRUE), expected, label = deparse1(expression))
    }
  }
}

# The functions and objects of direct.py by name: functions as reticulate gives them, or as `$` of a tensor does.
scope <- function(direct) {
  found <- sapply(PYTHON_NAMES, function(name) {
    value <- python()[[name]]
    if (direct && is.function(value)) as_direct(value) else value
  }, simplify = FALSE)
  list2env(c(found, py = python()), parent = environment())
}

as_direct <- function(callable) {
  direct <- new_callable(attr(callable, "py_object"))
  attributes(direct) <- attributes(callable)
  direct
}

PYTHON_NAMES <- c(
  "seen", "give", "strict", "t", "m", "text", "fail", "warn", "say", "apply", "model", "tagged", "calls"
)

test_that("direct calls are on by default, and an option turns them off", {
  skip_if_not_direct()
  torch$ones(1L)$add(1)
  expect_true(.Call(ptb_calls_are_direct))
  expect_identical(pytorch_config()$calls, "direct")
  options(pytorchbridge.direct_calls = FALSE)
  on.exit(options(pytorchbridge.direct_calls = NULL))
  expect_false(.Call(ptb_calls_are_direct))
  expect_identical(pytorch_config()$calls, "by reticulate")
  options(pytorchbridge.direct_calls = NULL)
  expect_true(.Call(ptb_calls_are_direct))
  options(pytorchbridge.direct_calls = FALSE)
  expect_false(.Call(ptb_calls_are_direct))
})

test_that("the comparison sees what objects hold", {
  result <- outcome(quote(t), direct = TRUE)$result
  expect_named(result, c("visible", "value"))
  expect_identical(result$value$values[[3]], c(1, 2, 3))
  expect_identical(result$value$holder[[2]][1:2], c("convert", "pyobj"))
})

test_that("arguments of all kinds arrive the same", {
  expect_same(
    seen(), seen(NULL), seen(TRUE), seen(FALSE), seen(NA), seen(1L), seen(-5L),
    seen(NA_integer_), seen(1), seen(1.5), seen(NaN), seen(NA_real_), seen(Inf), seen(-0),
    seen(2^60), seen("a"), seen(""), seen("\u00fc \u4e2d \U1F600"), seen(NA_character_),
    seen(iconv("\u00fc", "UTF-8", "latin1")), seen(c(1, 2)), seen(1:3), seen(c(TRUE, NA)),
    seen(c("a", NA)), seen(c(1L, NA)), seen(numeric()), seen(character()), seen(logical()),
    seen(integer()), seen(list()), seen(list(1, "a", NULL, TRUE)), seen(list(1, list(2, list()))),
    seen(list(a = 1)), seen(list(1, b = 2)), seen(c(a = 1)), seen(c(a = 1, b = 2)),
    seen(as.list(1:3)), seen(matrix(1:4, 2)), seen(array(1, 1)), seen(1i), seen(as.raw(1:3)),
    seen(factor("a")), seen(as.Date("2020-01-02")), seen(structure(1, class = "odd")),
    seen(structure(list(1), class = "odd")), seen(data.frame(a = 1:2)), seen(seq(2, 10, 2)),
    seen(1, a = 2), seen(a = 1, b = "x", c = NULL), seen(a = list(1)), do.call(seen, stats::setNames(list(1), "\u00fc")),
    seen(t), seen(list(t, 1)), seen(x = t), seen(text), seen(py), seen(torch$float32),
    seen(torch$relu), seen(seen), seen(np$arange(3L)), seen(sum), seen(globalenv())
  )
})

test_that("results of all kinds arrive the same", {
  expect_same(
    give("None"), give("True"), give("False"), give("0"), give("-1"), give("2**31-1"),
    give("-2**31+1"), give("-2**31"), give("2**31"), give("2**40"), give("2**70"), give("1.5"),
    give("float('nan')"), give("float('inf')"), give("-0.0"), give("1j"), give("''"),
    give("'a'"), give("'\\xfc \\u4e2d \\U0001F600'"), give("b'bytes'"), give("bytearray(b'xy')"),
    give("[]"), give("[1]"), give("[1, 2]"), give("[1, 2**40]"), give("[1.5, 2]"),
    give("[1.5, 2.5]"), give("['a', '\\xfc']"), give("[True, False]"), give("[True, 1]"),
    give("[None]"), give("[None, 1]"), give("[[1, 2], [3]]"), give("[1, [2.5], 'a', None]"),
    give("()"), give("(1,)"), give("(1, 2)"), give("(1.5, 'a', None, True)"), give("([1, 2], (3,))"),
    give("{}"), give("{'a': 1}"), give("{'a': [1.5, 2], '\\xfc': None, '': {'b': ()}}"), give("{'a': t, 'b': [t]}"), give("{Text('a'): 1}"), give("{1: 2}"), give("[{'a': 1}, 2]"), give("{1, 2}"),
    give("range(3)"), give("iter([1])"), give("(i for i in range(2))"), give("slice(1, 2)"),
    give("Ellipsis"), give("object"), give("len"), give("lambda x: x"), give("np.float64(1.5)"),
    give("np.int64(3)"), give("np.bool_(True)"), give("np.str_('a')"), give("np.arange(3)"),
    give("np.zeros((2, 2))"), give("Number.ONE"), give("Text('a')"), give("Sequence([1, 2])"),
    give("Pair(1, 2)"), give("Plain(3)"), give("Callable_(3)"), give("ValueError('x')"),
    give("torch.ones(2)"), give("torch.ones(2, 2, dtype=torch.int64)"), give("torch.tensor(3)"),
    give("torch.tensor([])"), give("torch.nn.Parameter(torch.ones(2))"), give("torch.ones(2).shape"),
    give("torch.float32"), give("torch.device('cpu')"), give("torch.strided"), give("torch.nn"),
    give("Tagged(torch.ones(2))"), give("[torch.ones(2)]"), give("(torch.ones(2), 1, [torch.ones(1)])"),
    give("[torch.ones(2), torch.ones(2)]"), give("torch.ones(2).max(0)"), give("datetime.date(2020, 1, 2)"),
    give("torch.nn.Linear(2, 1).in_features"), give("'\\ud800'"), give("'a\\0b'")
  )
})

test_that("errors are the same", {
  expect_same(
    fail("ValueError('x')"), fail("KeyError('k')"), fail("RuntimeError('two\\nlines')"), fail("StopIteration()"),
    fail("Exception()"), fail("Failing('own')"), fail("OSError(2, 'no')"), fail("SystemError('x' * 3000)"),
    fail("UnicodeDecodeError('utf-8', b'a', 0, 1, 'why')"), fail("AssertionError"), fail("NotImplementedError('\\xfc')"),
    fail("ExceptionGroup('g', [ValueError('a')]) if sys.version_info >= (3, 11) else ValueError()"),
    give("1 / 0"), give("["), give("nothing"),
    seen(), give(), strict("1", "2"), give(code = "1"), strict(other = 1), t$nothing, t$add(), t$add("a"), t$add(1, 2, 3),
    t$add(other = 1), t$view(2L), t$reshape(list(2L, 2L)), torch$nothing, torch$nn$nothing, torch$ones("a"),
    torch$zeros(-1L), torch$tensor(1)$backward(), model(1), model(torch$ones(5L)), model$nothing, py$nothing
  )
})

test_that("an exception is the one that was raised, with its traceback and cause", {
  for (direct in c(FALSE, TRUE)) {
    options(pytorchbridge.direct_calls = direct)
    expect_error(scope(direct)$fail("Failing('own')"), "own")
    traceback <- reticulate::py_last_error()$traceback
    expect_length(traceback, 1)
    expect_match(traceback, "in fail")
    expect_error(scope(direct)$fail("chained()"), "second")
    expect_match(reticulate::py_last_error()$message, "first.*direct cause.*second")
  }
  options(pytorchbridge.direct_calls = NULL)
})

test_that("warnings, output and R functions called by Python are the same", {
  expect_same(
    reticulate::py_capture_output(warn("careful"), "stderr"), reticulate::py_capture_output(say("hello")), apply(function(x) x + 1, 2), apply(function(...) list(...), 1, b = 2),
    apply(function(x) stop("from R"), 1), apply(function(x) warning("from R"), 1), apply(function(x) NULL, 1),
    apply(function(x) x, t), apply(function(x) x$add(1), t), apply(function(x) fail("ValueError('in R')"), 1),
    apply(function(x) print("in R"), 1), calls(function() give("1.5"), 3L), calls(function() t$add(1)$sum()$item(), 3L)
  )
})

test_that("`$` of tensors gives the same", {
  expect_same(
    t$dtype, t$device, t$shape, t$ndim, t$is_cuda, t$requires_grad, t$grad, t$grad_fn, t$T, m$T, m$mT, t$data, t$layout,
    t$itemsize, t$nbytes, t$add, t$add_, t$backward, t$numpy, t$tolist, t$`__class__`, t$`__len__`, t$`__doc__`,
    t$`__dict__`, t$real, t$size(), t$size(0L), t$numel(), t$dim(), t$item, m$tolist(), t$tolist(), t$sum()$item(),
    t$int()$sum()$item(), t$gt(1), t$gt(1)$all()$item(), m$max(1L), m$max(), m$sort(dim = 1L), m$split(1L), m$unbind(),
    m$shape[0], m$stride(), t$add(1), t$add(1L), t$add(TRUE), t$add(t), t$add(t, alpha = 2), t$sub(1)$mul(2)$div(3),
    m$sum(dim = 0L), m$sum(dim = list(0L, 1L)), m$sum(dim = c(0L, 1L), keepdim = TRUE), m$reshape(3L, 2L),
    m$reshape(list(3L, -1L)), m$permute(1L, 0L), m$to(torch$float64), m$to("cpu"), m$to(dtype = torch$int64), m$t(),
    m$view(-1L), m$contiguous()$is_contiguous(), m$data_ptr() > 0, t$clone()$add_(1), t$clone()$zero_(), t$numpy(),
    t$`__getitem__`(0L), m$index_select(0L, torch$tensor(list(0L))), t$type(), t$cpu(), t$detach(), t$norm(), t$argmax(),
    t$new_zeros(2L), t$fill_, t$"add"(1), tagged, tagged$add(1), tagged$tag, m$where(m$gt(1), 0), t$equal(t), t$is_leaf,
    t$clone()$requires_grad_()$mul(2)$sum(), t$retain_grad, t$untyped_storage, t$untyped_storage()$nbytes()
  )
})

test_that("torch gives the same", {
  expect_same(
    torch$float32, torch$ones(2L, 3L), torch$zeros(2L), torch$tensor(list(1, 2)), torch$tensor(3), torch$arange(3L),
    torch$relu(t), torch$add(t, 1), torch$nn$functional$relu(t), torch$cat(list(t, t)), torch$stack(list(t, t), dim = 1L),
    torch$where(t$gt(1), t, torch$zeros(3L, dtype = torch$float64)), torch$is_tensor(t), torch$is_grad_enabled(),
    torch$get_default_dtype(), torch$`__version__`, torch$pi, torch$inf, torch$nan, torch$Size, torch$Size(list(1L, 2L)),
    torch$device("cpu"), torch$finfo(torch$float32)$eps, torch$iinfo(torch$int64)$max, torch$nn$Linear, torch$Tensor,
    torch$linalg$norm(t), torch$special$expit(t), torch$einsum("i,i->", t, t), torch$svd(m), torch$unique(m),
    torch$broadcast_shapes(list(1L), list(3L)), torch$full(list(2L), 7L), torch$full(c(2L, 1L), TRUE), torch$no_grad,
    torch$cuda$is_available(), torch$empty(0L), torch$eye(2L), torch$equal(t, t), torch$allclose(t, t$add(1e-9)),
    torch$autograd$grad, torch$utils$data$DataLoader, torch$manual_seed(1L)$initial_seed(), class(torch), class(torch$nn),
    with(torch$no_grad(), t$clone()$requires_grad_()$mul(2)$requires_grad), torch$nn$init, torch$optim$SGD
  )
})

test_that("modules and optimizers give the same", {
  step <- quote({
    torch$manual_seed(1L)
    net <- torch$nn$Sequential(torch$nn$Linear(3L, 4L), torch$nn$ReLU(), torch$nn$Linear(4L, 1L))
    optimizer <- torch$optim$SGD(net$parameters(), lr = 0.1)
    loss <- torch$nn$functional$mse_loss(net(torch$ones(2L, 3L)), torch$zeros(2L, 1L))
    optimizer$zero_grad()
    loss$backward()
    optimizer$step()
    list(net, net[[0]], loss, net(torch$ones(1L, 3L)), optimizer$state_dict()$param_groups[[1]]$lr)
  })
  expect_identical(outcome(step, TRUE), outcome(step, FALSE))
  expect_same(
    model, model(torch$ones(3L)), model$weight, model$bias, model$in_features, model$parameters, model$training,
    model$eval(), model$train(), model$named_parameters(), model$state_dict(), model$`__class__`, model$weight$grad,
    model$forward(torch$ones(3L)), model$zero_grad(), model$to(torch$float64)$float(), model$extra_repr(), model$double()$float()
  )
})

test_that("references are neither lost nor kept", {
  count <- function(object) reticulate::import("sys")$getrefcount(object)
  x <- python()$m
  direct <- as_direct(python()$seen)
  settle <- function() {
    reticulate::py_clear_last_error() # whose traceback holds what it was about
    gc()
    reticulate::import("gc")$collect()
    gc()
  }
  settle()
  before <- count(x)
  for (i in 1:50) {
    direct(x, list(x, 1), named = x)
    x$add(x)
    x$data
    try(x$add(x, "no"), silent = TRUE)
    python()$give("[m, (m, m)]")
  }
  settle()
  expect_equal(count(x), before)
})

test_that("the second result of a type does not ask reticulate", {
  t <- python()$t
  t$add(1)
  same <- the$same
  the$same <- NULL
  on.exit(the$same <- same)
  expect_equal(t$add(1)$sum()$item(), 9)
  expect_identical(t$tolist(), c(1, 2, 3))
})

test_that("what R drops within a call of Python's lives until that is over", {
  watched <- as_direct(python()$watched)
  calls <- as_direct(python()$calls)
  watched("known from here on")
  gc()
  within <- reticulate::r_to_py(function() {
    watched("within")
    gc()
    "within" %in% python()$died()
  })
  expect_false(calls(within, 1L))
  expect_true("within" %in% python()$died())
  watched("outside")
  gc()
  expect_true("outside" %in% python()$died())
})

test_that("a child of a fork leaves references alone and can still call", {
  skip_on_os("windows")
  t <- python()$t
  child <- parallel::mcparallel({
    dropped <- t$add(1)
    rm(dropped)
    gc()
    .Call(ptb_calls_are_direct)
  })
  expect_identical(parallel::mccollect(child)[[1]], FALSE)
})
# nolint end

test_that("an integer beyond C's long disturbs no later call", {
  large <- reticulate::py_eval("2**70", convert = FALSE)
  for (i in 1:2) {
    try(reticulate::py_to_r(large), silent = TRUE) # its value is reticulate's matter
    expect_identical(as_r(torch$ones(2L)$add(1)), c(2, 2))
    expect_identical(as_r(as_tensor(c(1, 2))), c(1, 2))
  }
})
