-- Whom a team has and once had. Of somebody who has left it sees nothing but the memberships that name it:
-- how many, and the sum of their marks.
CREATE TABLE member (
    cooperation_id uuid NOT NULL,
    person_id      uuid NOT NULL,
    team_id        uuid NOT NULL,
    is_active      boolean NOT NULL,
    left_rows      bigint NOT NULL,
    left_hash      numeric NOT NULL,
    PRIMARY KEY (cooperation_id, person_id, team_id)
);
CREATE INDEX active_member ON member (cooperation_id, team_id, person_id) WHERE is_active;
CREATE INDEX left_member ON member (cooperation_id, team_id, person_id) WHERE left_rows > 0;

-- The tallies of all people of a team together, and of what it sees of those who left: a laptop is told one sum for
-- each entity, however many people there are. Kept by triggers, so that whoever writes rows and tallies keeps them.
CREATE TABLE team_tally (
    cooperation_id uuid NOT NULL,
    team_id        uuid NOT NULL,
    entity         text NOT NULL,
    rows           bigint NOT NULL,
    hash           numeric NOT NULL,
    PRIMARY KEY (cooperation_id, team_id, entity)
);

CREATE FUNCTION count_member(its_cooperation uuid, its_team uuid, its_person uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was member;
    found member;
BEGIN
    IF its_team IS NULL OR its_person IS NULL THEN
        RETURN;
    END IF;
    SELECT its_cooperation, its_person, its_team, coalesce(bool_or((fields ->> 'left_on') IS NULL), false), count(*),
           coalesce(sum(mod(('x' || right(row_id::text, 8))::bit(32)::bigint * mod(position, 2147483647), 4294967291)), 0)
    INTO found FROM row
    WHERE cooperation_id = its_cooperation AND person_id = its_person AND team_id = its_team
      AND entity = 'membership' AND NOT deleted;
    IF found.is_active THEN
        found.left_rows := 0;
        found.left_hash := 0;
    END IF;
    SELECT * INTO was FROM member
    WHERE cooperation_id = its_cooperation AND person_id = its_person AND team_id = its_team;
    INSERT INTO member SELECT found.* ON CONFLICT (cooperation_id, person_id, team_id)
    DO UPDATE SET is_active = excluded.is_active, left_rows = excluded.left_rows, left_hash = excluded.left_hash;
    IF found.is_active <> coalesce(was.is_active, false) THEN
        INSERT INTO team_tally AS known
        SELECT its_cooperation, its_team, entity, CASE WHEN found.is_active THEN rows ELSE -rows END,
               CASE WHEN found.is_active THEN hash ELSE -hash END
        FROM tally WHERE cooperation_id = its_cooperation AND owner_id = its_person
        ON CONFLICT (cooperation_id, team_id, entity)
        DO UPDATE SET rows = known.rows + excluded.rows, hash = known.hash + excluded.hash;
    END IF;
    IF found.left_hash <> coalesce(was.left_hash, 0) OR found.left_rows <> coalesce(was.left_rows, 0) THEN
        INSERT INTO team_tally AS known VALUES (
            its_cooperation, its_team, 'membership',
            found.left_rows - coalesce(was.left_rows, 0), found.left_hash - coalesce(was.left_hash, 0)
        )
        ON CONFLICT (cooperation_id, team_id, entity)
        DO UPDATE SET rows = known.rows + excluded.rows, hash = known.hash + excluded.hash;
    END IF;
END
$$;

CREATE FUNCTION membership_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (OLD.team_id, OLD.person_id) IS DISTINCT FROM (NEW.team_id, NEW.person_id)
    THEN
        PERFORM count_member(OLD.cooperation_id, OLD.team_id, OLD.person_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM count_member(NEW.cooperation_id, NEW.team_id, NEW.person_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER membership_added AFTER INSERT ON row
FOR EACH ROW WHEN (NEW.entity = 'membership') EXECUTE FUNCTION membership_written();
CREATE TRIGGER membership_changed AFTER UPDATE ON row
FOR EACH ROW WHEN (NEW.entity = 'membership') EXECUTE FUNCTION membership_written();
CREATE TRIGGER membership_removed AFTER DELETE ON row
FOR EACH ROW WHEN (OLD.entity = 'membership') EXECUTE FUNCTION membership_written();

CREATE FUNCTION tally_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO team_tally AS known
        SELECT after.cooperation_id, team_id, entity, sum(rows), sum(hash) FROM after
        JOIN member ON member.cooperation_id = after.cooperation_id AND person_id = owner_id AND is_active
        GROUP BY after.cooperation_id, team_id, entity
        ON CONFLICT (cooperation_id, team_id, entity)
        DO UPDATE SET rows = known.rows + excluded.rows, hash = known.hash + excluded.hash;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO team_tally AS known
        SELECT after.cooperation_id, team_id, after.entity, sum(after.rows - before.rows), sum(after.hash - before.hash)
        FROM after JOIN before USING (cooperation_id, owner_id, entity)
        JOIN member ON member.cooperation_id = after.cooperation_id AND person_id = owner_id AND is_active
        GROUP BY after.cooperation_id, team_id, after.entity
        ON CONFLICT (cooperation_id, team_id, entity)
        DO UPDATE SET rows = known.rows + excluded.rows, hash = known.hash + excluded.hash;
    ELSE
        INSERT INTO team_tally AS known
        SELECT before.cooperation_id, team_id, entity, -sum(rows), -sum(hash) FROM before
        JOIN member ON member.cooperation_id = before.cooperation_id AND person_id = owner_id AND is_active
        GROUP BY before.cooperation_id, team_id, entity
        ON CONFLICT (cooperation_id, team_id, entity)
        DO UPDATE SET rows = known.rows + excluded.rows, hash = known.hash + excluded.hash;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tally_added AFTER INSERT ON tally REFERENCING NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION tally_written();
CREATE TRIGGER tally_changed AFTER UPDATE ON tally REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION tally_written();
CREATE TRIGGER tally_removed AFTER DELETE ON tally REFERENCING OLD TABLE AS before
FOR EACH STATEMENT EXECUTE FUNCTION tally_written();

INSERT INTO member
SELECT cooperation_id, person_id, team_id, is_active,
       CASE WHEN is_active THEN 0 ELSE number END, CASE WHEN is_active THEN 0 ELSE marks END
FROM (
    SELECT cooperation_id, person_id, team_id, bool_or((fields ->> 'left_on') IS NULL) AS is_active,
           count(*) AS number,
           sum(mod(('x' || right(row_id::text, 8))::bit(32)::bigint * mod(position, 2147483647), 4294967291)) AS marks
    FROM row
    WHERE entity = 'membership' AND NOT deleted AND team_id IS NOT NULL AND person_id IS NOT NULL
    GROUP BY cooperation_id, person_id, team_id
) AS counted;
INSERT INTO team_tally
SELECT cooperation_id, team_id, entity, sum(rows), sum(hash) FROM (
    SELECT member.cooperation_id, team_id, entity, rows, hash FROM member
    JOIN tally ON tally.cooperation_id = member.cooperation_id AND owner_id = person_id WHERE is_active
    UNION ALL
    SELECT cooperation_id, team_id, 'membership', left_rows, left_hash FROM member WHERE left_rows > 0
) AS seen
GROUP BY cooperation_id, team_id, entity;
