-- Forgets receipts and stored answers after 30 days, a bounded number a call.
CREATE OR REPLACE FUNCTION engine.prune_receipts() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone int;
BEGIN
  DELETE FROM receipts WHERE ctid = ANY(ARRAY(SELECT c.ctid FROM receipts c WHERE c.at < clock_timestamp() - interval '30 days' LIMIT 5000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM idempotency_records WHERE ctid = ANY(ARRAY(SELECT c.ctid FROM idempotency_records c WHERE c.at < clock_timestamp() - interval '30 days' LIMIT 5000));
  RETURN gone;
END $$;
