/*
 * A stand-in accelerator: two devices, "standin:0" and "standin:1", for tests on machines without
 * one.
 *
 * A block is reserved twice as long as it is. Its first half has the address that tensors show, and
 * nobody may read or write there; the second half holds the values, and only this file goes there.
 * So a conversion that takes a device's memory for the host's dies at once, as it would give
 * nonsense or die with a real device. Operations run on the CPU, on copies (PyTorch's CPU
 * fallback).
 *
 * A copy between a device and pinned memory that need not be waited for is made as late as can be:
 * when an event after it is waited for, or anything else is done on a device. So what does not
 * wait where it must finds old values.
 *
 * Each device can be given a limit of bytes, beyond which an allocation fails as CUDA's does, and
 * all can be made to refuse float64, as Apple's MPS does.
 */
#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/NativeFunctions.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace {

constexpr c10::DeviceType STANDIN = c10::DeviceType::PrivateUse1;
constexpr int DEVICES = 2;

thread_local c10::DeviceIndex current = 0;
bool refuses_float64 = false;

/* ---- memory ------------------------------------------------------------------------------------
 */

struct Block {
  size_t half;  /* bytes of each half, whole pages */
  size_t bytes; /* that were asked for */
  c10::DeviceIndex device;
};

std::mutex lock;
constexpr size_t NO_LIMIT = (size_t)1 << 40; /* bytes: more than any test asks for */
std::map<uintptr_t, Block> blocks;
size_t allocated[DEVICES], peak[DEVICES], limit[DEVICES] = {NO_LIMIT, NO_LIMIT};

void release(void *address) {
  std::lock_guard<std::mutex> held(lock);
  auto found = blocks.find((uintptr_t)address);
  if (found == blocks.end())
    return;
  allocated[found->second.device] -= found->second.bytes;
  munmap(address, 2 * found->second.half);
  blocks.erase(found);
}

void *reserve(size_t bytes, c10::DeviceIndex device) {
  std::lock_guard<std::mutex> held(lock);
  if (bytes > limit[device] - std::min(allocated[device], limit[device]))
    TORCH_CHECK_WITH(OutOfMemoryError, false, "standin out of memory. Tried to allocate ", bytes,
                     " bytes; ", allocated[device], " of ", limit[device], " are in use");
  size_t page = (size_t)sysconf(_SC_PAGESIZE), half = (bytes + page - 1) / page * page;
  void *address = mmap(nullptr, 2 * half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TORCH_CHECK(address != MAP_FAILED, "standin: mmap failed");
  mprotect((char *)address + half, half, PROT_READ | PROT_WRITE);
  blocks[(uintptr_t)address] = {half, bytes, device};
  allocated[device] += bytes;
  peak[device] = std::max(peak[device], allocated[device]);
  return address;
}

/* Where the values of an address are that tensors show. */
void *values_at(const void *address) {
  if (address == nullptr)
    return nullptr;
  std::lock_guard<std::mutex> held(lock);
  auto block = blocks.upper_bound((uintptr_t)address);
  TORCH_CHECK(block != blocks.begin(), "standin: no memory of its own");
  --block;
  return (char *)address + block->second.half;
}

struct StandInAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    c10::Device device(STANDIN, current);
    void *address = bytes == 0 ? nullptr : reserve(bytes, current);
    return {address, address, &release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void *to, const void *from, size_t n) const override {
    memcpy(values_at(to), values_at(from), n);
  }
};

/* Memory of the host that counts as pinned. */
std::map<uintptr_t, size_t> pinned;

void unpin(void *address) {
  std::lock_guard<std::mutex> held(lock);
  pinned.erase((uintptr_t)address);
  free(address);
}

struct PinnedAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    void *address = aligned_alloc(64, (bytes + 64) / 64 * 64);
    std::lock_guard<std::mutex> held(lock);
    pinned[(uintptr_t)address] = bytes;
    return {address, address, &unpin, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &unpin; }
  void copy_data(void *to, const void *from, size_t n) const override { memcpy(to, from, n); }
};

PinnedAllocator pinned_allocator;

StandInAllocator allocator;
REGISTER_ALLOCATOR(STANDIN, &allocator);

/* ---- devices -----------------------------------------------------------------------------------
 */

