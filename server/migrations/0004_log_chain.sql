-- How far each laptop's access log is known here, where it is broken, and from where on two versions of it came.
ALTER TABLE device
    ADD COLUMN log_number bigint,
    ADD COLUMN log_hash text,
    ADD COLUMN log_broken bigint,
    ADD COLUMN log_forked bigint;
