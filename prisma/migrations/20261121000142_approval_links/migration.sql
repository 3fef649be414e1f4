-- Approvals that can be decided through a link. The link's token is an HMAC of 256 bits; what is kept is its SHA-256.
ALTER TABLE run_questions ADD COLUMN link_hash bytea;
CREATE UNIQUE INDEX run_questions_link_hash_key ON run_questions (link_hash);
GRANT SELECT (link_hash) ON run_questions TO weftline_engine;