struct StandInGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return STANDIN; }
  c10::Device getDevice() const override { return {STANDIN, current}; }
  c10::DeviceIndex deviceCount() const noexcept override { return DEVICES; }
  void setDevice(c10::Device device) const override { current = device.index(); }
  void uncheckedSetDevice(c10::Device device) const noexcept override { current = device.index(); }
  c10::Device exchangeDevice(c10::Device device) const override {
    c10::Device before = getDevice();
    if (device.has_index()) {
      TORCH_CHECK(device.index() < DEVICES, "standin: there is no device ", device);
      current = device.index();
    }
    return before;
  }
  c10::Stream getStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  c10::Stream getDefaultStream(c10::Device device) const override { return getStream(device); }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    return getStream(stream.device());
  }
  bool queryStream(const c10::Stream &) const override { return true; }
  void synchronizeStream(const c10::Stream &) const override {}
  void synchronizeDevice(const c10::DeviceIndex) const override {}
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, StandInGuard);

void catch_up(int64_t until);

struct StandInHooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return DEVICES; }
  c10::DeviceIndex getCurrentDevice() const override { return current; }
  void setCurrentDevice(c10::DeviceIndex device) const override { current = device; }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex device) const override {
    return std::exchange(current, device);
  }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex device) const override {
    return exchangeDevice(device);
  }
  c10::Allocator *getPinnedMemoryAllocator() const override { return &pinned_allocator; }
  bool isPinnedPtr(const void *address) const override {
    std::lock_guard<std::mutex> held(lock);
    auto found = pinned.upper_bound((uintptr_t)address);
    return found != pinned.begin() &&
           (uintptr_t)address - std::prev(found)->first <= std::prev(found)->second;
  }
  void resizePrivateUse1Bytes(const c10::Storage &storage, size_t bytes) const override {
    c10::OptionalDeviceGuard guard(storage.device());
    catch_up(-1);
    c10::DataPtr fresh = allocator.allocate(bytes);
    size_t kept = std::min(bytes, storage.nbytes());
    if (kept > 0)
      memcpy(values_at(fresh.get()), values_at(storage.data()), kept);
    c10::StorageImpl *impl = storage.unsafeGetStorageImpl();
    impl->set_data_ptr_noswap(std::move(fresh));
    impl->set_nbytes(bytes);
  }
};

StandInHooks hooks;
const bool registered = (at::RegisterPrivateUse1HooksInterface(&hooks), true);

/* ---- operations --------------------------------------------------------------------------------
 */

void check_dtype(c10::ScalarType dtype) {
  bool wide = dtype == c10::kDouble || dtype == c10::kComplexDouble;
  TORCH_CHECK_TYPE(!(refuses_float64 && wide),
                   "Cannot convert a standin Tensor to float64 dtype as the standin framework "
                   "doesn't support float64. Please use float32 instead.");
}

c10::OptionalDeviceGuard enter(const std::optional<c10::Device> &device) {
  c10::Device wanted = device.value_or(c10::Device(STANDIN, current));
  if (!wanted.has_index())
    wanted = c10::Device(STANDIN, current);
  return c10::OptionalDeviceGuard(wanted);
}

at::Tensor empty(c10::IntArrayRef size, std::optional<c10::ScalarType> dtype,
                 std::optional<c10::Layout>, std::optional<c10::Device> device, std::optional<bool>,
                 std::optional<c10::MemoryFormat> format) {
  c10::ScalarType type = c10::dtype_or_default(dtype);
  check_dtype(type);
  auto guard = enter(device);
  return at::detail::empty_generic(
      size, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), type, format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                         std::optional<c10::ScalarType> dtype, std::optional<c10::Layout>,
                         std::optional<c10::Device> device, std::optional<bool>) {
  c10::ScalarType type = c10::dtype_or_default(dtype);
  check_dtype(type);
  auto guard = enter(device);
  return at::detail::empty_strided_generic(
      size, stride, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), type);
}

/* The same memory as a tensor that the CPU can use. */
at::Tensor alias_on_cpu(const at::Tensor &x) {
  if (x.device().type() != STANDIN)
    return x;
  at::Tensor alias =
      at::from_blob(values_at(x.storage().data() == nullptr ? nullptr : x.data_ptr()), x.sizes(),
                    x.strides(), x.options().device(c10::kCPU));
  alias._set_conj(x.is_conj());
  alias._set_neg(x.is_neg());
  return alias;
}

/* The same, with all that was to be done before. */
at::Tensor on_cpu(const at::Tensor &x) {
  catch_up(-1);
  return alias_on_cpu(x);
}

/* Copies that are yet to be made, and how many were made. They are of one thread. */
std::deque<std::pair<at::Tensor, at::Tensor>> queued;
int64_t done = 0;

/* Makes the copies that were queued before so many had been; all is -1. */
void catch_up(int64_t until) {
  while (!queued.empty() && (until < 0 || done < until)) {
    auto [target, source] = queued.front();
    queued.pop_front();
    done++;
    alias_on_cpu(target).copy_(alias_on_cpu(source));
  }
}

