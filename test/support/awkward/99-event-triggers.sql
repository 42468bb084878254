-- Last, because from here on no DDL works: one only takes notes, the other refuses (also a naive restore's
-- REFRESH MATERIALIZED VIEW, and a naive clear). A test that changes the schema sets awkward.allow_ddl.
CREATE SCHEMA events;
CREATE TABLE events.ddl_log (id int GENERATED ALWAYS AS IDENTITY, tag text);
INSERT INTO events.ddl_log (tag) VALUES ('a row that was here before');
CREATE FUNCTION events.take_note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events.ddl_log (tag) VALUES (TG_TAG);
END $$;
CREATE FUNCTION events.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('awkward.allow_ddl', true), '') <> 'on' THEN
    RAISE 'no % here without awkward.allow_ddl', TG_TAG;
  END IF;
END $$;
CREATE FUNCTION events.never() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'switched off, yet it fired'; END $$;

SET awkward.allow_ddl = 'on';
CREATE EVENT TRIGGER "switched; off" ON sql_drop EXECUTE FUNCTION events.never();
ALTER EVENT TRIGGER "switched; off" DISABLE;
CREATE EVENT TRIGGER on_replica ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION events.refuse();
ALTER EVENT TRIGGER on_replica ENABLE REPLICA;
COMMENT ON EVENT TRIGGER "switched; off" IS 'it''s off';
CREATE EVENT TRIGGER take_note ON ddl_command_end EXECUTE FUNCTION events.take_note();
CREATE EVENT TRIGGER refuse_ddl ON ddl_command_start EXECUTE FUNCTION events.refuse();
