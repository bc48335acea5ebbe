"""What comes over the wire is stored as the object mapper would store it, and nothing else is."""

import pytest
from sqlalchemy import JSON, Boolean, Date, Float, Integer, insert, literal_column, select

from app.errors import KnownProblem
from app.models.base import LOCAL_COLUMNS, Moment, from_wire, synced_tables, to_wire
from app.storage.columns import columns_of, stored_values
from tests.empty_store import empty_store

KEY = bytes(range(32))
UNFIT = {
    "TEXT": 7, "DAY": "2026-02-30", "MOMENT": "2026-03-02T16:00:00", "WHOLE": True, "NUMBER": "1", "WHETHER": 1,
    "LIST": {"ø": 1}, "OBJECT": ["ø"],
}  # fmt: skip
LISTS = ("merge_took", "topics")


def kind_of(column) -> str:
    match column.type:
        case Moment():
            return "MOMENT"
        case Date():
            return "DAY"
        case Boolean():
            return "WHETHER"
        case Integer():
            return "WHOLE"
        case Float():
            return "NUMBER"
        case JSON():
            return "LIST" if column.name in LISTS else "OBJECT"
    return "TEXT"


SAID = {
    "TEXT": 'Ærø "\\ 1',
    "DAY": "2026-03-02",
    "MOMENT": "2026-03-02T17:00:00.500000+01:00",
    "WHETHER": True,
    "WHOLE": 7,
    "NUMBER": 12,
    "LIST": ["ø", "b"],
    "OBJECT": {"ø": [1, None, "b"]},
}


def columns(entity: str):
    return [column for column in synced_tables()[entity].__table__.columns if column.name not in LOCAL_COLUMNS]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = empty_store(tmp_path_factory.mktemp("columns") / "store.db", KEY)
    yield store
    store.close()


@pytest.mark.parametrize("entity", sorted(synced_tables()))
def test_every_value_is_stored_as_the_object_mapper_stores_it(store, entity):
    model = synced_tables()[entity]
    full = {column.name: SAID[kind_of(column)] for column in columns(entity)}
    least = {
        column.name: None if column.nullable else full[column.name]
        for column in columns(entity)
        if column.nullable or column.default is None
    }
    key = {"id": "x", "server_position": 3}
    for fields in (full, least):
        values = stored_values(entity, fields, is_new=True)
        with store.engine.connect() as connection:
            connection.execute(insert(model.__table__), [{**from_wire(model, fields), **key}])
            # As it lies there: what every column holds, not what the mapper makes of it.
            as_stored = select(literal_column("*")).select_from(model.__table__)
            mapped = connection.execute(as_stored).mappings().one()
            # A column that nobody says and that has no default stays empty.
            assert dict(mapped) == {**dict.fromkeys(mapped), **values, **key}
            connection.rollback()
        said = {column.name: column.said(values[column.name]) for column in columns_of(entity) if column.name in fields}
        assert said == {name: to_wire(value) for name, value in from_wire(model, fields).items()}


@pytest.mark.parametrize("entity", sorted(synced_tables()))
def test_a_value_that_is_none_of_its_columns_names_the_column(entity):
    full = {column.name: SAID[kind_of(column)] for column in columns(entity)}
    for column in columns(entity):
        wrong = [UNFIT[kind_of(column)]]
        wrong += [] if column.nullable else [None]
        wrong += [2**63] if kind_of(column) == "WHOLE" else []
        for value in wrong:
            with pytest.raises(KnownProblem, match="unreadable-row") as found:
                stored_values(entity, {**full, column.name: value}, is_new=False)
            assert found.value.parameters["field"] == column.name
        if not column.nullable and column.default is None:
            rest = {name: value for name, value in full.items() if name != column.name}
            with pytest.raises(KnownProblem, match="unreadable-row"):
                stored_values(entity, rest, is_new=True)
            assert column.name not in stored_values(entity, rest, is_new=False)
