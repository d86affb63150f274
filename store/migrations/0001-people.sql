-- Why: the directory of who can be asked. Owner: people/. Others read v_person, v_person_role, v_department.

-- A node of the organisation. A path ("Vård och omsorg/Hemtjänst/Norr") names it; a node is never deleted.
CREATE TABLE department (
    id        INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES department (id), -- NULL at the top level
    name      TEXT NOT NULL,                      -- last part of the path
    path      TEXT NOT NULL UNIQUE,               -- parts joined by '/'
    active    INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)) -- 0: the last import no longer named it
) STRICT;

-- An employee as the last import had them. Inactive when gone from the file; erased on request (people/erase).
CREATE TABLE person (
    id            INTEGER PRIMARY KEY,
    person_key    TEXT NOT NULL UNIQUE,           -- the file's own key (employee id), else the folded address
    email         TEXT NOT NULL,                  -- as written
    email_folded  TEXT NOT NULL,                  -- lower case, ASCII domain: for look-up
    given_name    TEXT NOT NULL DEFAULT '',
    family_name   TEXT NOT NULL DEFAULT '',
    position      TEXT NOT NULL DEFAULT '',       -- title, as the file has it
    locale        TEXT NOT NULL DEFAULT 'sv' CHECK (locale IN ('sv', 'en')),
    department_id INTEGER REFERENCES department (id),
    manager_id    INTEGER REFERENCES person (id),
    employed_from TEXT,                           -- date YYYY-MM-DD, if known
    employed_to   TEXT,                           -- date YYYY-MM-DD, if known
    active        INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at_us INTEGER NOT NULL,
    changed_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_email ON person (email_folded) WHERE active = 1; -- who left keeps theirs
CREATE INDEX person_department ON person (department_id);
CREATE INDEX person_manager ON person (manager_id);

-- Roles by which an audience can be chosen ("chef", "it-utveckling"); lower case.
CREATE TABLE person_role (
    person_id INTEGER NOT NULL REFERENCES person (id),
    role      TEXT NOT NULL,
    PRIMARY KEY (person_id, role)
) STRICT, WITHOUT ROWID;

-- What each import changed, in numbers: the record of where the directory came from.
CREATE TABLE people_import (
    id          INTEGER PRIMARY KEY,
    at_us       INTEGER NOT NULL,
    source      TEXT NOT NULL,    -- file name without folder
    file_sha256 TEXT NOT NULL,
    row_count   INTEGER NOT NULL, -- people in the file; each is one of the following, or unchanged
    added       INTEGER NOT NULL,
    returned    INTEGER NOT NULL, -- were inactive
    moved       INTEGER NOT NULL, -- to another department; other fields may differ too
    changed     INTEGER NOT NULL, -- other fields only
    left_count  INTEGER NOT NULL  -- not in the file any more: became inactive
) STRICT;

CREATE VIEW v_department AS
SELECT id, parent_id, name, path, active FROM department;

-- One table in the FROM, so that a join with the view is a look-up by key and not a scan of all people.
CREATE VIEW v_person AS
SELECT p.id, p.email, p.given_name, p.family_name, p.position, p.locale, p.department_id,
       coalesce((SELECT d.path FROM department d WHERE d.id = p.department_id), '') AS department_path, p.manager_id,
       EXISTS (SELECT 1 FROM person s WHERE s.manager_id = p.id AND s.active = 1) AS is_manager,
       p.employed_from, p.employed_to, p.active
FROM person p;

CREATE VIEW v_person_role AS
SELECT person_id, role FROM person_role;
