#!/usr/bin/env python3
"""idle.py URL COUNT PID: opens COUNT connections, asks for one page on each, keeps them all open, and
prints how many are and the resident memory of the process in MB."""
import resource
import socket
import sys
import time
from urllib.parse import urlsplit

url, count, pid = urlsplit(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))
request = f"GET {url.path or '/'} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode()


def resident_mb():
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def ask(connection):
    connection.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            return False
        head += part
    length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
    body = len(head) - head.index(b"\r\n\r\n") - 4
    while body < length:
        body += len(connection.recv(65536))
    return True


before = resident_mb()
began = time.monotonic()
connections = []
for _ in range(count):
    connection = socket.create_connection((url.hostname, url.port), timeout=20)
    if not ask(connection):
        break
    connections.append(connection)
time.sleep(1)
opened = 0
for connection in connections:
    connection.setblocking(False)
    try:
        opened += connection.recv(1) != b""
    except BlockingIOError:
        opened += 1
print(f"{opened} {resident_mb():.1f} {before:.1f} {time.monotonic() - began:.1f}")
