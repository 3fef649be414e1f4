-- An approval with four eyes is not decided by whoever started the run: the person, also when a key of theirs, or a run of theirs, did it.
ALTER TABLE run_questions ADD COLUMN four_eyes boolean NOT NULL DEFAULT false, ADD COLUMN requested_by uuid;
