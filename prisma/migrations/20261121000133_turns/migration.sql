-- The door that gives a run its key when it begins (prisma/functions/take_turn.sql).
GRANT UPDATE (concurrency_key, concurrency_limit) ON workflow_runs TO weftline_engine;
