/*
 * How much memory the process has in use, which R/gc.R asks for at every tensor.
 */
#include "pytorchbridge.h"

#if defined(_WIN32)
#include <windows.h>
/* After it, as it needs its types. */
#include <psapi.h>
#elif defined(__APPLE__)
#include <mach/mach.h>
#include <time.h>
#include <unistd.h>
#elif defined(__linux__)
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#endif

/* The bytes in use; 0 where they are not known. */
static double read_resident(void) {
#if defined(_WIN32)
  PROCESS_MEMORY_COUNTERS found;
  return GetProcessMemoryInfo(GetCurrentProcess(), &found, sizeof found)
             ? (double)found.WorkingSetSize
             : 0;
#elif defined(__APPLE__)
  mach_task_basic_info_data_t found;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  int failed = task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&found, &count);
  return failed ? 0 : (double)found.resident_size;
#elif defined(__linux__)
  char text[128] = "";
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  char *resident = length > 0 ? strchr(text, ' ') : NULL; /* the second number */
  return resident ? strtod(resident, NULL) * (double)sysconf(_SC_PAGESIZE) : 0;
#else
  return 0;
#endif
}

#if defined(__linux__)
static double page_faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_minflt + (double)usage.ru_majflt;
}
#endif

/* What was last read, when, and up to where that will do. */
static struct { double bytes, faults, limit; } known = {0, 0, 0};

#if defined(__linux__)
/* Whether the process can have come to exceed the limit. A fault brings one huge page at most. */
static int may_exceed(double limit) {
  double page = (double)sysconf(_SC_PAGESIZE), huge_page = page * page / 8; /* a full page table */
  return known.bytes + (page_faults() - known.faults) * huge_page > limit;
}

static int is_another_process(void) {
  static pid_t process = 0; /* the one that was read: not the parent of a fork */
  int is_another = process != getpid();
  process = getpid();
  return is_another;
}

static void read_again(void) {
  known.bytes = read_resident();
  known.faults = page_faults();
}
#else
/* Elsewhere faults are no cheaper to count than bytes are to read. */
static int may_exceed(double limit) {
  (void)limit;
  return 1;
}

static int is_another_process(void) { return 0; }

static void read_again(void) { known.bytes = read_resident(); }
#endif

/*
 * Bytes of memory that the process has in use; 0 where that is not known. Reading them takes ten
 * times as long as counting page faults. So they are read only if they can have come to exceed
 * `limit`; else this tells what was last read.
 */
SEXP ptb_resident(SEXP limit) {
  if (is_another_process() || may_exceed(Rf_asReal(limit)))
    read_again();
  known.limit = Rf_asReal(limit);
  return Rf_ScalarReal(known.bytes);
}

/* Whether the clock has moved on, by some milliseconds: memory does not grow by much in less. */
static int time_to_look(void) {
#if defined(_WIN32)
  static ULONGLONG then = 0;
  ULONGLONG now = GetTickCount64();
  if (now == then)
    return 0;
  then = now;
#elif defined(__APPLE__) || defined(__linux__)
#ifdef CLOCK_MONOTONIC_COARSE
  const clockid_t clock = CLOCK_MONOTONIC_COARSE;
  const long step = 1;
#else
  const clockid_t clock = CLOCK_MONOTONIC;
  const long step = 4000000; /* nanoseconds */
#endif
  static struct timespec then = {0, 0};
  struct timespec now;
  clock_gettime(clock, &now);
  if (now.tv_sec == then.tv_sec && now.tv_nsec - then.tv_nsec < step)
    return 0;
  then = now;
#endif
  return 1;
}

/*
 * Counts a tensor that comes to R, and calls relieve_memory() where it would find something to do:
 * when memory may have grown, and from time to time for the memory of devices.
 */
void count_tensor(SEXP home) {
  static int arrived = 0;
  arrived++;
  if (!time_to_look() || (arrived < 16 && !may_exceed(known.limit)))
    return;
  SEXP count = PROTECT(Rf_ScalarInteger(arrived));
  SEXP call = PROTECT(Rf_lang2(Rf_install("relieve_memory"), count));
  arrived = 0;
  Rf_eval(call, home);
  UNPROTECT(2);
}
