"""verify.py RECORD FOLDER: every message of the folder carries a DKIM signature that holds, by python3-dkim
and the DNS record in the file (a line of a zone file), over the headers that must be signed; and none of a
set of changes on the way goes unseen."""

import email
import os
import re
import sys

import dkim

SIGNED = ["from", "to", "subject", "date", "message-id", "reply-to", "list-id", "mime-version",
          "content-type", "auto-submitted"]
CHANGES = [
    ("a word of the body", lambda m: m.replace(b"=2E", b"=2F", 1) if b"\r\n=2E" in m
     else re.sub(rb"(?s)(\r\n\r\n.*?)minut", rb"\1minvt", m, count=1)),
    ("the subject", lambda m: m.replace(b"\r\nSubject: ", b"\r\nSubject: Re: ", 1)),
    ("the sender", lambda m: re.sub(rb"(?s)(\r\nFrom: .{0,90}?)informationss", rb"\1informations", m, count=1)),
    ("a second From", lambda m: b"From: chef@kommun.example\r\n" + m),
    ("the recipient", lambda m: m.replace(b"\r\nTo: ", b"\r\nTo: x@y.example, ", 1)),
    ("more text at the end", lambda m: m + b"more\r\n"),
]


def read_record(path):
    line = open(path, encoding="ascii").read().strip()
    name, text = line.split(" IN TXT ")
    strings = re.findall(r'"([^"]*)"', text)
    assert strings and all(len(s) <= 255 for s in strings), "a TXT string is longer than 255"
    return name.encode(), "".join(strings).encode()


def main():
    record_name, record = read_record(sys.argv[1])

    def dns(name, timeout=5):
        assert name == record_name, (name, record_name)
        return record

    checked = 0
    for entry in sorted(os.listdir(sys.argv[2])):
        raw = open(os.path.join(sys.argv[2], entry), "rb").read().replace(b"\r\n", b"\n")
        message = raw.replace(b"\n", b"\r\n")
        verifier = dkim.DKIM(message)
        assert verifier.verify(dnsfunc=dns), entry + ": the signature does not hold"
        fields = {k.strip(): v.strip() for k, v in (f.split("=", 1) for f in re.sub(
            r"\s+", "", email.message_from_bytes(message)["DKIM-Signature"]).split(";") if "=" in f)}
        covered = fields["h"].lower().split(":")
        assert set(SIGNED) <= set(covered), entry + ": not signed: " + str(set(SIGNED) - set(covered))
        assert covered.count("from") == 2, entry + ": From is not oversigned"
        assert fields["c"] == "relaxed/relaxed" and fields["d"] == "kommun.example", entry
        # Blanks that a relay may fold anew do no harm.
        assert dkim.verify(message.replace(b"\r\nSubject: ", b"\r\nSubject:  ", 1), dnsfunc=dns), entry
        for what, change in CHANGES:
            changed = change(message)
            assert changed != message, entry + ": nothing to change: " + what
            assert not dkim.verify(changed, dnsfunc=dns), entry + ": goes unseen: " + what
        checked += 1
    assert checked > 0, "no messages"


main()
