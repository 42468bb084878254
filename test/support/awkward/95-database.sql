-- What hangs on the database itself. No plain dump carries any of it.
SELECT format(line, current_database())
FROM (VALUES
  ('ALTER DATABASE %I SET search_path = "new
line", "$user", public, "semi;colon--"'),
  ('ALTER DATABASE %I SET statement_timeout = ''45s'''),
  ('ALTER DATABASE %I SET "DateStyle" = ''SQL, DMY'''),
  ('ALTER DATABASE %I SET "IntervalStyle" = ''sql_standard'''),
  ('ALTER DATABASE %I SET "TimeZone" = ''Asia/Kathmandu'''),
  ('ALTER DATABASE %I SET bytea_output = ''escape'''),
  ('ALTER DATABASE %I SET extra_float_digits = 0'),
  ('ALTER DATABASE %I SET temp_tablespaces = '''''),
  ('ALTER DATABASE %I SET awkward.custom = ''it''''s "a; list", \ of things'''),
  ('ALTER ROLE "awkward reader""x" IN DATABASE %I SET work_mem = ''5MB'''),
  ('ALTER ROLE "awkward reader""x" IN DATABASE %I SET search_path = private, "dot.dot"'),
  ('GRANT CREATE ON DATABASE %I TO awkward_grantor WITH GRANT OPTION'),
  ('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC'),
  ('ALTER DATABASE %I OWNER TO awkward_owner'),
  ('SET ROLE awkward_grantor'),
  ('GRANT CREATE ON DATABASE %I TO "awkward reader""x"'),
  ('RESET ROLE'),
  ('ALTER DATABASE %I CONNECTION LIMIT 97'),
  ('COMMENT ON DATABASE %I IS ''It''''s an "awkward";
database -- with \. in it''')
) AS statements (line)
\gexec
