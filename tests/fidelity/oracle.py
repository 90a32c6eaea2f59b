"""Judges conversions by Python's integers, fractions and bits; knows nothing of the package.

A value is a pair (real, imaginary) of Python ints and floats, which compare exactly with each other
and keep all bits; None is a missing value. R writes its values as text: "i" and decimals, "d" and
the 16 hexadecimal digits of a double's bits, "c" and two such, "NA". A vector or array is
"type|dim|values", its values in R's order. Tensors are read by PyTorch itself.
"""

import contextlib
import functools
import math
import struct
import sys
import warnings
from fractions import Fraction

import numpy as np
import torch

warnings.simplefilter("ignore")  # complex32 is experimental, sparse CSR a beta

NA_WORD = 1954  # the low word of R's NA among the NaN
QUIET = 1 << 51
NAMES = ["bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
NAMES += ["float16", "bfloat16", "float32", "float64"]
NAMES += [f"float8_{kind}" for kind in ("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu")]
NAMES += ["complex32", "complex64", "complex128"]
DTYPES = [name for name in NAMES if hasattr(torch, name)]
WIDE = {"float64", "complex128"}  # these hold a double's bits
HALF = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}
CODES = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
# What the design says: the dtype that an R type has, and the R type that a dtype has.
DTYPE_OF = {"logical": "bool", "raw": "uint8", "complex": "complex128"}
DTYPE_OF |= dict.fromkeys(["integer", "integer64", "factor"], "int64")
DTYPE_OF |= dict.fromkeys(["double", "Date", "POSIXct", "difftime"], "float64")
TYPE_OF = {"bool": "logical", **dict.fromkeys(HALF, "complex")}
TYPE_OF |= dict.fromkeys(["uint8", "int8", "int16", "uint16", "int32"], "integer")
RANGE_OF = {
    "logical": (0, 1),
    "integer": (1 - 2**31, 2**31 - 1),  # R's lowest is NA
    "raw": (0, 255),
    "integer64": (1 - 2**63, 2**63 - 1),
}


def versions():
    found = {"Python": sys.version.split()[0], "NumPy": np.__version__}
    return {**found, "PyTorch": torch.__version__.partition("+")[0]}


# ---- values --------------------------------------------------------------------------------------


def bits_of(number):
    return struct.unpack(">Q", struct.pack(">d", number))[0]


def double_of(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]


@functools.lru_cache(None)
def value_of(text):
    kind, rest = text[0], text[1:]
    if text == "NA":
        return None
    if kind == "c":
        return tuple(double_of(part) for part in rest.split(","))
    return (int(rest) if kind == "i" else double_of(rest)), 0.0


def is_nan(number):
    return isinstance(number, float) and math.isnan(number)


def same(wanted, got, wide):
    """Whether two numbers are one; wide: a NaN must have the same bits, and else not be R's NA."""
    if is_nan(wanted) or is_nan(got):
        if not (is_nan(wanted) and is_nan(got)):
            return False
        if wide:
            return bits_of(wanted) | QUIET == bits_of(got) | QUIET
        return bits_of(got) & 0xFFFFFFFF != NA_WORD
    if isinstance(wanted, float) and isinstance(got, float) and wanted == 0 == got:
        return math.copysign(1, wanted) == math.copysign(1, got)
    return wanted == got


def same_pair(wanted, got, wide):
    if wanted is None or got is None:
        return False
    return all(same(w, g, wide) for w, g in zip(wanted, got))


def read(obj):
    """The shape of a tensor or array and its values in R's order."""
    if isinstance(obj, np.ndarray):
        obj = torch.from_numpy(np.array(obj))  # a copy, without negative strides
    obj = obj.detach()
    flat = (obj if obj.layout == torch.strided else dense(obj)).permute(list(range(obj.ndim))[::-1])
    if obj.is_complex():
        flat = flat.to(torch.complex128)
        found = [(z.real, z.imag) for z in flat.reshape(-1).tolist()]
    else:
        flat = flat.to(torch.float64) if obj.is_floating_point() else flat
        found = [(number, 0.0) for number in flat.reshape(-1).tolist()]
    return tuple(obj.shape), found


