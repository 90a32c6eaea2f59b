"""One tensor of every dtype, layout and kind that can be saved, and whether two are the same."""

import warnings

import torch

warnings.simplefilter("ignore")  # prototypes and betas say so

DTYPES = sorted(
    name
    for name in dir(torch)
    if isinstance(getattr(torch, name), torch.dtype)
    and str(getattr(torch, name)) == f"torch.{name}"
    and not name.startswith(("q", "bit", "int1_", "uint1_"))
    and name not in [f"{kind}{bits}" for kind in ("int", "uint") for bits in range(1, 8)]
)
GENERATOR = torch.Generator().manual_seed(1)


def of_dtype(name, *shape):
    """Bits of all kinds, but a bool's are 0 and 1."""
    dtype = getattr(torch, name)
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, generator=GENERATOR, dtype=torch.uint8).bool()
    size = torch.empty(0, dtype=dtype).element_size()
    lengths = [*shape[:-1], shape[-1] * size]
    return torch.randint(0, 256, lengths, generator=GENERATOR, dtype=torch.uint8).view(dtype)


def specimens():
    GENERATOR.manual_seed(1)
    found = {f"dtype {name}": of_dtype(name, 3, 4) for name in DTYPES}
    x = torch.randn(4, 6, generator=GENERATOR)
    z = torch.randn(4, 4, generator=GENERATOR, dtype=torch.complex64)
    sparse = torch.tensor([[0.0, 1.5], [2.5, 0.0]])
    found |= {
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3, dtype=torch.int16),
        "no storage": torch.empty(0),
        "transposed": x.t(),
        "sliced": x[1:3, ::2],
        "expanded": torch.arange(3).expand(4, 3),
        "channels last": torch.arange(120.0)
        .reshape(2, 3, 4, 5)
        .to(memory_format=torch.channels_last),
        "requires grad": torch.ones(3, requires_grad=True),
        "not a leaf": torch.ones(3, requires_grad=True) * 2,
        "parameter": torch.nn.Parameter(torch.randn(3, generator=GENERATOR)),
        "frozen parameter": torch.nn.Parameter(torch.zeros(2), requires_grad=False),
        "conjugate": z.conj(),
        "negative": z.conj().imag,
        "quantized": torch.quantize_per_tensor(x, 0.1, 3, torch.qint8),
        "quantized uint8": torch.quantize_per_tensor(x, 0.1, 3, torch.quint8),
        "quantized int32": torch.quantize_per_tensor(x, 0.1, 3, torch.qint32),
        "by channel": torch.quantize_per_channel(
            x, torch.tensor([0.1, 0.2, 0.3, 0.4]).double(), torch.arange(4), 0, torch.qint8
        ),
        "coo": sparse.to_sparse(),
        "coo, twice the same": torch.sparse_coo_tensor([[0, 0], [1, 1]], [1.0, 2.0], (2, 2)),
        "coo, dense part": torch.sparse_coo_tensor([[0, 1]], torch.ones(2, 3), (2, 3)),
        "csr": sparse.to_sparse_csr(),
        "csc": sparse.to_sparse_csc(),
        "bsr": torch.ones(4, 4).to_sparse_bsr((2, 2)),
        "bsc": torch.ones(4, 4).to_sparse_bsc((2, 2)),
        "csr requires grad": sparse.to_sparse_csr().requires_grad_(),
        "meta": torch.empty(3, 4, device="meta"),
    }
    return found


def dense_parts(x):
    x = x.detach()
    if x.layout == torch.strided:
        return [x]
    if x.layout == torch.sparse_coo:
        return [x._indices(), x._values()]
    rows = x.layout in (torch.sparse_csr, torch.sparse_bsr)
    indices = [x.crow_indices(), x.col_indices()] if rows else [x.ccol_indices(), x.row_indices()]
    return [*indices, x.values()]


def told(x):
    """All that is to be known of a tensor, its bits included."""
    facts = [type(x), x.layout, x.dtype, tuple(x.shape), x.device, x.requires_grad, x.is_leaf]
    facts += [x.is_coalesced() if x.layout == torch.sparse_coo else None]
    for part in dense_parts(x):
        facts += [part.dtype, tuple(part.shape), part.stride(), part.storage_offset()]
        facts += [part.is_conj(), part.is_neg(), part.untyped_storage().nbytes()]
        if part.is_quantized:
            facts += [repr(part.qscheme()), part.int_repr().tolist()]
            if part.qscheme() == torch.per_tensor_affine:
                facts += [part.q_scale(), part.q_zero_point()]
            else:
                facts += [part.q_per_channel_axis(), part.q_per_channel_scales().tolist()]
                facts += [part.q_per_channel_zero_points().tolist()]
        if not part.is_meta:
            storage = part.untyped_storage()
            facts += [bytes(storage.tolist()) if storage.nbytes() else b""]
    return facts


def differences(name, x):
    """Those of the facts that are not as they were; whether a tensor is a leaf is not kept."""
    there, here = told(specimens()[name]), told(x)
    if name == "not a leaf":
        there[6] = True
    return [f"{a} became {b}" for a, b in zip(there, here) if a != b]


def share_storages(x, y):
    """Whether each part of two tensors is on the same memory."""
    parts = zip(dense_parts(x), dense_parts(y))
    return all(
        a.untyped_storage()._cdata == b.untyped_storage()._cdata
        or a.untyped_storage().nbytes() == 0
        or a.is_meta
        for a, b in parts
    )
