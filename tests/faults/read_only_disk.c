// A disk that becomes read-only under a running program, as one does after an error of the device: loaded with LD_PRELOAD, it
// lets everything pass until the file $TINHSO_TEST_READ_ONLY is there; from then on what would change the folder
// $TINHSO_TEST_FOLDER fails with EROFS, also through descriptors that are open. (The system itself refuses to remount a disk that
// has files open for writing.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int read_only(void) {
  const int before = errno;
  const char* flag = getenv("TINHSO_TEST_READ_ONLY");
  const int there = flag && access(flag, F_OK) == 0;
  errno = before;
  return there;
}

static int inside(const char* path) {
  const char* folder = getenv("TINHSO_TEST_FOLDER");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int refused(const char* path) {
  if (!read_only() || !inside(path)) return 0;
  errno = EROFS;
  return 1;
}

static int refused_fd(int fd) {
  if (!read_only()) return 0;
  char link[64], path[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, PATH_MAX);
  if (n < 0) return 0;
  path[n] = 0;
  return refused(path);
}

ssize_t write(int fd, const void* data, size_t size) { return refused_fd(fd) ? -1 : REAL(write)(fd, data, size); }
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) { return refused_fd(fd) ? -1 : REAL(pwrite)(fd, data, size, at); }
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) { return refused_fd(fd) ? -1 : REAL(pwrite64)(fd, data, size, at); }
int ftruncate(int fd, off_t size) { return refused_fd(fd) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return refused_fd(fd) ? -1 : REAL(ftruncate64)(fd, size); }
int fallocate(int fd, int mode, off_t at, off_t size) { return refused_fd(fd) ? -1 : REAL(fallocate)(fd, mode, at, size); }
int fchmod(int fd, mode_t mode) { return refused_fd(fd) ? -1 : REAL(fchmod)(fd, mode); }
int mkdir(const char* path, mode_t mode) { return refused(path) ? -1 : REAL(mkdir)(path, mode); }
int unlink(const char* path) { return refused(path) ? -1 : REAL(unlink)(path); }
int rename(const char* from, const char* to) { return refused(from) || refused(to) ? -1 : REAL(rename)(from, to); }

static int opens_to_write(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0; }

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opens_to_write(flags) && refused(path) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opens_to_write(flags) && refused(path) ? -1 : REAL(open64)(path, flags, mode);
}