def dense(sparse):
    """What lies where, by the definition of the layouts: to_dense() does not know every dtype."""
    if sparse.layout == torch.sparse_coo:
        rows, columns = sparse._indices().tolist()
        values = sparse._values()
    else:
        by_row = sparse.layout == torch.sparse_csr
        starts = (sparse.crow_indices() if by_row else sparse.ccol_indices()).tolist()
        inner = (sparse.col_indices() if by_row else sparse.row_indices()).tolist()
        outer = [i for i in range(len(starts) - 1) for _ in range(starts[i], starts[i + 1])]
        rows, columns = (outer, inner) if by_row else (inner, outer)
        values = sparse.values()
    # Not every dtype has a zero, and those that are wider read the same.
    wide = torch.float64 if sparse.is_floating_point() else sparse.dtype
    result = torch.zeros(tuple(sparse.shape), dtype=wide)
    for row, column, value in zip(rows, columns, values.to(wide)):
        result[row, column] = value
    return result


# ---- what must arrive ----------------------------------------------------------------------------


@functools.lru_cache(None)
def limits(dtype):
    """The largest number of a floating dtype, and how far the next would be."""
    if not dtype.is_floating_point:
        return None
    size = torch.empty(0, dtype=dtype).element_size()
    largest = torch.tensor([torch.finfo(dtype).max], dtype=torch.float64).to(dtype)
    before = (largest.view(CODES[size]) - 1).view(dtype)
    largest, before = (Fraction(x.to(torch.float64).item()) for x in (largest, before))
    return largest, largest - before


def in_range(number, dtype):
    """Whether a finite number rounds to a finite one, by way of float32 as in PyTorch's to()."""
    number = abs(Fraction(number))
    for each in {torch.float64: [dtype]}.get(dtype, [torch.float32, dtype]):
        largest, step = limits(each)
        if number > largest:
            number = round(number / step) * step
        if number > largest:
            return False
    return True


def to_real(number, name, named):
    """What a number must be in a real dtype; None where it has no place there.

    named: asked for by name, so PyTorch's own rounding and truncation are allowed.
    """
    dtype = getattr(torch, name)
    if name == "bool":
        truth = int(number != 0)
        return truth if not is_nan(number) and (named or truth == number) else None
    if not dtype.is_floating_point:
        if not math.isfinite(number):
            return None
        whole, limits_of = math.trunc(number), torch.iinfo(dtype)
        fits = limits_of.min <= whole <= limits_of.max and (named or whole == number)
        return whole if fits else None
    if is_nan(number):
        return number
    if name == "float8_e8m0fnu" and number < 2.0**-127:  # it has no sign and no zero
        return None
    source = torch.tensor([number], dtype=torch.int64 if type(number) is int else torch.float64)
    found = source.to(dtype).to(torch.float64).item()
    if isinstance(number, float) and math.isinf(number):
        return number if found == number else None
    if not in_range(number, dtype):
        return None
    return found if named or found == number else None


@functools.lru_cache(None)  # by text, which tells 0 from -0 and 1 from 1.0
def to_dtype(text, name, named):
    value = value_of(text)
    if value is None:
        return None
    re, im = value
    if name in HALF:
        pair = tuple(to_real(part, HALF[name], named) for part in value)
        return None if None in pair else pair
    if name == "bool" and im != 0:
        re = math.nan if is_nan(re) or is_nan(im) else 1
    elif im != 0 and not (is_nan(re) and is_nan(im)):
        return None
    found = to_real(re, name, named)
    return None if found is None else (found, 0.0)


def to_r(value, r_type):
    """What a value of a dtype must be in an R type; None where it has no place there."""
    re, im = value
    if r_type == "complex":
        return None if beyond_double(re) else value
    if im != 0 and not (is_nan(re) and is_nan(im)):
        return None
    if r_type == "double":
        return None if beyond_double(re) else (re, 0.0)
    if isinstance(re, float) and not (math.isfinite(re) and re == math.trunc(re)):
        return None
    low, high = RANGE_OF[r_type]
    return (int(re), 0.0) if low <= re <= high else None


