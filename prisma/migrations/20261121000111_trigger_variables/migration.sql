-- What a trigger's input says before the workspace's named values are filled in; null where it reads none. `input` is what the service
-- was last asked with.
ALTER TABLE app_triggers ADD COLUMN input_template text;
