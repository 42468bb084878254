-- Triggers in every state; they are made after the rows, so that none has fired.
CREATE SCHEMA triggers;
CREATE TABLE triggers.watched (id int PRIMARY KEY, body text, other int);
INSERT INTO triggers.watched VALUES (1, 'one', 1), (2, 'two', 2);
CREATE FUNCTION triggers.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'trigger % fired: %', TG_NAME, TG_ARGV; END $$;
CREATE FUNCTION triggers.pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$;

CREATE TRIGGER normal BEFORE INSERT OR UPDATE OF body, other ON triggers.watched FOR EACH ROW
  WHEN (NEW.body <> 'it''s;') EXECUTE FUNCTION triggers.pass('a', 'it''s "b";', '\', '');
CREATE TRIGGER "disabled; --" BEFORE INSERT ON triggers.watched FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
CREATE TRIGGER always AFTER UPDATE ON triggers.watched FOR EACH ROW EXECUTE FUNCTION triggers.pass();
CREATE TRIGGER replica BEFORE INSERT ON triggers.watched FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
CREATE TRIGGER on_truncate BEFORE TRUNCATE ON triggers.watched EXECUTE FUNCTION triggers.refuse();
CREATE TRIGGER transitions AFTER UPDATE ON triggers.watched REFERENCING OLD TABLE AS "old;" NEW TABLE AS "new rows"
  FOR EACH STATEMENT EXECUTE FUNCTION triggers.pass();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON triggers.watched FROM constraints.target DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION triggers.pass();
CREATE CONSTRAINT TRIGGER deferred_off AFTER DELETE ON triggers.watched NOT DEFERRABLE FOR EACH ROW EXECUTE FUNCTION triggers.refuse();
ALTER TABLE triggers.watched
  DISABLE TRIGGER "disabled; --", ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica, DISABLE TRIGGER deferred_off;
COMMENT ON TRIGGER "disabled; --" ON triggers.watched IS 'off; "for" now''s sake';

CREATE VIEW triggers.writable AS SELECT id FROM triggers.watched;
CREATE TRIGGER instead INSTEAD OF INSERT ON triggers.writable FOR EACH ROW EXECUTE FUNCTION triggers.pass();

-- A trigger of the whole, switched off in one part.
CREATE TABLE triggers.parts (id int, body text) PARTITION BY LIST (id);
CREATE TABLE triggers.part_one PARTITION OF triggers.parts FOR VALUES IN (1);
CREATE TABLE triggers.part_rest PARTITION OF triggers.parts DEFAULT;
INSERT INTO triggers.parts VALUES (1, 'one'), (2, 'two');
CREATE TRIGGER of_all BEFORE INSERT ON triggers.parts FOR EACH ROW EXECUTE FUNCTION triggers.pass();
ALTER TABLE triggers.part_one DISABLE TRIGGER of_all;