def beyond_double(number):
    return isinstance(number, int) and abs(number) > 2**53


# ---- verdicts ------------------------------------------------------------------------------------


def judge_tensors(truths, dtypes, tensors, ours):
    """A verdict on each conversion from R.

    truths: what R held; dtypes: what was asked for, "" for nothing; tensors: what came of it, a
    text ("refused", or what failed) where nothing did. ours: held to the design's rules too (the
    dtype, the shape, and that nothing is refused without need); others are only asked for values.
    """
    return [
        judge_tensor(*case, ours) for case in zip(truths.split("\n"), dtypes.split("\n"), tensors)
    ]


def judge_tensor(truth, dtype, tensor, ours):
    r_type, dim, texts = parts_of(truth)
    name = dtype or DTYPE_OF.get(r_type)
    if isinstance(tensor, str):
        wanted = [to_dtype(text, name, dtype != "") for text in texts]
        return refusal(tensor, wanted, ours)
    if not isinstance(tensor, torch.Tensor):
        return "refused"
    found = str(tensor.dtype).partition(".")[2]
    shape, got = read(tensor)
    wanted = [to_dtype(text, found, dtype != "") for text in texts]
    if found != (dtype or (name if ours else found)) or not same_shape(dim, shape, ours):
        return f"changed: {found} of shape {list(shape)}"
    return difference(wanted, got, found in WIDE, texts)


def judge_vectors(dtypes, types, tensors, vectors, ours):
    """A verdict on each conversion to R; vectors: texts of R's values, or of what failed."""
    cases = zip(dtypes.split("\n"), types.split("\n"), tensors, vectors.split("\n"))
    return [judge_vector(*case, ours) for case in cases]


def judge_vector(dtype, r_type, tensor, vector, ours):
    shape, values = read(tensor)
    sparse = isinstance(tensor, torch.Tensor) and tensor.layout != torch.strided
    r_type = r_type or TYPE_OF.get(dtype, "double")
    wanted = [to_r(value, r_type) if ours else value for value in values]
    if "|" not in vector:
        # The package Matrix has logical and double ones only.
        if sparse and r_type not in ("logical", "integer", "double"):
            return "refused"
        return refusal(vector, wanted, ours)
    found, dim, texts = parts_of(vector)
    if sparse and r_type == "integer":
        r_type = "double"
    if (ours and found != r_type) or not same_shape(dim, shape, ours):
        return f"changed: {found} of dim {list(dim)}"
    return difference(wanted, [value_of(text) for text in texts], dtype in WIDE, values)


def parts_of(text):
    r_type, dim, values = text.split("|")
    dim = tuple(int(n) for n in dim.split("x"))
    return r_type, dim, values.split()


def same_shape(dim, shape, ours):
    if not ours:  # a vector of one value may be 0-d, and a vector may have a dim
        return [n for n in dim if n != 1] == [n for n in shape if n != 1]
    return dim == shape or (len(dim) == 1 and shape == ())


def refusal(what, wanted, ours):
    if not ours:
        return "refused"
    if what != "refused":
        return f"failed: {what}"
    return "refused" if None in wanted else "refused without need"


def difference(wanted, got, wide, source):
    if len(wanted) != len(got):
        return f"changed: {len(got)} values of {len(wanted)}"
    for i, pair in enumerate(zip(wanted, got)):
        if not same_pair(*pair, wide):
            return f"changed: {source[i]} is {got[i]}, not {pair[0]}"
    return "exact"


# ---- tensors to bring to R -----------------------------------------------------------------------

