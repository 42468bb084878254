-- Sequences used, unused, wound back, at their end, owned from elsewhere.
CREATE SCHEMA sequences;
CREATE SEQUENCE sequences.untouched;
CREATE SEQUENCE sequences.not_called START 42;
SELECT setval('sequences.not_called', 7, false);
CREATE SEQUENCE sequences.called;
SELECT setval('sequences.called', 7, true);
CREATE SEQUENCE sequences."down; --" AS smallint INCREMENT -7 MINVALUE -100 MAXVALUE 50 START 50 CACHE 3 CYCLE;
SELECT nextval('sequences."down; --"'), nextval('sequences."down; --"');
CREATE SEQUENCE sequences.at_end MINVALUE 0 MAXVALUE 3 START 0;
SELECT setval('sequences.at_end', 3);
CREATE SEQUENCE sequences.extreme MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807 INCREMENT 9223372036854775807;
SELECT setval('sequences.extreme', -9223372036854775808);
CREATE UNLOGGED SEQUENCE sequences.unlogged;
SELECT nextval('sequences.unlogged');
CREATE TABLE sequences.owner (id int, extra int DEFAULT nextval('sequences.called'));
CREATE SEQUENCE sequences.owned OWNED BY sequences.owner.id;
ALTER TABLE sequences.owner ALTER id SET DEFAULT nextval('sequences.owned'::text::regclass);
INSERT INTO sequences.owner (id) VALUES (DEFAULT), (DEFAULT);
-- Owned by one table and named in the default of another.
CREATE TABLE sequences.borrower (id bigint DEFAULT nextval('sequences.owned'));
INSERT INTO sequences.borrower VALUES (DEFAULT);
ALTER SEQUENCE sequences.not_called OWNER TO awkward_owner;
COMMENT ON SEQUENCE sequences.not_called IS 'the next is 7';
