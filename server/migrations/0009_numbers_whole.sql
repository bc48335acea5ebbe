-- Each laptop's changes from the first to this number are all here: a receipt counts only what came after.
ALTER TABLE device ADD COLUMN whole_through bigint NOT NULL DEFAULT 0;

-- Who takes changes away, by whatever way, lowers it in the same transaction; the laptop's row is the lock for it.
CREATE FUNCTION changes_have_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET whole_through = greatest(0, least(whole_through, gone.lowest - 1))
    FROM (SELECT device_id, min(sequence) AS lowest FROM gone_changes GROUP BY device_id) AS gone
    WHERE device.id = gone.device_id;
    RETURN NULL;
END $$;
CREATE TRIGGER changes_have_gone AFTER DELETE ON change
    REFERENCING OLD TABLE AS gone_changes FOR EACH STATEMENT EXECUTE FUNCTION changes_have_gone();

CREATE FUNCTION change_has_another_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET whole_through = greatest(0, least(whole_through, OLD.sequence - 1)) WHERE id = OLD.device_id;
    RETURN NULL;
END $$;
CREATE TRIGGER change_has_another_number AFTER UPDATE ON change FOR EACH ROW
    WHEN ((OLD.device_id, OLD.sequence) IS DISTINCT FROM (NEW.device_id, NEW.sequence))
    EXECUTE FUNCTION change_has_another_number();

CREATE FUNCTION all_changes_have_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET whole_through = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER all_changes_have_gone AFTER TRUNCATE ON change
    FOR EACH STATEMENT EXECUTE FUNCTION all_changes_have_gone();

ALTER TABLE change ENABLE ALWAYS TRIGGER changes_have_gone;
ALTER TABLE change ENABLE ALWAYS TRIGGER change_has_another_number;
ALTER TABLE change ENABLE ALWAYS TRIGGER all_changes_have_gone;