WHOLE = [0, 1, 2, 100, 127, 128, 255, 256, 300, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1]
WHOLE += [2**40, 2**53 - 1, 2**53, 2**53 + 1, 2**60 + 1, 2**63 - 1, 2**63, 2**64 - 1]
WHOLE += [-n for n in WHOLE if n] + [-(2**63) + 1]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 1 / 3, 255.0, 256.0, 300.0, -200.0, 65504.0, 2.0**24 + 1]
FLOATS += [2.0**31 - 1, 2.0**31, -(2.0**31), 2.0**40, 2.0**53, 2.0**53 + 2, 2.0**63, -(2.0**63)]
FLOATS += [1e300, 5e-324, 2.0**-1030, 1e-40, 2.0**-24, 2.0**-133, math.inf, -math.inf, math.nan]
NANS = [0x7FF00000000007A2, 0x7FF80000000007A2, 0xFFF8000000000000, 0x7FF8000000000123]
PARTS = [0.0, -0.0, 1.0, 1.5, 300.0, 2.0**31, math.inf, math.nan]


def edges(name):
    """Tensors of one value each, no two with the same bits."""
    dtype = getattr(torch, name)
    if dtype.is_complex:
        half = getattr(torch, HALF[name])
        pairs = [(re, im) for re in PARTS for im in (0.0, -0.0, 2.5, math.nan)]
        found = [torch.view_as_complex(torch.tensor([p]).to(half)) for p in pairs]
        if name == "complex128":
            found += [torch.complex(x, x).reshape(1) for x in nans()]
        return found
    if not dtype.is_floating_point:
        low, high = (0, 1) if name == "bool" else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
        numbers = sorted({n for n in [*WHOLE, low, high] if low <= n <= high})
        return [torch.from_numpy(np.array([n], dtype=name)) for n in numbers]
    size = torch.empty(0, dtype=dtype).element_size()
    found = [torch.tensor([x], dtype=torch.float64).to(dtype) for x in FLOATS]
    found += [torch.tensor([x], dtype=CODES[size]).view(dtype) for x in (1, 2, 64, 127)]
    found += [x.to(dtype) for x in (nans() if name == "float64" else [])]
    return list({x.view(CODES[size]).item(): x for x in found}.values())


def nans():
    return [torch.tensor([double_of(f"{code:016x}")], dtype=torch.float64) for code in NANS]


def layouts(edge):
    """The value in a 2 x 3 matrix among ones, in each layout of its dtype; 0-d and 1-d too."""
    matrix = torch.ones(6, dtype=torch.uint8).to(edge.dtype)
    matrix[4:5].copy_(edge)
    matrix[1:2].copy_(torch.zeros(1, dtype=torch.uint8).to(edge.dtype))
    matrix = matrix.reshape(2, 3)
    yield "contiguous", matrix
    yield "vector", matrix.reshape(-1)
    yield "0-d", edge.reshape(())
    yield "transposed", matrix.t().contiguous().t()
    spread = torch.zeros(5, 9, dtype=torch.uint8).to(edge.dtype)[1::2, 1::3]
    spread.copy_(matrix)
    yield "sliced", spread
    yield "expanded", edge.reshape(1, 1).expand(2, 3)
    yield "3-d permuted", torch.stack([matrix, matrix.flip(0)]).permute(2, 0, 1)
    if edge.is_floating_point() or edge.is_complex():
        yield "requires_grad", matrix.clone().requires_grad_()
    if edge.is_complex():
        yield "conjugate", matrix.conj()
    if str(edge.dtype)[6:] in HALF.values():
        yield "negative", torch.view_as_complex(torch.stack([matrix, matrix], -1)).conj().imag
    if edge.dtype not in (torch.bfloat16, torch.complex32) and "float8" not in str(edge.dtype):
        yield "flipped NumPy", np.flip(np.flip(matrix.numpy()).copy())
    for to_sparse in ("to_sparse", "to_sparse_csr", "to_sparse_csc"):
        with contextlib.suppress(RuntimeError):  # not of every dtype
            yield to_sparse[3:], getattr(matrix, to_sparse)()


def tensors(name):
    """The tensors and arrays of a dtype, and what each is."""
    found = [
        (f"{layout}, {read(edge)[1][0]}", t) for edge in edges(name) for layout, t in layouts(edge)
    ]
    for shape in ((0,), (0, 3), (2, 0, 3)):
        found.append((f"empty {list(shape)}", torch.empty(shape, dtype=getattr(torch, name))))
    return found
