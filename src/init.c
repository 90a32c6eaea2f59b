#include "pytorchbridge.h"

#include <R_ext/Rdynload.h>

#define ENTRY(name, arguments)                                                                     \
  { #name, (DL_FUNC)&name, arguments }

static const R_CallMethodDef ENTRIES[] = {
    ENTRY(ptb_address, 1),
    ENTRY(ptb_fill_memory, 6),
    ENTRY(ptb_read_memory, 4),
    {NULL, NULL, 0},
};

void R_init_pytorchbridge(DllInfo *dll) {
  R_registerRoutines(dll, NULL, ENTRIES, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}
