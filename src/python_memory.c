/*
 * Where the values of a tensor lie, as DLPack tells it in C: PyTorch 2.10 and later have a table of
 * functions for that (https://dmlc.github.io/dlpack/latest/c_api.html), which take a hundredth of
 * the time of its methods. What they do not tell (older PyTorch, subclasses, devices, memory that
 * is not there) `pytorch_bridge.guard` and `.memory` find out, which all of this agrees with. See
 * python.h.
 */
#include "python.h"

/* PyTorch's table; it stays as it is within one major version of DLPack. */
typedef struct {
  struct {
    uint32_t major, minor;
  } version;
  void *previous, *allocate, *from_object;
  int (*to_object)(dl_managed *memory, PyObject **tensor); /* 0, or an exception is set */
  int (*look)(PyObject *tensor, dl_tensor *to);            /* likewise */
  void *stream;
} exchange;

/* Once PyTorch is there. Of an older one `functions` is NULL, and no tensor has a known place. */
static struct {
  int found;
  const exchange *functions;
  PyObject *tensor_type, *is_neg, *untyped_storage, *data_ptr, *nbytes;
  PyObject *mapped; /* a dict, empty as long as no tensor lies in a file that may become shorter */
} torch;

static const exchange *find_exchange(PyObject *tensor_type) {
  PyObject *capsule = attribute_of(tensor_type, "__dlpack_c_exchange_api__");
  const exchange *found =
      capsule == NULL ? NULL : py.PyCapsule_GetPointer(capsule, "dlpack_exchange_api");
  return found == NULL || found->version.major != 1 ? NULL : found;
}

/* Keeps what it finds for good. */
static void find_torch(void) {
  PyObject *module = py.PyImport_ImportModule("torch");
  PyObject *storage_type = attribute_of(module, "UntypedStorage");
  PyObject *files = py.PyImport_ImportModule("pytorch_bridge.files");
  torch.found = 1;
  torch.tensor_type = attribute_of(module, "Tensor");
  torch.is_neg = attribute_of(torch.tensor_type, "is_neg");
  torch.untyped_storage = attribute_of(torch.tensor_type, "untyped_storage");
  torch.data_ptr = attribute_of(storage_type, "data_ptr");
  torch.nbytes = attribute_of(storage_type, "nbytes");
  torch.mapped = attribute_of(files, "MAPPED");
  int all = torch.is_neg && torch.untyped_storage && torch.data_ptr && torch.nbytes && torch.mapped;
  torch.functions = all ? find_exchange(torch.tensor_type) : NULL;
  py.PyErr_Clear();
}

/* Whether a type is the one of most tensors, of which PyTorch's functions tell the truth. */
static int is_tensor_type(PyObject *type) {
  if (!torch.found)
    find_torch();
  return torch.functions != NULL && type == torch.tensor_type;
}

PyObject *type_of(PyObject *object) {
  PyObject *type = py.PyObject_Type(object);
  py.Py_DecRef(type); /* the object keeps it alive */
  return type;
}

/* What a method of no arguments gives: a number, or 0 where it fails. */
static uint64_t number_of(PyObject *method, PyObject *object) {
  PyObject *value = py.PyObject_CallFunctionObjArgs(method, object, NULL);
  if (value == NULL)
    return 0;
  uint64_t number = py.PyLong_AsUnsignedLongLong(value);
  py.Py_DecRef(value);
  return number;
}

/* Whether all elements lie within so many bytes from the first one on. */
static int fits(const dl_tensor *tensor, uint64_t bytes) {
  int64_t size = tensor->bits / 8, room = (int64_t)(bytes / (uint64_t)size) - 1;
  for (int d = 0; d < tensor->ndim; d++) {
    int64_t steps = tensor->shape[d] - 1, stride = tensor->strides[d];
    if (steps < 0 || stride < 0 || (steps > 0 && stride > room / steps))
      return 0;
    room -= steps * stride;
  }
  return room >= 0;
}

/* Under the GIL. Whether a tensor's shape is told here; and if so, that. */
int find_shape(PyObject *tensor, dl_tensor *to) {
  if (!is_tensor_type(type_of(tensor)))
    return 0;
  int found = torch.functions->look(tensor, to) == 0;
  forget_failure();
  return found && to->ndim <= MAX_DIMS;
}

