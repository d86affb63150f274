"""The published schemas take what the program takes: python3 validate.py VETKOLL FOLDER.

Every pack here is valid by both. Then single faults are planted in copies, and both must refuse
each; the program's check alone sees what is wrong in what a pack says."""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

root = pathlib.Path(__file__).resolve().parents[2]
vetkoll, installation = sys.argv[1:]
schemas = {}
for name in ("items", "questionnaire", "translation"):
    schema = json.loads((root / f"docs/schema/{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    schemas[name] = jsonschema.Draft202012Validator(schema)


def checked(pack):
    return subprocess.run([vetkoll, "-C", installation, "content", "check", pack], capture_output=True, text=True)


def files(pack):
    yield "items", pack / "items.json"
    for path in sorted(pack.glob("questionnaires/*.json")):
        yield "questionnaire", path
    for path in sorted(pack.glob("items.*.json")):
        yield "translation", path


packs = [root / "templates/content/starter", root / "tests/content/allt"]
for pack in packs:
    run = checked(pack)
    assert run.returncode == 0, run.stderr
    for kind, path in files(pack):
        faults = [error.message for error in schemas[kind].iter_errors(json.loads(path.read_text()))]
        assert not faults, (path, faults)


def at(tree, path):
    for step in path[:-1]:
        tree = tree[step]
    return tree, path[-1]


items, questionnaire = "items.json", "questionnaires/grenar.json"
translation = "items.sv-x-lattlast.json"
planted = [
    (items, ["items", 0, "kind"], "radio"),
    (items, ["items", 0, "options"], [{"sv": "A", "en": "A"}]),
    (items, ["items", 0, "text", "en"], ""),
    (items, ["items", 0, "colour"], 1),
    (items, ["items", 2, "max_length"], 5),
    (items, ["items", 3, "picture", "file"], "../hemligt.png"),
    (items, ["items", 3, "explain"], None),
    (items, ["items", 4, "options"], [{"sv": x, "en": x} for x in "ABCDEFGHI"]),
    (items, ["items", 0, "correct"], 1),
    (items, ["items", 4, "correct"], [0, 0, 1]),
    (items, ["items", 6, "polarity"], None),
    (questionnaire, ["title"], None),
    (questionnaire, ["sections"], []),
    (questionnaire, ["items_per_page"], 0),
    (questionnaire, ["bank"], "savings"),
    (questionnaire, ["sections", 0, "ask", 0, "requird"], True),
    (questionnaire, ["sections", 0, "ask", 1, "if", "chosen"], []),
    (questionnaire, ["sections", 0, "ask", 1, "if", "not_chosen"], [0]),
    (questionnaire, ["sections", 2, "ask", 0, "text"], None),
    (questionnaire, ["sections", 2, "ask", 0], {"break": False}),
    (questionnaire, ["sections", 2, "ask", 0], {"draw": 0}),
    (questionnaire, ["sections", 2, "ask", 0], {"draw": 1, "items": ["s1"], "areas": ["area1"]}),
    (translation, ["questions"], {}),
    (translation, ["items", "k1-01", "text"], None),
    (translation, ["items", "k1-01", "text"], ""),
    (translation, ["items", "k1-01", "options", 0], 7),
    (translation, ["items", "k1-01", "correct"], 0),
    (translation, ["lessons", "grunder"], {}),
    (translation, ["questionnaires", "hinder", "sections", 0, "name"], "x"),
]
meant = [
    (items, ["items", 4, "correct"], [0, 1]),
    (items, ["items", 3, "correct"], 3),
    (items, ["items", 0, "options", 1], {"sv": "Vet ej", "en": "Not sure"}),
    (questionnaire, ["sections", 0, "ask", 1, "if", "item"], "s1"),
    (questionnaire, ["sections", 0, "ask", 1, "if", "chosen"], [2]),
    (questionnaire, ["sections", 2, "ask", 0], "finns-inte"),
    (translation, ["items", "k1-01", "explain"], None),
    (translation, ["items", "finns-inte"], {"text": "x"}),
    (translation, ["items", "k1-01", "options"], ["x", "y"]),
    (translation, ["questionnaires", "hinder", "sections"], [{}]),
]


def planting(file, path, value, by_schema):
    with tempfile.TemporaryDirectory() as folder:
        pack = pathlib.Path(folder) / "pack"
        subprocess.run(["cp", "-r", packs[0 if file == translation else 1], pack], check=True)
        tree = copy.deepcopy(json.loads((pack / file).read_text()))
        place, step = at(tree, path)
        if value is None:
            del place[step]
        else:
            place[step] = value
        (pack / file).write_text(json.dumps(tree))
        kind = {items: "items", questionnaire: "questionnaire", translation: "translation"}[file]
        refused = bool(list(schemas[kind].iter_errors(tree)))
        run = checked(pack)
        # What a translation lacks is told of the item that it is put into.
        named = "sv-x-lattlast" if file == translation else file.split("/")[-1]
        assert run.returncode == 65 and named in run.stderr, (path, value, run.stderr)
        assert refused == by_schema, (path, value, refused)


for file, path, value in planted:
    planting(file, path, value, True)
for file, path, value in meant:
    planting(file, path, value, False)
print(f"schema: {len(packs)} packs, {len(planted)} faults of shape, {len(meant)} of meaning")
