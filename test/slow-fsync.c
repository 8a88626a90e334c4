/* Preloaded, it makes each fsync and fdatasync take SLOW_FSYNC_US microseconds longer: an SD card or a hard disk on a fast
   machine. gcc -O2 -shared -fPIC -o slow-fsync.so slow-fsync.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*sync_call)(int);

static int slowly(const char *name, int fd)
{
    sync_call real = (sync_call)dlsym(RTLD_NEXT, name);
    const char *wanted = getenv("SLOW_FSYNC_US");
    int result = real(fd);
    if (wanted)
        usleep((useconds_t)atol(wanted));
    return result;
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
