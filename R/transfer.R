# Where R's memory and Python's meet. Python says where values lie (`pytorch_bridge.transfer`), C moves
# them (src/), and this file puts the two together. A layout is one double vector: the address, then the
# shape, then the strides in bytes.

# ---- to tensors -----------------------------------------------------------------------------------

# A new tensor with these values (see values_of()); `asked`: see asked_for().
new_tensor <- function(values, asked, missing) {
  if (missing$rule == "nan" && is.null(asked$dtype) && values$storage == "integer64") {
    check_exact_in_double(values$numbers, "x")
  }
  sent <- send_values(values, asked, missing)
  if (!is.null(sent)) {
    return(sent)
  }
  memory <- new_memory(values$r_type, values$shape, asked, missing$rule == "nan")
  fill_memory(memory$layout, memory$dtype, values, missing)
  finish_tensor(memory$tensor, asked)
}

# The tensor of large values that go to a device as they lie; NULL for others.
send_values <- function(values, asked, missing) {
  if (is_on_cpu(asked$device) || missing$rule == "value" || length(values$numbers) < LARGE) {
    return(NULL)
  }
  call_bridge(
    "remote.send", values$storage, values$r_type, .Call(ptb_address, values$numbers), values$shape, asked$dtype,
    asked$order, missing$rule, asked$device, asked$requires_grad
  )
}

LARGE <- 2^16 # elements; below, it is not worth a question

new_memory <- function(r_type, shape, asked, with_nan) {
  device <- if (!is_on_cpu(asked$device)) asked$device
  found <- call_bridge(
    "transfer.new_memory", r_type, shape, asked$dtype, asked$order, with_nan, device, asked$requires_grad
  )
  # A tensor that comes within a list is not counted for R's collector by itself.
  list(tensor = .Call(ptb_tensor_arrived, found[[1]]), dtype = found[[2]], layout = found[[3]])
}

fill_memory <- function(layout, dtype, values, missing, name = "x") {
  misfits <- .Call(ptb_fill_memory, values$numbers, values$storage, dtype, layout, missing$rule, missing$value)
  if (!is.null(misfits)) {
    abort_fill(values$numbers, misfits, dtype, missing, values$shape, name)
  }
}

# What is on the CPU is finished when it is made.
finish_tensor <- function(tensor, asked) {
  if (is_on_cpu(asked$device)) tensor else call_bridge("transfer.finish", tensor, asked$device, asked$requires_grad)
}

is_on_cpu <- function(device) is.null(device) || identical(device, "cpu")

# A tensor on the memory of the values, which it keeps alive. Python takes the loan and returns it, even
# when the call fails; if it is never called, the loan ends with this call's environment.
borrow <- function(values, asked) {
  x <- values$numbers
  check_can_be_lent(x, values)
  shape <- as.list(values$shape)
  viewed <- .Call(ptb_view_owner, x)
  address <- .Call(ptb_address, x)
  loan <- .Call(ptb_lend, x, environment())
  call_bridge(
    "sharing.borrow", values$storage, address, shape, loan, asked$dtype, asked$device, asked$requires_grad, viewed
  )
}

check_can_be_lent <- function(x, values) {
  if (values$is_copy) {
    check_copied(FALSE, paste("A", values$r_type))
  }
  if (values$storage == "logical") {
    abort("sharing", "An R logical takes 4 bytes and a bool 1, so they cannot share memory.\n", "Use copy = TRUE.")
  }
  if (!.Call(ptb_can_be_lent, x)) {
    abort(
      "sharing", "R keeps `x` in a form of its own (such as 1:10, or what sort() returns), which must not change.\n",
      "Make an ordinary vector first, x <- ", if (is.raw(x)) "x | as.raw(0)" else "x + 0L",
      ", or use copy = TRUE."
    )
  }
}

# ---- to R -----------------------------------------------------------------------------------------

# A vector or array of the values that `found` (of `pytorch_bridge.structures.read`) describes: a view of
# them, or a copy. x: what they are values of; asked: see unpack().
vector_from_memory <- function(found, x, asked) {
  check_shape_in_r(layout_shape(found$layout))
  keep_na <- asked$na == "keep"
  if (found$is_view) {
    view <- .Call(ptb_view, found$r_type, found$layout, found$owner, asked$dim_from)
    if (isFALSE(asked$copy) || keep_na || !has_missing_integer(view)) {
      return(view)
    }
  }
  type <- if (is.null(asked$type)) found$r_type else asked$type
  result <- .Call(ptb_read_memory, type, found$dtype, found$layout, keep_na, asked$dim_from)
  if (is.list(result)) {
    abort_read(if (is.null(found$owner)) x else found$owner, result, found, type)
  }
  result
}

# As vector_from_memory(), of what `found` (the kind "remote") describes on a device.
vector_from_device <- function(found, x, asked) {
  shape <- unlist(found$shape)
  check_shape_in_r(shape)
  result <- .Call(ptb_new_vector, found$r_type, shape, asked$dim_from)
  keep_na <- asked$na == "keep"
  if (call_bridge("remote.fetch", found$owner, .Call(ptb_address, result), found$r_type, keep_na)) {
    return(result)
  }
  unpack(call_bridge("remote.read", found$owner), x, asked)
}

layout_shape <- function(layout) layout[1 + seq_len((length(layout) - 1) / 2)]

MAX_DIMS <- 64L # as in src/pytorchbridge.h

# R counts along each of several dimensions with integers.
check_shape_in_r <- function(shape) {
  if (length(shape) > MAX_DIMS) {
    abort(
      "dtype", "A tensor of ", length(shape), " dimensions is more than ", MAX_DIMS, "; flatten or reshape it first."
    )
  }
  if (prod(shape) > 2^52) {
    abort("dtype", "A tensor of ", format(prod(shape)), " elements is more than an R vector can have, 2^52.")
  }
  if (length(shape) > 1 && any(shape > .Machine$integer.max)) {
    abort(
      "dtype", "A dimension of ", format(max(shape), scientific = FALSE), " is longer than R's arrays can have, ",
      .Machine$integer.max, ".\n", "Flatten the tensor first: x$flatten()."
    )
  }
}
