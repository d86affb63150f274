"""The schema of campaign files and `campaign create` give the same verdict: campaigns.py VETKOLL FOLDER.

Every campaign that README.md and docs/campaigns.md show is valid by the schema, and is created, looked at and
launched. Then faults are planted, one at a time: of shape, which both must refuse, and of meaning, which only
the program can know; each is told in Swedish and English, by its field. What the program takes but could not
launch yet is said at once. Last come faults by chance: whatever the schema refuses, the program does too, and
what the program alone refuses is a fault of meaning."""
import copy
import datetime
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import jsonschema

root = pathlib.Path(__file__).resolve().parents[2]
vetkoll, installation = sys.argv[1:3]
schema = json.loads((root / "docs/schema/campaign.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
schema = jsonschema.Draft202012Validator(schema)
work = pathlib.Path(tempfile.mkdtemp(dir=installation))


def run(*arguments, lang="en"):
    return subprocess.run([vetkoll, "-l", lang, "-C", installation, *arguments], capture_output=True, text=True)


def must(*arguments):
    done = run(*arguments)
    assert done.returncode == 0, (arguments, done.stderr)
    return done


def create(tree, lang="en"):
    path = work / "campaign.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return run("campaign", "create", str(path), lang=lang)


def refused_by_schema(tree):
    return not schema.is_valid(tree)


places = ["Vård och omsorg/Hemtjänst", "Vård och omsorg/Särskilt boende", "Kommunledning/Ekonomi", "Bibliotek"]
roles = ["chef", "handläggare", "praktikant", ""]
staff = ["Förnamn;Efternamn;E-post;Avdelning;Roller"]
staff += ["Åsa;Öberg;asa@kommun.example;Vård och omsorg/Hemtjänst;chef"]
staff += [f"Bo;Ek;p{i}@kommun.example;{places[i % 4]};{roles[i // 4 % 4]}" for i in range(60)]
staff += ["Mia;Sjö;mia@kommun.example;Museum;intendent"]
(work / "staff.csv").write_text("\n".join(staff) + "\n")
must("people", "import", str(work / "staff.csv"))
must("content", "import", str(root / "templates/content/starter"))

# --- the examples -------------------------------------------------------------------------------------------
examples = []
for file, pattern in (("README.md", r"<<'JSON'\n(.*?)\nJSON\n"), ("docs/campaigns.md", r"```json\n(.*?)\n```")):
    found = re.findall(pattern, (root / file).read_text(), re.S)
    assert found, file
    examples += [(file, text) for text in found]
assert len(examples) >= 6
next_year = str(datetime.date.today().year + 1)

for file, text in examples:
    text = text.replace("2027", next_year)  # the examples do not grow old
    tree = json.loads(text)
    faults = [fault.message for fault in schema.iter_errors(tree)]
    assert not faults, (file, tree["name"], faults)
    assert "promise" in tree, (file, tree["name"], "does not show its promise")
    done = create(text)
    assert done.returncode == 0, (file, tree["name"], done.stderr)
    look = json.loads(must("campaign", "show", tree["name"], "--format", "json").stdout)
    note = done.stderr + look.get("hindrance", "")
    assert "preview" in look and not note, (file, tree["name"], note)
    mail = must("campaign", "preview", tree["name"]).stdout
    assert tree["title"]["sv"] in mail, mail
    must("campaign", "launch", tree["name"])

# The table of keys has them all.
table = (root / "docs/campaigns.md").read_text().split("## Every key")[1].split("\n## ")[0]


def schema_keys(node):
    node = schema.schema["$defs"][node["$ref"].split("/")[-1]] if "$ref" in node else node
    for key, below in node.get("properties", {}).items():
        yield key
        yield from schema_keys(below)


missing = {key for key in schema_keys(schema.schema) if not re.search(rf"[`.\"]{key}[`.\"]", table)}
assert not missing, ("docs/campaigns.md does not tell of", missing)

# --- faults of shape ----------------------------------------------------------------------------------------
knowledge = {"name": "a", "title": {"sv": "T"}, "kind": "knowledge", "content": {"pack": "starter"}}
training = {"name": "a", "title": {"sv": "T"}, "kind": "training",
            "content": {"pack": "starter", "lessons": ["natfiske"], "areas": ["area4"], "per_area": 2}}
application = {"name": "a", "title": {"sv": "T"}, "kind": "application", "content": {"pack": "starter"}}
follow = application | {"follows": "mejl-" + next_year}
obstacles = {"name": "a", "title": {"sv": "T"}, "kind": "obstacles", "content": {"pack": "starter"}}
ABSENT = object()

# Base, path, what is put there; the field that the message names (the path, if it is not given).
shape = [
    (knowledge, ["name"], ABSENT, "name"),
    (knowledge, ["name"], "Hösten"),
    (knowledge, ["name"], "-a"),
    (knowledge, ["name"], "a" * 64),
    (knowledge, ["title"], "T"),
    (knowledge, ["title"], {"en": "T"}, "title.sv"),
    (knowledge, ["title", "sv"], ""),
    (knowledge, ["title", "sv"], "T "),
    (knowledge, ["title", "sv"], "T" * 151),
    (knowledge, ["title", "sv"], "T\nBcc: x"),
    (knowledge, ["title", "EN"], "T"),
    (knowledge, ["kind"], ABSENT),
    (knowledge, ["kind"], "quiz"),
    (knowledge, ["promise"], "secret"),
    (knowledge, ["promise"], None),
    (obstacles, ["promise"], "confidential"),
    (knowledge, ["promis"], "anonymous"),
    (knowledge, ["announced"], "yes"),
    (knowledge, ["minutes"], 0),
    (knowledge, ["minutes"], 61),
    (knowledge, ["minutes"], 1.5),
    (knowledge, ["minutes"], "5"),
    (knowledge, ["method_text"], "x" * 2001),
    (knowledge, ["seed"], 0),
    (knowledge, ["seed"], 2 ** 31),
    (knowledge | {"seed": 1}, ["audience"], {"seed": 2}, "audience.seed"),
    (obstacles, ["allow_retry"], True),
    (application, ["allow_retry"], True),
    (training | {"promise": "anonymous"}, ["allow_retry"], True),
    (knowledge, ["practice"], True),
    (training | {"promise": "anonymous"}, ["practice"], True),
    (knowledge, ["follows"], "mejl-" + next_year),
    (application, ["after_days"], 30),
    (follow, ["after_days"], 0),
    (follow, ["after_days"], 731),
    (follow, ["follows"], "Mejl"),
    (follow, ["audience"], {"sample": {"count": 3}}, "audience.sample"),
    (follow, ["schedule"], {"end": next_year + "-05-01"}, "schedule.end"),
    (knowledge, ["content"], ABSENT),
    (knowledge, ["content"], []),
    (knowledge, ["content", "pack"], ABSENT),
    (knowledge, ["content", "pack"], "starter "),
    (knowledge, ["content", "lessons"], ["natfiske"]),
    (training, ["content", "lessons"], ABSENT),
    (training, ["content", "lessons"], []),
    (training, ["content", "lessons"], ["natfiske", "natfiske"]),
    (training, ["content"], {"pack": "starter", "lessons": ["natfiske"]}, "content.areas"),
    (knowledge, ["content", "areas"], ["area6"]),
    (knowledge, ["content", "areas"], "area1"),
    (knowledge, ["content", "areas"], []),
    (knowledge, ["content", "areas"], ["area1", "area1"]),
    (knowledge, ["content", "topics"], [7]),
    (knowledge, ["content", "items"], []),
    (knowledge, ["content"], {"pack": "starter", "items": ["k1-01"], "areas": ["area1"]}, "content.items"),
    (knowledge, ["content"], {"pack": "starter", "items": ["k1-01"], "per_area": 1}, "content.per_area"),
    (knowledge, ["content"], {"pack": "starter", "questionnaire": "matning", "topics": ["regler"]},
     "content.questionnaire"),
    (knowledge, ["content"], {"pack": "starter", "questionnaire": "matning", "items_per_page": 3},
     "content.items_per_page"),
    (knowledge, ["content", "per_area"], 0),
    (knowledge, ["content", "per_area"], 51),
    (knowledge, ["content", "items_per_page"], 21),
    (knowledge, ["content", "anchors"], {"count": 5}, "content.anchors.campaign"),
    (knowledge, ["content", "anchors"], {"campaign": "kunskap-" + next_year, "count": 51}, "content.anchors.count"),
    (knowledge, ["content", "anchors"], {"campaign": "Våren"}, "content.anchors.campaign"),
    (application, ["content", "anchors"], {"campaign": "kunskap-" + next_year}),
    (knowledge, ["audience"], {"department": ["Bibliotek"]}, "audience.department"),
    (knowledge, ["audience"], {"departments": []}, "audience.departments"),
    (knowledge, ["audience"], {"roles": []}, "audience.roles"),
    (knowledge, ["audience"], {"roles": ["chef", " chef"]}, "audience.roles"),
    (knowledge, ["audience"], {"include_children": 1}, "audience.include_children"),
    (knowledge, ["audience"], {"exclude": {"people": []}}, "audience.exclude.people"),
    (knowledge, ["audience"], {"exclude": {"emails": ["asa"]}}, "audience.exclude.emails"),
    (knowledge, ["audience"], {"exclude": {"emails": ["x" * 300 + "@k.example"]}}, "audience.exclude.emails"),
    (knowledge, ["audience"], {"sample": {}}, "audience.sample.count"),
    (knowledge, ["audience"], {"sample": {"count": 0}}, "audience.sample.count"),
    (knowledge, ["audience"], {"sample": {"percent": 0}}, "audience.sample.percent"),
    (knowledge, ["audience"], {"sample": {"percent": 100.5}}, "audience.sample.percent"),
    (knowledge, ["audience"], {"sample": {"count": 5, "percent": 5}}, "audience.sample.percent"),
    (knowledge, ["schedule"], {"start": "imorgon"}, "schedule.start"),
    (knowledge, ["schedule"], {"start": "1999-12-31"}, "schedule.start"),
    (knowledge, ["schedule"], {"end": "9999-12-31"}, "schedule.end"),
    (knowledge, ["schedule"], {"start": "2027-02-02 9:00"}, "schedule.start"),
    (knowledge, ["schedule"], {"start": "2027-02-02 24:00"}, "schedule.start"),
    (knowledge, ["schedule"], {"start": "20270202T090000Z"}, "schedule.start"),
    (knowledge, ["schedule"], {"window": {"days": []}}, "schedule.window.days"),
    (knowledge, ["schedule"], {"window": {"days": ["tisdag"]}}, "schedule.window.days"),
    (knowledge, ["schedule"], {"window": {"from": "9:00"}}, "schedule.window.from"),
    (knowledge, ["schedule"], {"window": {"to": "24:01"}}, "schedule.window.to"),
    (knowledge, ["schedule"], {"window": {"holidays": "no"}}, "schedule.window.holidays"),
    (knowledge, ["schedule"], {"reminders": {"max": 11}}, "schedule.reminders.max"),
    (knowledge, ["schedule"], {"reminders": {"after_working_days": 0}}, "schedule.reminders.after_working_days"),
    (knowledge, ["schedule"], {"reminder": {"max": 1}}, "schedule.reminder"),
]

# --- faults of meaning: what is in the database, and what two fields say of each other ------------------------
meaning = [
    (knowledge, ["name"], "tour", None),  # the name is taken
    (knowledge, ["title", "fi"], "T", "title.fi"),  # a language that is not installed
    (follow, ["follows"], "finns-inte", "follows"),
    (follow, ["follows"], "tour", "follows"),  # no training
    (knowledge, ["content", "items"], ["k1-01", "finns-inte"], "content"),
    (knowledge, ["content", "items"], ["t1-01"], "content"),  # of the training bank
    (application | {"promise": "confidential"}, ["content", "items"], ["a-04"], "content"),  # anonymous only
    (knowledge, ["content", "questionnaire"], "hinder", "content"),  # about obstacles
    (training, ["content", "lessons"], ["finns-inte"], "content"),
    (obstacles, ["content", "questionnaire"], "finns-inte", "content"),
    (training, ["content", "per_area"], 50, "content"),
    (knowledge, ["content", "topics"], ["finns-inte"], "content"),
    (knowledge | {"promise": "anonymous"}, ["content", "questionnaire"], "matning", "content"),  # it draws by person
    (training, ["content"], {"pack": "starter", "lessons": ["natfiske"], "questionnaire": "matning"}, "content"),
    (knowledge, ["content", "anchors"], {"campaign": "kunskap-" + next_year, "count": 50}, "content"),
    (knowledge, ["schedule"], {"start": "2027-02-30"}, "schedule.start"),
    (knowledge, ["schedule"], {"start": "2027-02-02", "end": "2027-02-01"}, "schedule.end"),
    (knowledge, ["schedule"], {"start": "2027-02-02", "close": "2027-02-01"}, "schedule.close"),
    (knowledge, ["schedule"], {"end": "2027-02-10", "close": "2027-02-09"}, "schedule.close"),
    (knowledge, ["schedule"], {"window": {"from": "12:00", "to": "12:00"}}, "schedule.window.to"),
    (knowledge, ["schedule"], {"window": {"from": "18:00"}}, "schedule.window.to"),
]

# --- what may be created, but says at once why it could not be launched ---------------------------------------
early = [
    (knowledge, ["content", "pack"], "inte-inlast", "inte-inlast"),
    (knowledge, ["audience"], {"departments": ["Vård"]}, "audience.departments"),
    (knowledge, ["audience"], {"roles": ["direktör"]}, "audience.roles"),
    (knowledge, ["audience"], {"exclude": {"departments": ["Vård"]}}, "audience.exclude.departments"),
    (obstacles, ["audience"], {"departments": ["Museum"]}, "10"),  # too few to be anonymous
    (obstacles, ["audience"], {"sample": {"count": 9}}, "10"),
    (knowledge, ["audience"], {"departments": ["Museum"], "roles": ["chef"]}, "staff"),  # nobody
    (knowledge, ["schedule"], {"close": "2020-01-01"}, "schedule.close"),
    (knowledge, ["schedule"], {"start": "2020-01-01", "end": next_year + "-01-01"}, "schedule.start"),
    (knowledge, ["schedule"], {"end": "2020-01-01"}, "schedule.end"),
    (knowledge, ["content", "anchors"], {"campaign": "inte-startad"}, "content.anchors.campaign"),
    (knowledge, ["audience"], {"exclude": {"emails": ["nobody@kommun.example"]}}, "nobody@kommun.example"),
]


def plant(base, path, value):
    tree = copy.deepcopy(base)
    place = tree
    for step in path[:-1]:
        place = place[step]
    if value is ABSENT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return tree


def told(tree, field, codes):
    """The message in either language names the field; nothing is created."""
    messages = []
    for lang in "sv", "en":
        done = create(tree, lang)
        assert done.returncode in codes, (tree, done.returncode, done.stdout, done.stderr)
        assert field is None or f'"{field}"' in done.stderr, (tree, field, done.stderr)
        messages.append(done.stderr)
    assert messages[0] != messages[1], (tree, "is not translated", messages)


for base, path, value, *field in shape:
    tree = plant(base, path, value)
    assert refused_by_schema(tree), (tree, "is taken by the schema")
    told(tree, field[0] if field else ".".join(path), (65,))
for base, path, value, field in meaning:
    tree = plant(base, path, value)
    assert not refused_by_schema(tree), (tree, "is refused by the schema")
    told(tree, field, (65, 66, 73))
for number, (base, path, value, words) in enumerate(early):
    tree = plant(base, path, value) | {"name": f"tidig-{number}"}
    assert not refused_by_schema(tree), (tree, "is refused by the schema")
    done = create(tree)
    assert done.returncode == 0 and "Note: " in done.stderr and words in done.stderr, (tree, done.stderr)
for base in knowledge, training, application, follow, obstacles:
    assert not refused_by_schema(base), base
    assert create(base | {"name": "bas-" + base["kind"] + ("-f" if "follows" in base else "")}).returncode == 0, base
# What no tree can say.
for text in ('{"name": "a", "name": "b"}', '{"name": "a\\u0000b"}', '{"name": "a",}', ""):
    assert create(text).returncode == 65, text

# --- by chance ------------------------------------------------------------------------------------------------
chance = random.Random(2027)
values = [None, True, False, 0, 1, -1, 2.5, 100, 1e9, "", " ", "a", "a ", "x" * 400, "2027-02-02", "2027-02-02 09:00",
          "2027-02-31", "09:00", "24:00", "mon", "area1", "anonymous", "identified", "training", "obstacles", "knowledge",
          [], [[]], ["area1"], ["area1", "area1"], ["mon", "tis"], ["a@b"], ["a", 1], {}, {"sv": "x"}, {"count": 1},
          {"percent": 1}, {"seed": 1}, {"campaign": "a"}]
known = sorted(set(schema_keys(schema.schema))) + ["en", "fi", "okand"]
bases = [json.loads(text.replace("2027", next_year)) for _, text in examples] + [training, obstacles]


def objects(tree):
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from objects(value)


def disturb(tree):
    place = chance.choice(list(objects(tree)))
    key = chance.choice(sorted(place) if place and chance.random() < 0.5 else known)
    if key in place and chance.random() < 0.2:
        del place[key]
    else:
        place[key] = copy.deepcopy(chance.choice(values))


both = alone = taken = 0
for turn in range(int(sys.argv[3]) if len(sys.argv) > 3 else 120):
    tree = copy.deepcopy(chance.choice(bases))
    tree["name"] = f"slump-{turn}"
    for _ in range(chance.choice((1, 1, 2))):
        disturb(tree)
    done = create(tree)
    if refused_by_schema(tree):
        assert done.returncode == 65, (tree, done.returncode, done.stdout, done.stderr)
        both += 1
    elif done.returncode == 0:
        taken += 1
    else:
        # Of meaning: the database's, or two fields that do not go together.
        assert re.search(r'"(content|follows|title\.\w+|schedule\.(start|end|close|window\.to))"|already a campaign|'
                         r'"content.anchors.campaign"', done.stderr), (tree, done.stderr)
        alone += 1
assert both and alone and taken
print(f"campaigns: {len(examples)} examples, {len(shape)} faults of shape, {len(meaning)} of meaning, {len(early)} notes; "
      f"by chance {both} refused by both, {alone} by the program, {taken} taken")
