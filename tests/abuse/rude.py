#!/usr/bin/env python3
"""rude.py URL PID: what no browser sends, each with the status that it must get, or a closed connection; then the
server still answers, and has grown by less than GROWTH_MB. URL is a working personal link."""
import os
import socket
import sys
from urllib.parse import urlsplit

url, pid = urlsplit(sys.argv[1]), sys.argv[2]
GROWTH_MB = float(os.environ.get("VETKOLL_GROWTH_MB", "20"))  # a sanitizer keeps what is freed
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
host = f"Host: {url.netloc}\r\n"
link = url.path


def resident_mb():
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def ask(data):
    """The status lines of all replies to the bytes, and the whole text."""
    data = data.encode("latin-1") if isinstance(data, str) else data
    text = b""
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                text += part
        except OSError: # refused already: what came before tells
            pass
    codes = [int(part[9:12]) for part in text.split(b"\r\n") if part.startswith(b"HTTP/1.1 ") and part[9:12].isdigit()]
    return codes, text


def get(target, more=""):
    return f"GET {target} HTTP/1.1\r\n{host}{more}Connection: close\r\n\r\n"


def post(body, more, target=link):
    return f"POST {target} HTTP/1.1\r\n{host}{more}Connection: close\r\n\r\n{body}"


def posted(body, length=None, kind=FORM):
    return post(body, f"{kind}Content-Length: {len(body) if length is None else length}\r\n")


CLOSED = 0  # no reply seen: closed, or cut off while we were still sending
cases = [
    # paths
    ("a link", get(link), {200}),
    ("no such page", get("/nowhere"), {404}),
    ("dots", get("/static/../../../../etc/passwd"), {404}),
    ("dots, encoded", get("/static/%2e%2e/%2e%2e/etc/passwd"), {404}),
    ("dots, encoded twice", get("/demo/%252e%252e/vetkoll.db"), {404}),
    ("dots below the folder", get("/demo/../vetkoll.keys"), {404}),
    ("backslashes", get("/demo/..\\..\\vetkoll.keys"), {404}),
    ("a NUL in the path", get("/k/%00"), {404}),
    ("overlong UTF-8", get("/demo/%c0%ae%c0%ae/vetkoll.keys"), {404}),
    ("two slashes", get("//k//x"), {404}),
    ("another's scheme", get("http://evil.example/k/x"), {400, 404}),
    ("no slash", get("k/x"), {400}),
    ("a star", get("*"), {400, 404}),
    ("a fragment", get("/k/x#y"), {404}),
    ("a long path", get("/" + "x" * 3000), {414, CLOSED}),
    ("a link with more behind", get(link + "/.."), {404}),
    ("a link with a NUL behind", get(link + "%00"), {404}),
    ("a link in capitals", get(link.upper()), {404}),
    ("a bad query", get(link + "?lang=%zz"), {400}),
    ("a query of no UTF-8", get(link + "?lang=%ff"), {400}),
    ("a million ampersands", get(link + "?" + "&" * 1900), {200, 400, 413, 414, CLOSED}),
    # methods and versions
    ("TRACE", f"TRACE {link} HTTP/1.1\r\n{host}Connection: close\r\n\r\n", {405}),
    ("CONNECT", f"CONNECT evil.example:443 HTTP/1.1\r\n{host}Connection: close\r\n\r\n", {400, 404, 405}),
    ("PUT", f"PUT {link} HTTP/1.1\r\n{host}Content-Length: 0\r\nConnection: close\r\n\r\n", {405}),
    ("an unknown method", f"FROB {link} HTTP/1.1\r\n{host}Connection: close\r\n\r\n", {405}),
    ("no host", f"GET {link} HTTP/1.1\r\nConnection: close\r\n\r\n", {400}),
    ("HTTP/0.9", f"GET {link}\r\n\r\n", {400, 505, CLOSED}),
    ("HTTP/3.0", f"GET {link} HTTP/3.0\r\n{host}\r\n", {400, 505}),
    ("TLS to the plain port", bytes.fromhex("160301020001000001fc0303") + bytes(500), {400, CLOSED}),
    ("nothing but line breaks", "\r\n" * 4000, {400, 431, CLOSED}),
    ("random bytes", bytes(range(256)) * 40, {400, 413, 414, 431, CLOSED}),
    # headers
    ("a fat cookie", get(link, "Cookie: " + "c" * 30000 + "\r\n"), {431, CLOSED}),
    ("ten thousand headers", get(link, "".join(f"X-{i}: y\r\n" for i in range(10000))), {431, CLOSED}),
    ("a header without a name", get(link, ": x\r\n"), {200, 400}),
    ("a blank before the colon", get(link, "X-A : x\r\n"), {200, 400}),
    ("a NUL in a header", get(link, "X-A: a\x00b\r\n"), {200, 400}),
    ("a folded header", get(link, "X-A: a\r\n b\r\n"), {200, 400}),
    ("a bare line feed", get(link, "X-A: a\nX-B: b\r\n"), {200, 400}),
    ("line breaks in the language", get(link + "?lang=sv%0d%0aSet-Cookie:%20x=y"), {200, 400}),
    ("an enormous range", get(link, "Range: bytes=0-,0-,0-,0-\r\n"), {200}),
    ("an expectation", post("action=x", FORM + "Content-Length: 8\r\nExpect: 200-maybe\r\n"), {400, 417}),
    ("a proxy's word", get("/metrics", "X-Forwarded-For: 127.0.0.1\r\n"), {403, 404}),
    # forms
    ("too large a form, said", post("", FORM + "Content-Length: 1000000000\r\n"), {413, CLOSED}),
    ("too large a form, sent", posted("a=" + "b" * 70000), {413}),
    ("an endless form", post("8000\r\n" + "x" * 0x8000 + "\r\n" * 40, FORM + "Transfer-Encoding: chunked\r\n"), {400, 413}),
    ("a chunk of 2^64", post("ffffffffffffffffff\r\nx", FORM + "Transfer-Encoding: chunked\r\n"), {400, 413}),
    ("a negative chunk", post("-1\r\nx\r\n0\r\n\r\n", FORM + "Transfer-Encoding: chunked\r\n"), {400}),
    ("a length and chunks", post("0\r\n\r\n", FORM + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), {400}),
    ("two lengths", post("action=x", FORM + "Content-Length: 8\r\nContent-Length: 3\r\n"), {400}),
    ("a negative length", posted("", -1), {400, 413}),
    ("a length of letters", posted("", "x"), {400, 413}),
    ("an unknown coding", post("x", FORM + "Transfer-Encoding: gzip\r\n"), {400, 411, 501, CLOSED}),
    ("JSON", posted("{}", kind="Content-Type: application/json\r\n"), {415}),
    ("no type", posted("action=next", kind=""), {415}),
    ("multipart", posted("--b\r\n\r\n--b--", kind="Content-Type: multipart/form-data; boundary=b\r\n"), {415}),
    ("UTF-16", posted("a=%00b%00"), {400}),
    ("Latin-1", posted("t1=%e5%e4%f6"), {400}),
    ("overlong UTF-8 in a form", posted("t1=%c0%80"), {400}),
    ("a half percent", posted("action=%4"), {400}),
    ("a thousand fields", posted("&".join(f"q{i}=1" for i in range(1000))), {400, 413}),
    ("what was not asked", posted("action=next&page=0&q999=1"), {303, 400}),
    ("no action", posted("x=y"), {400}),
    ("an empty form", posted(""), {400}),
    ("script in a form", posted("action=<script>alert(1)</script>"), {400}),
]

