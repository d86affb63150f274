#!/usr/bin/env python3
"""storm.py LINKS DATABASE CONNECTIONS RESTART...: submits answers over many connections for as long as RESTART, a
command that kills and starts the server again and again, runs; then looks whether each submit that was
acknowledged is in the database as it was given, once. Prints the figures; ends with 1 if anything is lost."""
import asyncio
import base64
import re
import sqlite3
import struct
import sys
import zlib
from urllib.parse import urlsplit

links_file, database, connections = sys.argv[1], sys.argv[2], int(sys.argv[3])
ANSWERS = 5
acknowledged = set()  # (token, page)
faults = []
reconnects = 0


def choice(token, question):
    return zlib.crc32(f"{token} {question}".encode()) % 2


def form(token, page):
    if page is None:
        return "action=start"
    questions = range(page * ANSWERS, (page + 1) * ANSWERS)
    return f"action=next&page={page}&" + "&".join(f"q{q}={choice(token, q)}" for q in questions)


async def exchange(reader, writer, url, path, body):
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode()
    length = re.search(r"(?i)^content-length: (\d+)", head, re.M)
    if length:
        await asyncio.wait_for(reader.readexactly(int(length[1])), 30)
    location = re.search(r"(?i)^location: (\S+)", head, re.M)
    return int(head.split()[1]), location[1] if location else ""


async def client(url, paths, over):
    """Takes links from the shared iterator; what was not acknowledged is asked again."""
    global reconnects
    stream = None
    for path in paths:
        token = path.rsplit("/", 1)[1]
        for page in (None, 0):
            while not over.is_set():
                try:
                    stream = stream or await asyncio.open_connection(url.hostname, url.port)
                    status, location = await exchange(*stream, url, path, form(token, page))
                except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                    if stream:
                        stream[1].close()
                    stream = None
                    reconnects += 1
                    await asyncio.sleep(0.02)
                    continue
                if status == 503:
                    await asyncio.sleep(0.05)
                    continue
                if status != 303 or "page=" not in location:
                    faults.append(f"{path} page {page}: {status} {location}")
                elif page is not None:
                    acknowledged.add((token, page))
                break
        if over.is_set():
            break
    if stream:
        stream[1].close()


async def storm():
    with open(links_file, encoding="ascii") as file:
        urls = [urlsplit(line.strip()) for line in file]
    over = asyncio.Event()
    paths = (url.path for url in urls)
    clients = [asyncio.create_task(client(urls[0], paths, over)) for _ in range(connections)]
    restart = await asyncio.create_subprocess_exec(*sys.argv[4:])
    status = await restart.wait()
    over.set()
    await asyncio.gather(*clients)
    return status


def stored():
    """token's number -> {item position: choices}, and how many answers there are beside."""
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = db.execute(
        "SELECT v.id, f.position, a.choices FROM answer a JOIN invitation v ON v.respondent_id = a.respondent_id"
        " JOIN round r ON r.id = v.round_id JOIN form_item f ON f.form_id = r.form_id AND f.item_id = a.item_id"
    )
    found = {}
    for number, position, choices in rows:
        found.setdefault(number, {})[position] = choices
    tallied = db.execute("SELECT sum(answered) FROM tally_item").fetchone()[0]
    answers = db.execute("SELECT count(*) FROM answer").fetchone()[0]
    sound = db.execute("PRAGMA integrity_check").fetchone()[0]
    return found, answers, tallied, sound


status = asyncio.run(storm())
found, answers, tallied, sound = stored()
lost = []
for token, page in acknowledged:
    number = struct.unpack(">q", base64.urlsafe_b64decode(token + "=")[:8])[0]
    for question in range(page * ANSWERS, (page + 1) * ANSWERS):
        if found.get(number, {}).get(question) != 1 << choice(token, question):
            lost.append((token, page))
print(
    f"storm: {len(acknowledged)} submits acknowledged, {len(lost)} lost; {answers} answers stored, {tallied} tallied;"
    f" {reconnects} connections broken; {len(faults)} other replies; database: {sound}"
)
for fault in faults[:3]:
    print(f"storm: {fault}")
failed = status != 0 or lost or faults or answers != tallied or sound != "ok" or not acknowledged
sys.exit(1 if failed else 0)
