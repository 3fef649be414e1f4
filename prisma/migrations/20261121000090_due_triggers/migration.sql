-- What is due of one workspace, and the workspaces that have something: a claim reads a few rows of each, whatever another has waiting.
CREATE INDEX app_triggers_due_of_tenant ON app_triggers (tenant_id, LEAST(next_poll_at, next_upkeep_at))
  WHERE LEAST(next_poll_at, next_upkeep_at) IS NOT NULL;
DROP INDEX app_triggers_due;
