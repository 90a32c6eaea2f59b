/* The limit: memcpy into memory that is freshly mapped, on huge pages where there are any. */
#include <Rinternals.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds that it takes to map `bytes` and fill them with copies of x's memory. */
SEXP fresh_memcpy(SEXP x, SEXP bytes, SEXP huge) {
  size_t page = (size_t)2 << 20, n = (size_t)Rf_asReal(bytes);
  double start = now();
  char *memory =
      mmap(NULL, n + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    Rf_error("no memory");
  char *aligned = memory + (page - (size_t)memory % page) % page;
#ifdef MADV_HUGEPAGE
  if (Rf_asLogical(huge))
    madvise(aligned, n, MADV_HUGEPAGE);
#endif
  memcpy(aligned, DATAPTR_RO(x), n);
  double seconds = now() - start;
  munmap(memory, n + page);
  return Rf_ScalarReal(seconds);
}
