"""Who may do what: a role that nobody knows may nothing, and the printed table says what the code does."""

from app.domain.roles import MAY_REVOKE, MEANING, Right, Role, may, rights_table, who_may


def test_a_counsellor_sees_the_own_teams_and_nothing_of_the_whole_cooperation() -> None:
    assert may("counsellor", Right.SEE_OWN_TEAMS)
    assert not may("counsellor", Right.SEE_COOPERATION)
    assert not may("counsellor", Right.ERASE)


def test_an_auditor_reads_the_log_and_no_record() -> None:
    assert may("auditor", Right.SEE_WHOLE_LOG)
    assert not any(may("auditor", right) for right in (Right.SEE_OWN_TEAMS, Right.WRITE_RECORDS, Right.EXPORT_PERSON))


def test_a_role_that_nobody_knows_may_nothing() -> None:
    assert not any(may(role, right) for role in ("", "owner", "COORDINATOR") for right in Right)


def test_who_has_a_right_is_who_may() -> None:
    for right in Right:
        assert who_may(right) == tuple(role.value for role in Role if may(role, right))


def test_the_printed_table_says_of_each_role_and_right_what_the_code_says() -> None:
    head, _line, *rows = rights_table().splitlines()
    assert [cell.strip() for cell in head.strip("|").split("|")] == ["may", *Role]
    said = {row.split("|")[1].strip(): [cell.strip() for cell in row.strip("|").split("|")[1:]] for row in rows}
    for right in Right:
        assert said[MEANING[right]] == ["yes" if may(role, right) else "–" for role in Role]
    assert said["revoke a laptop"] == ["yes" if role in MAY_REVOKE else "–" for role in Role]
