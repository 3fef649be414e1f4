-- How many items of a poll its condition passed over since it began, and which items are still new because they were not read in full:
-- SHA-256 of their keys, those that the service did not give last, `unread_failed` of them.
ALTER TABLE app_triggers
  ADD COLUMN filtered bigint NOT NULL DEFAULT 0,
  ADD COLUMN unread_keys bytea[] NOT NULL DEFAULT ARRAY[]::bytea[],
  ADD COLUMN unread_failed integer NOT NULL DEFAULT 0;