before = resident_mb()
failed = 0
for name, data, wanted in cases:
    codes, text = ask(data)
    good = (codes[0] if codes else CLOSED) in wanted and len(set(codes)) <= 1 # libmicrohttpd sends the head of its own refusals twice
    leaks = [word for word in (b"<script>alert", b"root:", b"Set-Cookie: x", b"SQLite", b".c:") if word in text]
    if not good or leaks:
        failed += 1
        print(f"rude: {name}: got {codes or 'nothing'}, wanted {sorted(wanted)} {leaks or ''}")
for _ in range(300):
    ask(posted("a=" + "b" * 60000))
codes, text = ask(get(link))
grown = resident_mb() - before
alive = codes == [200]
print(f"rude: {len(cases)} cases, {failed} wrong; grown by {grown:.1f} MB; {'still answers' if alive else 'DEAD'}")

head = text.split(b"\r\n\r\n")[0].decode().lower()
for header in ("cache-control: no-store", "referrer-policy: no-referrer", "x-frame-options: deny",
               "frame-ancestors 'none'", "x-content-type-options: nosniff"):
    if header not in head:
        failed += 1
        print(f"rude: the page lacks {header}")
if "unsafe-inline" in head:
    failed += 1
    print("rude: unsafe-inline")

token = link.rsplit("/", 1)[1]
wrong = [get(link[:-1] + ("A" if link[-1] != "A" else "B"))] * 200
replies = [ask(each)[0] for each in wrong]
limited = sum(codes == [429] for codes in replies)
right = ask(get(link))[0]
print(f"rude: of 200 wrong links {limited} were told to wait; the right one: {right}")
sys.exit(failed > 0 or not alive or grown > GROWTH_MB or limited < 100 or right != [200])
