/*
 * The libraries that this process has loaded, among which R/openmp.R looks for OpenMP runtimes.
 */
#define _GNU_SOURCE /* dl_iterate_phdr() */
#include "pytorchbridge.h"

#include <string.h>

#if defined(_WIN32)
#include <windows.h>
/* After it, as it needs its types. */
#include <psapi.h>
#elif defined(__APPLE__)
#include <mach-o/dyld.h>
#elif defined(__linux__)
#include <link.h>
#endif

/* Lines in `size` bytes; only counted while there is no text yet. */
typedef struct {
  char *text;
  size_t used, size;
} Lines;

/* Calls nothing of R's: it runs under the loader's lock. */
static void add_line(Lines *lines, const char *line) {
  size_t length = strlen(line) + 1;
  if (lines->text != NULL) {
    if (length > lines->size - lines->used)
      return; /* one that was loaded since they were counted */
    memcpy(lines->text + lines->used, line, length - 1);
    lines->text[lines->used + length - 1] = '\n';
  }
  lines->used += length;
}

#if defined(__linux__)
static int add_object(struct dl_phdr_info *object, size_t size, void *lines) {
  (void)size;
  add_line(lines, object->dlpi_name);
  return 0;
}
#endif

static void add_libraries(Lines *lines) {
#if defined(_WIN32)
  HMODULE modules[2048];
  char file[MAX_PATH];
  DWORD bytes = 0;
  if (!EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &bytes))
    return;
  if (bytes > sizeof modules)
    bytes = sizeof modules;
  for (DWORD i = 0; i < bytes / sizeof *modules; i++)
    if (GetModuleFileNameA(modules[i], file, sizeof file) > 0)
      add_line(lines, file);
#elif defined(__APPLE__)
  for (uint32_t i = 0; i < _dyld_image_count(); i++) {
    const char *file = _dyld_get_image_name(i);
    if (file != NULL)
      add_line(lines, file);
  }
#elif defined(__linux__)
  dl_iterate_phdr(add_object, lines);
#else
  (void)lines; /* not known */
#endif
}

/* Their files, one a line. */
SEXP ptb_loaded_libraries(void) {
  Lines lines = {NULL, 0, 0};
  add_libraries(&lines);
  lines.size = lines.used;
  lines.used = 0;
  lines.text = R_alloc(lines.size + 1, 1);
  add_libraries(&lines);
  return Rf_ScalarString(Rf_mkCharLenCE(lines.text, (int)lines.used, CE_NATIVE));
}
