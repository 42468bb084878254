-- Roles belong to the server, not to the database: several awkward databases share them.
SELECT format('CREATE ROLE %I', wanted)
FROM unnest(ARRAY['awkward_owner', 'awkward reader"x', 'awkward_grantor', 'awkward-Ünï;code']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)
\gexec
