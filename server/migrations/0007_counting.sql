-- A receipt counts a laptop's changes from this index alone, without reading the changes themselves.
DROP INDEX change_by_device;
CREATE INDEX change_by_device ON change (device_id, sequence) INCLUDE (outcome);
