-- Owners, grants on grants, column grants, default privileges, row-level security.
CREATE SCHEMA private AUTHORIZATION awkward_owner;
SET ROLE awkward_owner;
CREATE TABLE private.accounts (id int PRIMARY KEY, owner text, secret text, "public;" text);
INSERT INTO private.accounts VALUES (1, 'awkward reader"x', 's1', 'p1'), (2, 'nobody', 's2', 'p2');
CREATE FUNCTION private.f() RETURNS int LANGUAGE sql RETURN 1;
CREATE TYPE private.t AS ENUM ('a');
CREATE SEQUENCE private.s;
GRANT USAGE ON SCHEMA private TO awkward_grantor WITH GRANT OPTION;
GRANT SELECT, UPDATE ON private.accounts TO awkward_grantor WITH GRANT OPTION;
GRANT SELECT ("public;") ON private.accounts TO PUBLIC;
GRANT UPDATE ("public;", owner), REFERENCES (id) ON private.accounts TO awkward_grantor WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION private.f() TO awkward_grantor WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION private.f() FROM PUBLIC;
REVOKE USAGE ON TYPE private.t FROM PUBLIC;
GRANT USAGE ON TYPE private.t TO "awkward reader""x";
REVOKE DELETE, TRUNCATE ON private.accounts FROM awkward_owner;
-- Grants by someone who is not the owner.
SET ROLE awkward_grantor;
GRANT USAGE ON SCHEMA private TO "awkward reader""x";
GRANT SELECT ON private.accounts TO "awkward reader""x" WITH GRANT OPTION;
GRANT UPDATE (owner) ON private.accounts TO "awkward-Ünï;code";
GRANT EXECUTE ON FUNCTION private.f() TO "awkward-Ünï;code";
SET ROLE "awkward reader""x";
GRANT SELECT ON private.accounts TO "awkward-Ünï;code";
RESET ROLE;
GRANT USAGE, UPDATE ON SEQUENCE private.s TO "awkward reader""x";
GRANT TRIGGER ON ALL TABLES IN SCHEMA "-dash", views TO "awkward-Ünï;code";
REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO awkward_owner;
GRANT SELECT ON pg_catalog.pg_authid TO awkward_grantor;
GRANT CREATE ON SCHEMA public TO awkward_grantor;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;

ALTER TABLE private.accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "own; rows" ON private.accounts USING (owner = current_user) WITH CHECK (owner <> 'it''s');
CREATE POLICY restricted ON private.accounts AS RESTRICTIVE FOR SELECT TO "awkward reader""x", awkward_grantor USING (id > 0);
CREATE POLICY switched_off ON views.facts FOR DELETE TO PUBLIC USING (EXISTS (SELECT FROM private.accounts));
COMMENT ON POLICY "own; rows" ON private.accounts IS 'only one''s own';
CREATE TABLE private.nobody_sees (id int);
INSERT INTO private.nobody_sees VALUES (1);
ALTER TABLE private.nobody_sees ENABLE ROW LEVEL SECURITY;
ALTER TABLE private.nobody_sees OWNER TO awkward_owner;

ALTER DEFAULT PRIVILEGES FOR ROLE awkward_owner GRANT SELECT ON TABLES TO "awkward reader""x" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE awkward_owner IN SCHEMA private GRANT ALL ON SEQUENCES TO awkward_grantor;
ALTER DEFAULT PRIVILEGES FOR ROLE awkward_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "awkward-Ünï;code" IN SCHEMA "dot.dot" GRANT USAGE ON TYPES TO PUBLIC;
