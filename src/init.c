#define _GNU_SOURCE /* dladdr() */
#include "pytorchbridge.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

/* A void (*)(void) may be any function: the cast alone would be one between functions of two types.
 */
#define ENTRY(name, arguments)                                                                     \
  { #name, (DL_FUNC)(void (*)(void))name, arguments }

static const R_CallMethodDef ENTRIES[] = {
    ENTRY(ptb_address, 1),
    ENTRY(ptb_fill_memory, 6),
    ENTRY(ptb_new_vector, 3),
    ENTRY(ptb_read_memory, 5),
    ENTRY(ptb_view, 4),
    ENTRY(ptb_is_view, 1),
    ENTRY(ptb_view_owner, 1),
    ENTRY(ptb_can_be_lent, 1),
    ENTRY(ptb_lend, 2),
    ENTRY(ptb_loans, 0),
    ENTRY(ptb_resident, 1),
    ENTRY(ptb_loaded_libraries, 0),
    ENTRY(ptb_shape, 1),
    ENTRY(ptb_start_calls, 3),
    ENTRY(ptb_calls_are_direct, 0),
    ENTRY(ptb_check_interrupt, 0),
    ENTRY(ptb_call, 2),
    ENTRY(ptb_call_bridge, 3),
    ENTRY(ptb_attribute, 2),
    ENTRY(ptb_call_method, 3),
    ENTRY(ptb_tensor_arrived, 1),
    ENTRY(ptb_read, 5),
    ENTRY(ptb_tensor, 6),
    ENTRY(ptb_frame, 5),
    ENTRY(ptb_select, 4),
    ENTRY(ptb_select_one, 3),
    ENTRY(ptb_assign, 5),
    ENTRY(ptb_operate, 3),
    ENTRY(ptb_lengths, 1),
    ENTRY(ptb_length, 1),
    ENTRY(ptb_call_with_batch, 2),
    ENTRY(ptb_start_capsules, 1),
    ENTRY(ptb_attach_capsule, 1),
    ENTRY(ptb_is_waiting, 1),
    ENTRY(ptb_hold_storage, 2),
    ENTRY(ptb_storage_key, 1),
    {NULL, NULL, 0},
};

/*
 * From the first view or loan on, this code stays in memory until the process ends, whoever unloads
 * it: R calls it for each of them that is left.
 */
void pin_library(void) {
  static int pinned = 0;
  if (pinned)
    return;
#ifdef _WIN32
  HMODULE module;
  DWORD flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
  pinned = GetModuleHandleExA(flags, (LPCSTR)(uintptr_t)&pin_library, &module) != 0;
#else
  Dl_info here;
  pinned = dladdr((void *)(uintptr_t)&pin_library, &here) != 0 &&
           dlopen(here.dli_fname, RTLD_NOW | RTLD_NODELETE) != NULL;
#endif
  if (!pinned)
    Rf_error("the C code of pytorchbridge cannot be kept in memory");
}

void R_init_pytorchbridge(DllInfo *dll) {
  register_views();
  reset_calls();
  register_capsules();
  R_registerRoutines(dll, NULL, ENTRIES, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}

void R_unload_pytorchbridge(DllInfo *dll) {
  (void)dll;
  forget_home();
}
