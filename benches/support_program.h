/// The program under measurement, as a process of its own. For the benches that talk to it.
#ifndef IB_BENCHES_SUPPORT_PROGRAM_H
#define IB_BENCHES_SUPPORT_PROGRAM_H

#include <sys/types.h>

/// Start $IRONBOW (build/ironbow) on a free port for `clients`; returns its tCam port.
int bench_program_start(unsigned clients);
pid_t bench_program_pid(void);
/// Its HTTP port.
int bench_program_http_port(void);
/// Processor time that it has used, seconds.
double bench_program_cpu_s(void);
void bench_program_stop(void);
/// Say what went wrong, stop the program, leave.
_Noreturn void bench_give_up(const char *what);
/// A number out of the program's own counters.
double bench_program_counter(const char *object, const char *member);
/// A blocking connection to the port.
int bench_connect(int port);
/// … that streams every image from now on.
int bench_connect_streaming(int port);

#endif