/*
 * Under the GIL, and valid as long as it is held. Whether a tensor's values lie in memory that is
 * there, for certain; and if so, where. They may be negative or conjugate views.
 */
int find_memory(PyObject *tensor, dl_tensor *to) {
  int found = find_shape(tensor, to) && to->device_type == DL_CPU && to->data && to->lanes == 1 &&
              to->bits % 8 == 0 && to->bits > 0 && py.PyDict_Size(torch.mapped) == 0;
  PyObject *storage =
      found ? py.PyObject_CallFunctionObjArgs(torch.untyped_storage, tensor, NULL) : NULL;
  if (storage != NULL) {
    uint64_t start = number_of(torch.data_ptr, storage), size = number_of(torch.nbytes, storage);
    uint64_t address = (uint64_t)(uintptr_t)to->data + to->byte_offset;
    to->data = (char *)to->data + to->byte_offset;
    found = start <= address && address <= start + size && fits(to, start + size - address);
    py.Py_DecRef(storage);
  }
  forget_failure();
  return found && storage != NULL;
}

/* Whether import_memory() is there, as far as is known yet. */
int can_import_memory(void) { return torch.functions != NULL; }

/* A tensor on memory that is handed over to it; NULL if that fails. */
PyObject *import_memory(dl_managed *memory) {
  PyObject *tensor = NULL;
  if (torch.functions->to_object(memory, &tensor) == 0)
    return tensor;
  forget_failure();
  return NULL;
}

/* Whether a tensor holds its values as they are. */
int is_resolved(PyObject *tensor, const dl_tensor *memory) {
  if (memory->code == DL_COMPLEX)
    return 0;
  PyObject *is_neg = py.PyObject_CallFunctionObjArgs(torch.is_neg, tensor, NULL);
  if (is_neg == NULL) {
    forget_failure();
    return 0;
  }
  py.Py_DecRef(is_neg); /* True and False are there for good */
  return is_neg == py.false_;
}

/* ---- arguments ------------------------------------------------------------------------------- */

static int is_bare(PyObject *object, PyObject *type) {
  return object == py.none || type == py.float_type || type == py.str_type || type == py.int_type ||
         type == py.bool_type;
}

/* Whether there is no tensor in a list or tuple but such as find_memory() finds: see `guard`. */
static int all_parts_there(PyObject *parts, int is_list) {
  enum { FEW = 8 };
  Py_ssize_t n = is_list ? py.PyList_Size(parts) : py.PyTuple_Size(parts);
  for (Py_ssize_t i = 0; i < n && i < FEW; i++) {
    PyObject *part = is_list ? py.PyList_GetItem(parts, i) : py.PyTuple_GetItem(parts, i);
    PyObject *type = type_of(part);
    dl_tensor memory;
    if (!is_bare(part, type) && type != py.list_type &&
        (n > FEW || !is_tensor_type(type) || !find_memory(part, &memory)))
      return 0;
  }
  return 1;
}

/* Under the GIL. Whether `pytorch_bridge.guard` has nothing to say about a call's arguments. */
int all_there(PyObject *arguments) {
  Py_ssize_t n = py.PyTuple_Size(arguments);
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *argument = py.PyTuple_GetItem(arguments, i);
    PyObject *type = type_of(argument);
    dl_tensor memory;
    int there = is_bare(argument, type) || (is_tensor_type(type) && find_memory(argument, &memory));
    if (!there && type == py.list_type)
      there = all_parts_there(argument, 1);
    else if (!there && type == py.tuple_type)
      there = all_parts_there(argument, 0);
    if (!there)
      return 0;
  }
  return 1;
}

/* Under the GIL. Whether something is a float, or a tensor of floats whose memory is there. */
int is_of_floats(PyObject *object) {
  PyObject *type = type_of(object);
  dl_tensor memory;
  return type == py.float_type || (is_tensor_type(type) && find_memory(object, &memory) &&
                                   (memory.code == DL_FLOAT || memory.code == DL_BFLOAT));
}
