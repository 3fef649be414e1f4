-- The hosts that a person agreed to send a connection's credentials to. Empty: not bound yet; the first use binds it.
-- Read and written behind row-level security by the application alone: no door needs it.
ALTER TABLE connections ADD COLUMN credential_hosts text[] NOT NULL DEFAULT '{}';
