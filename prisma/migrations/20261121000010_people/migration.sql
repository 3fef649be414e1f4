-- What the doors of sign-in, membership and readiness read.
GRANT SELECT (migration_name, finished_at, rolled_back_at) ON _prisma_migrations TO weftline_engine;
