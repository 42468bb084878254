-- Views that depend on each other in circles, rules, and materialized views in every state.
CREATE SCHEMA views;
CREATE TABLE views.facts (id int PRIMARY KEY, kind text, amount int, note text);
INSERT INTO views.facts SELECT n, 'k' || n % 3, n * n, CASE WHEN n % 2 = 0 THEN 'even' END FROM generate_series(1, 20) AS n;

-- It needs the primary key, which a dump adds after the data.
CREATE VIEW views.needs_key AS SELECT id, kind, amount, count(*) AS n FROM views.facts GROUP BY id;
-- View and function need each other: pg_dump breaks the circle with a dummy view.
CREATE VIEW views.circle AS SELECT 1 AS "a;", 'x'::text AS b;
CREATE FUNCTION views.circle_rows() RETURNS SETOF views.circle LANGUAGE sql STABLE AS 'SELECT 7, ''y''::text';
CREATE OR REPLACE VIEW views.circle AS SELECT "a;", b FROM views.circle_rows();
CREATE VIEW views.on_circle WITH (security_barrier, security_invoker) AS SELECT * FROM views.circle WHERE "a;" > 0;
CREATE VIEW views.checked AS SELECT id, kind FROM views.facts WHERE kind <> 'k;' WITH LOCAL CHECK OPTION;
ALTER VIEW views.checked ALTER COLUMN kind SET DEFAULT 'default;';
CREATE RECURSIVE VIEW views.count_up (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM count_up WHERE n < 5;
CREATE VIEW views."odd ""view
name" ("col;", "Col") AS SELECT '\.'::text, E'\n--\n'::text;
CREATE VIEW views.no_columns AS SELECT;

CREATE TABLE views.rule_log (what text);
CREATE RULE "log; insert" AS ON INSERT TO views.facts DO ALSO INSERT INTO views.rule_log VALUES ('inserted ' || NEW.id);
CREATE RULE switched_off AS ON DELETE TO views.facts DO INSTEAD NOTHING;
ALTER TABLE views.facts DISABLE RULE switched_off;
CREATE RULE updatable AS ON UPDATE TO views.needs_key DO INSTEAD (
  UPDATE views.facts SET amount = NEW.amount WHERE id = OLD.id; NOTIFY changed, 'it''s'
);
COMMENT ON RULE "log; insert" ON views.facts IS 'a rule''s comment';

CREATE MATERIALIZED VIEW views.totals AS SELECT kind, sum(amount) AS total FROM views.facts GROUP BY kind WITH DATA;
CREATE UNIQUE INDEX totals_key ON views.totals (kind);
CREATE MATERIALIZED VIEW views."totals on; top" AS SELECT max(total) AS highest, min(kind) AS first FROM views.totals;
CREATE MATERIALIZED VIEW views.third_floor AS SELECT highest FROM views."totals on; top";
CREATE MATERIALIZED VIEW views.unpopulated AS SELECT * FROM views.facts WITH NO DATA;
CREATE INDEX unpopulated_kind ON views.unpopulated (kind);
CREATE MATERIALIZED VIEW views.unpopulated_on_top AS SELECT count(*) FROM views.unpopulated WITH NO DATA;
-- Sorts before what it reads, and needs the primary key.
CREATE MATERIALIZED VIEW views.a_first AS SELECT n.id, n.kind, z.highest FROM views.needs_key AS n CROSS JOIN views.third_floor AS z;
CREATE MATERIALIZED VIEW views.empty_but_populated AS SELECT 1 AS one WHERE false;
CREATE VIEW views.on_materialized AS SELECT * FROM views.totals;
COMMENT ON MATERIALIZED VIEW views.totals IS '';
COMMENT ON VIEW views.circle IS 'round; "and" round''s';
COMMENT ON COLUMN views.totals.total IS 'the
total';
