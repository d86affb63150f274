-- Why: to look up both parents of each answer was a fifth of the work of storing it, on the one path that fifty
-- thousand people take at once. Owner: survey/.
--
-- An answer comes only from survey/response.c, which has read its respondent in the same transaction and takes it only
-- for an item of that respondent's form; form_item's own foreign key holds the item. What is left is that neither
-- parent may go while an answer is there.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(replace(sql, ' REFERENCES response (respondent_id)', ''), ' REFERENCES item (id)', '')
WHERE type = 'table' AND name = 'answer';
PRAGMA writable_schema = RESET;
CREATE TRIGGER response_answered BEFORE DELETE ON response
WHEN EXISTS (SELECT 1 FROM answer WHERE respondent_id = OLD.respondent_id)
BEGIN SELECT RAISE(ABORT, 'a response that has answers stays'); END;
CREATE TRIGGER response_number BEFORE UPDATE OF respondent_id ON response
BEGIN SELECT RAISE(ABORT, 'a respondent keeps its number'); END;
CREATE TRIGGER item_asked BEFORE DELETE ON item
WHEN OLD.asked_at_us IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an item version that has been asked stays'); END;
CREATE TRIGGER item_number BEFORE UPDATE OF id ON item
BEGIN SELECT RAISE(ABORT, 'an item version keeps its number'); END;
