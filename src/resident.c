/*
 * How much memory the process has in use, which R/gc.R asks for at every tensor.
 */
#include "pytorchbridge.h"

#if defined(__linux__)
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double read_resident(void) {
  char text[128] = "";
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  char *resident = length > 0 ? strchr(text, ' ') : NULL; /* the second number */
  return resident ? strtod(resident, NULL) * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double page_faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_minflt + (double)usage.ru_majflt;
}
#endif

/*
 * Bytes of memory that the process has in use; 0 where that is not known. Reading them takes ten
 * times as long as counting page faults, and a fault brings one huge page at most. So they are read
 * only if they can have come to exceed `limit`; else this tells what was last read.
 */
SEXP ptb_resident(SEXP limit) {
  static double bytes = 0;
#if defined(__linux__)
  static double faults_then = 0;
  static pid_t process = 0; /* the one that was read: not the parent of a fork */
  double page = (double)sysconf(_SC_PAGESIZE), huge_page = page * page / 8; /* a full page table */
  double faults = page_faults();
  if (process != getpid() || bytes + (faults - faults_then) * huge_page > Rf_asReal(limit)) {
    bytes = read_resident();
    faults_then = faults;
    process = getpid();
  }
#endif
  return Rf_ScalarReal(bytes);
}
