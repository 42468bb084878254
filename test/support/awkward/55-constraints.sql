-- Constraints that the data breaks, that point in circles, that wait for the end of the transaction.
CREATE SCHEMA constraints;
CREATE TABLE constraints.target (id int PRIMARY KEY, code text UNIQUE NULLS NOT DISTINCT, UNIQUE (id, code) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO constraints.target VALUES (1, 'a'), (2, NULL), (3, 'c');

CREATE TABLE constraints.broken (id int PRIMARY KEY, target_id int, amount int);
INSERT INTO constraints.broken VALUES (1, 1, 5), (2, 999, -5);
ALTER TABLE constraints.broken ADD CONSTRAINT "dangling; --" FOREIGN KEY (target_id) REFERENCES constraints.target NOT VALID;
ALTER TABLE constraints.broken ADD CONSTRAINT negative CHECK (amount > 0) NOT VALID;
COMMENT ON CONSTRAINT "dangling; --" ON constraints.broken IS 'row 2 points nowhere';

CREATE TABLE constraints.egg (id int PRIMARY KEY, hen_id int);
CREATE TABLE constraints.hen (id int PRIMARY KEY, egg_id int NOT NULL REFERENCES constraints.egg ON DELETE CASCADE ON UPDATE SET NULL);
INSERT INTO constraints.egg VALUES (1, 2), (2, 1);
INSERT INTO constraints.hen VALUES (1, 1), (2, 2);
ALTER TABLE constraints.egg ADD FOREIGN KEY (hen_id) REFERENCES constraints.hen DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE constraints.tree (
  id int PRIMARY KEY, parent_id int REFERENCES constraints.tree ON DELETE SET NULL (parent_id),
  root_id int NOT NULL REFERENCES constraints.tree DEFERRABLE
);
INSERT INTO constraints.tree VALUES (1, 3, 1), (2, 1, 1), (3, 2, 1);

CREATE TABLE constraints.bookings (
  room int, during tsrange, cancelled boolean NOT NULL DEFAULT false,
  CONSTRAINT "no overlap" EXCLUDE USING gist (during WITH &&, box(point(room, room), point(room, room)) WITH &&) WHERE (NOT cancelled) DEFERRABLE
);
INSERT INTO constraints.bookings VALUES
  (1, '[2024-01-01,2024-01-02)', false), (1, '[2024-01-02,)', false), (2, '(,)', false), (2, '(,)', true), (3, 'empty', false);

CREATE TABLE constraints.partitioned (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE constraints.partitioned_all PARTITION OF constraints.partitioned DEFAULT;
INSERT INTO constraints.partitioned VALUES (1, '2024-02-29');
CREATE TABLE constraints.to_partitioned (id int, day date, FOREIGN KEY (id, day) REFERENCES constraints.partitioned MATCH FULL);
INSERT INTO constraints.to_partitioned VALUES (1, '2024-02-29'), (NULL, NULL);

CREATE UNIQUE INDEX promoted ON constraints.to_partitioned (id) INCLUDE (day);
ALTER TABLE constraints.to_partitioned ADD CONSTRAINT "promoted constraint" UNIQUE USING INDEX promoted;
CREATE TABLE constraints.lower_only (name text CHECK (name = lower(name)) CHECK (name <> ''), CHECK (true) NO INHERIT);
INSERT INTO constraints.lower_only VALUES ('a'), (NULL);
