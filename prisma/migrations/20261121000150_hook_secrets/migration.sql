-- While a webhook's secret is exchanged the former one counts too, until an instant. And how many calls were refused for their
-- signature, and when and why the last of them was: a count alone, nothing of the calls.
ALTER TABLE triggers
  ADD COLUMN former_secret_cipher bytea,
  ADD COLUMN former_secret_until timestamptz(3),
  ADD COLUMN refused_calls bigint NOT NULL DEFAULT 0,
  ADD COLUMN refused_at timestamptz(3),
  ADD COLUMN refused_reason text;
