-- Why: a person may read a language that was added by files, so a locale is any language tag and not one of two.
-- Owner: people/ (person), mailer/ (outbox, mailing), campaigns/ (invitation, campaign), each of its own tables.

-- Only a rule goes and none is added that a row could break: the schema's text may be changed in place, as the
-- chapter ALTER TABLE of SQLite's manual has it, and no table need be written anew.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'CHECK (locale IN (''sv'', ''en''))', 'CHECK (length(locale) BETWEEN 2 AND 35)')
WHERE type = 'table' AND (name = 'person' OR name = 'outbox' OR name = 'invitation');
PRAGMA writable_schema = RESET;

-- What a mailing's messages share in the languages that were added: JSON, a language's code -> its values, and
-- the campaign's title in them: JSON, a language's code -> the title. '' where there is none.
ALTER TABLE mailing ADD COLUMN values_added TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN titles_added TEXT NOT NULL DEFAULT '';
