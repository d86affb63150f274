"""The peer that a team would take from Python's own library: COUNT messages, one thread a connection.

    python3 smtp_smtplib.py PORT COUNT CONNECTIONS TEXT HTML
"""
import smtplib
import sys
import threading
from email.message import EmailMessage
from pathlib import Path

port, count, connections = map(int, sys.argv[1:4])
text, html = (Path(path).read_text(encoding="utf-8") for path in sys.argv[4:6])


def lane(first):
    with smtplib.SMTP("127.0.0.1", port) as relay:
        for i in range(first, count, connections):
            message = EmailMessage()
            message["From"] = "Ekbacka kommun <info@ekbacka.example>"
            message["To"] = f"Åsa Ek <p{i}@ekbacka.example>"
            message["Subject"] = "Vad vet vi om informationssäkerhet?"
            message.set_content(text.replace("@LINK@", f"k/{i}"))
            message.add_alternative(html.replace("@LINK@", f"k/{i}"), subtype="html")
            relay.send_message(message)


threads = [threading.Thread(target=lane, args=(i,)) for i in range(connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
