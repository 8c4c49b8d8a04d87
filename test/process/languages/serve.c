// Any language, compiled: the socket is fd 3, readiness is one line on the link, modes and breakers are asked of the control socket.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char parts[1 << 20];

static size_t ask_parts(void) {
  static const char request[] = "GET /v1/parts HTTP/1.0\r\nHost: selfheal\r\n\r\n";
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  strncpy(at.sun_path, getenv("SELFHEAL_CONTROL"), sizeof at.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  size_t n = 0;
  if (connect(s, (struct sockaddr *)&at, sizeof at) == 0 && write(s, request, sizeof request - 1) > 0)
    for (ssize_t r; n < sizeof parts - 1 && (r = read(s, parts + n, sizeof parts - 1 - n)) > 0;) n += r;
  close(s);
  parts[n] = 0;
  return n;
}

int main(void) {
  static const char ready[] = "{\"v\":1,\"is\":\"ready\"}\n", head[] = "HTTP/1.0 200 OK\r\n\r\n";
  if (atoi(getenv("LISTEN_PID")) != getpid()) return 2;
  if (write(atoi(getenv("SELFHEAL_FD")), ready, sizeof ready - 1) < 0) return 3;
  for (;;) {
    char request[4096];
    int c = accept(3, 0, 0);
    if (c < 0) return 4;
    ssize_t n = read(c, request, sizeof request - 1);
    request[n > 0 ? n : 0] = 0;
    char pid[32];
    snprintf(pid, sizeof pid, "%d", getpid());
    if (write(c, head, sizeof head - 1) > 0) {
      // Its mode is off: the part of its feature says so. (A real program takes a JSON library.)
      if (strstr(request, "GET /modes") == request && ask_parts() > 0) {
        const char *says = strstr(parts, "\"mode\":\"off\"") ? "something is off" : "all is on";
        if (write(c, says, strlen(says)) < 0) return 5;
      } else if (write(c, pid, strlen(pid)) < 0) return 5;
    }
    close(c);
  }
}