at::Tensor copy_from(const at::Tensor &from, const at::Tensor &to, bool non_blocking) {
  const at::Tensor &host = from.is_cpu() ? from : to;
  if (non_blocking && host.is_cpu() && hooks.isPinnedPtr(host.data_ptr())) {
    queued.emplace_back(to, from);
    return to;
  }
  at::Tensor target = on_cpu(to);
  target.copy_(on_cpu(from));
  return to;
}

const at::Tensor &resize_to(const at::Tensor &x, c10::IntArrayRef size,
                            std::optional<c10::MemoryFormat>) {
  auto *impl = x.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(size);
  size_t needed = (size_t)(x.storage_offset() + x.numel()) * x.element_size();
  if (needed > x.storage().nbytes())
    hooks.resizePrivateUse1Bytes(x.storage(), needed);
  return x;
}

at::Tensor copy_from_and_resize(const at::Tensor &from, const at::Tensor &to) {
  if (to.sizes() != from.sizes())
    resize_to(to, from.sizes(), std::nullopt);
  return copy_from(from, to, false);
}

c10::Scalar local_scalar(const at::Tensor &x) { return at::_local_scalar_dense(on_cpu(x)); }

at::Tensor &set_storage(at::Tensor &x, c10::Storage source, int64_t offset, c10::IntArrayRef size,
                        c10::IntArrayRef stride) {
  auto *impl = x.unsafeGetTensorImpl();
  impl->set_storage_keep_dtype(std::move(source));
  impl->set_storage_offset(offset);
  if (stride.empty())
    impl->set_sizes_contiguous(size);
  else
    impl->set_sizes_and_strides(size, stride);
  return x;
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", TORCH_FN(empty));
  m.impl("empty_strided", TORCH_FN(empty_strided));
  m.impl("_copy_from", TORCH_FN(copy_from));
  m.impl("_copy_from_and_resize", TORCH_FN(copy_from_and_resize));
  m.impl("resize_", TORCH_FN(resize_to));
  m.impl("_local_scalar_dense", TORCH_FN(local_scalar));
  m.impl("set_.source_Storage_storage_offset", TORCH_FN(set_storage));
  m.impl("view", TORCH_FN(at::native::view));
  m.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  m.impl("unfold", TORCH_FN(at::native::unfold));
  m.impl("view_as_real", TORCH_FN(at::native::view_as_real));
  m.impl("view_as_complex", TORCH_FN(at::native::view_as_complex));
  m.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
}

/* A copy sees to conjugate and negative views itself; PyTorch's own way would copy them first. */
TORCH_LIBRARY_IMPL(aten, Conjugate, m) {
  m.impl("_copy_from", torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(aten, Negative, m) {
  m.impl("_copy_from", torch::CppFunction::makeFallthrough());
}

void fall_back(const c10::OperatorHandle &op, torch::jit::Stack *stack) {
  at::native::cpu_fallback(op, stack);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&fall_back>());
}

/* ---- switches, for the tests -------------------------------------------------------------------
 */

int64_t bytes_allocated(int64_t device) { return (int64_t)allocated[device]; }
int64_t most_allocated(int64_t device) { return (int64_t)peak[device]; }
void forget_peak(int64_t device) { peak[device] = allocated[device]; }
void set_limit(int64_t device, int64_t bytes) {
  limit[device] = bytes < 0 ? NO_LIMIT : (size_t)bytes;
}
int64_t get_limit(int64_t device) { return (int64_t)limit[device]; }
void refuse_float64(bool refuse) { refuses_float64 = refuse; }
int64_t copies_done() { return done; }
int64_t told() { return done + (int64_t)queued.size(); }
void set_current(int64_t device) { current = (c10::DeviceIndex)device; }
int64_t get_current() { return current; }

TORCH_LIBRARY(standin, m) {
  m.def("bytes_allocated(int device) -> int", TORCH_FN(bytes_allocated));
  m.def("most_allocated(int device) -> int", TORCH_FN(most_allocated));
  m.def("forget_peak(int device) -> ()", TORCH_FN(forget_peak));
  m.def("set_limit(int device, int bytes) -> ()", TORCH_FN(set_limit));
  m.def("get_limit(int device) -> int", TORCH_FN(get_limit));
  m.def("refuse_float64(bool refuse) -> ()", TORCH_FN(refuse_float64));
  m.def("done() -> int", TORCH_FN(copies_done));
  m.def("told() -> int", TORCH_FN(told));
  m.def("catch_up(int until) -> ()", TORCH_FN(catch_up));
  m.def("set_current(int device) -> ()", TORCH_FN(set_current));
  m.def("get_current() -> int", TORCH_FN(get_current));
}

} // namespace
