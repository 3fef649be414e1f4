-- What pruning names the rows by. Not the row's address (ctid): that would take the right to read every column.
GRANT SELECT (trigger_id, key) ON receipts TO weftline_engine;
GRANT SELECT (actor, route, key) ON idempotency_records TO weftline_engine;
