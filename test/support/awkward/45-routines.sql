-- Functions in every form of body, and what hangs on functions.
CREATE SCHEMA routines;
CREATE TABLE routines.items (id int PRIMARY KEY, label text, price numeric(10, 2));
INSERT INTO routines.items VALUES (1, 'one', 1.10), (2, 'two', NULL);

CREATE FUNCTION routines.old_body(OUT total numeric, OUT "how many" int) LANGUAGE sql STABLE PARALLEL SAFE COST 5
  SET search_path = routines, "new
line", pg_temp SET statement_timeout = '5s'
  AS $$ SELECT sum(price), count(*)::int FROM items $$;
CREATE FUNCTION routines.atomic(wanted int, VARIADIC others int[] DEFAULT '{}') RETURNS SETOF routines.items
  LANGUAGE sql STABLE STRICT ROWS 10
  BEGIN ATOMIC
    SELECT i.* FROM routines.items AS i WHERE i.id = wanted OR i.id = ANY (others);
    SELECT i.* FROM routines.items AS i WHERE i.label <> ';';
  END;
CREATE FUNCTION routines.body_in_quotes() RETURNS text LANGUAGE plpgsql SECURITY DEFINER LEAKPROOF
  AS 'BEGIN RETURN ''$$ $_$ \ ;''; END';
ALTER FUNCTION routines.body_in_quotes() OWNER TO awkward_owner;
CREATE FUNCTION routines.as_table(text) RETURNS TABLE ("select" int, "from" text) LANGUAGE sql AS 'SELECT 1, $1';
CREATE FUNCTION routines.overloaded(int) RETURNS int LANGUAGE sql RETURN $1;
CREATE FUNCTION routines.overloaded(text) RETURNS text LANGUAGE sql RETURN $1;
-- Its body does not compile: allowed, and a dump must not trip over it.
SET check_function_bodies = off;
CREATE FUNCTION routines.broken() RETURNS int LANGUAGE sql AS 'SELECT nothing FROM nowhere';
RESET check_function_bodies;

CREATE PROCEDURE routines.work(INOUT n int, step int DEFAULT 1) LANGUAGE plpgsql AS $$ BEGIN n := n + step; COMMIT; END $$;
CREATE PROCEDURE routines.work_atomic(n int) BEGIN ATOMIC UPDATE routines.items SET price = price WHERE id = n; END;

CREATE FUNCTION routines.longer(text, text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN length($1) >= length($2) THEN $1 ELSE $2 END;
CREATE AGGREGATE routines.longest(text) (SFUNC = routines.longer, STYPE = text, INITCOND = '', PARALLEL = SAFE);
CREATE AGGREGATE routines.middle(float8 ORDER BY float8) (SFUNC = ordered_set_transition, STYPE = internal,
  FINALFUNC = percentile_cont_float8_final);

CREATE FUNCTION routines.same_length(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN length($1) = length($2);
CREATE OPERATOR routines.=#= (LEFTARG = text, RIGHTARG = text, FUNCTION = routines.same_length, COMMUTATOR = OPERATOR(routines.=#=));
COMMENT ON OPERATOR routines.=#= (text, text) IS 'as long as';
CREATE FUNCTION routines.pair_to_text(kinds.pair) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1."right part";
CREATE CAST (kinds.pair AS text) WITH FUNCTION routines.pair_to_text(kinds.pair) AS ASSIGNMENT;
CREATE OPERATOR FAMILY routines.own USING btree;
CREATE OPERATOR CLASS routines.int_own FOR TYPE int USING btree FAMILY routines.own AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE INDEX by_own_class ON routines.items (id routines.int_own DESC NULLS LAST) INCLUDE (label) WITH (fillfactor = 70);
CREATE INDEX by_expression ON routines.items (routines.longer(label, 'x')) WHERE price IS NOT NULL;
ALTER INDEX routines.by_expression ALTER COLUMN 1 SET STATISTICS 500;
