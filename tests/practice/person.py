"""An employee with a browser without JavaScript: finds the link of a mail, answers page by page.

person.py link MAILDIR SUBJECT     the link of the newest mail whose subject holds SUBJECT
person.py count MAILDIR SUBJECT    how many such mails there are
person.py answer URL ITEMS right|wrong   begins, reads, answers; prints each question asked, then the last page's text
person.py links MAILDIR SUBJECT    "ADDRESS LINK" of every such mail, by address
person.py write URL TEXT...        begins, takes the first option of each question, and writes the texts in the text
                                   fields, in order; prints the last page's text
person.py press URL ACTION         presses one button; prints the page's text
"""

import email
import email.policy
import html.parser
import json
import pathlib
import re
import sys
import urllib.parse
import urllib.request


def mails(folder, subject):
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and path.parent.name in ("new", "cur"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if subject in mail["Subject"]:
                found.append((path.stat().st_mtime_ns, mail))
    return [mail for _, mail in sorted(found, key=lambda pair: pair[0])]


class Page(html.parser.HTMLParser):
    """The text, and the fields of the form with the buttons."""

    def __init__(self, source):
        super().__init__()
        self.words, self.fields, self.inputs, self.actions, self.areas = [], [], {}, [], []
        self.question = self.main = False
        self.questions = []
        self.feed(source)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        name = values.get("name", "")
        self.main = self.main or tag == "main"
        if tag == "input" and values.get("type") == "hidden":
            self.fields.append((name, values.get("value", "")))
        if tag == "input" and values.get("type") in ("radio", "checkbox") and re.fullmatch(r"q\d+", name):
            self.inputs.setdefault(name, []).append(values["value"])
        if tag == "textarea":
            self.areas.append(name)
        if tag == "button":
            self.actions.append(values.get("value"))
        if tag == "legend":
            self.question = True
            self.questions.append("")

    def handle_endtag(self, tag):
        if tag == "legend":
            self.question = False
        if tag == "main":
            self.main = False

    def handle_data(self, data):
        if self.main:
            self.words.append(data)
        if self.question:
            self.questions[-1] += data


def ask(url, fields=None):
    data = urllib.parse.urlencode(fields).encode() if fields is not None else None
    request = urllib.request.Request(url, data)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return Page(reply.read().decode())
    except urllib.error.HTTPError as reply:
        return Page(reply.read().decode())


def choices(question, values, items, right):
    """The fields' values that answer the question."""
    item = next(item for item in items if item["text"]["sv"] in re.sub(r"\s+", " ", question))
    correct = item["correct"]
    if item["kind"] == "true_false":
        keys = ["0" if correct else "1"]
    else:
        keys = [str(key) for key in (correct if isinstance(correct, list) else [correct])]
    wrong = [value for value in values if value not in keys and value != "na"]
    return item["id"], keys if right else wrong[:1]


def answer(url, items_file, right):
    items = json.loads(pathlib.Path(items_file).read_text())["items"]
    page = ask(url, [("lang", "sv"), ("action", "start")])
    while "next" in page.actions:
        fields = [(name, value) for name, value in page.fields if name != "action"]
        for (name, values), question in zip(page.inputs.items(), page.questions):
            key, chosen = choices(question, values, items, right)
            print("asked", key)
            fields += [(name, value) for value in chosen]
        page = ask(url, fields + [("action", "next")])
    print(page.text)


def write(url, texts):
    page = ask(url, [("lang", "sv"), ("action", "start")])
    while "next" in page.actions:
        fields = [(name, value) for name, value in page.fields if name != "action"]
        fields += [(name, values[0]) for name, values in page.inputs.items()]
        fields += [(name, texts.pop(0)) for name in page.areas if texts]
        page = ask(url, fields + [("action", "next")])
    print(page.text)


def link(mail):
    return re.search(r"http://\S+/k/\S+", mail.get_body(("plain",)).get_content()).group(0)


def main():
    command, where = sys.argv[1:3]
    if command == "count":
        print(len(mails(where, sys.argv[3])))
    elif command == "link":
        print(link(mails(where, sys.argv[3])[-1]))
    elif command == "links":
        print("\n".join(sorted(f"{mail['To'].addresses[0].addr_spec} {link(mail)}" for mail in mails(where, sys.argv[3]))))
    elif command == "write":
        write(where, sys.argv[3:])
    elif command == "answer":
        answer(where, sys.argv[3], sys.argv[4] == "right")
    elif command == "press":
        print(ask(where, [("lang", "sv"), ("action", sys.argv[3])]).text)
    elif command == "look":
        print(ask(where).text)


main()
