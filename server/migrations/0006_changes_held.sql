-- How many changes each laptop has here: counted by itself, because a laptop may number as it likes.
ALTER TABLE device ADD COLUMN changes_held bigint NOT NULL DEFAULT 0;
UPDATE device SET changes_held = (SELECT count(*) FROM change WHERE device_id = device.id);
