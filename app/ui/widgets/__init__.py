"""The parts that screens are made of; none of them knows the programme.

Each is imported when it is first asked for: the first screen has neither tables nor calendars.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from app.ui.widgets.boxes import ChoiceBox, NumberBox
    from app.ui.widgets.busy import BusyIndicator, Progress
    from app.ui.widgets.buttons import IconButton, button
    from app.ui.widgets.empty_state import EmptyState
    from app.ui.widgets.fields import Field, PassphraseField, complain_to_all
    from app.ui.widgets.flowing import AcrossOrDown, Flow, Hung
    from app.ui.widgets.form import Form
    from app.ui.widgets.form_fields import ChoiceField, DayField, NumberField, TickField
    from app.ui.widgets.labels import Badge, LongBadge, OneLine, label, say_at_most, tile, tip
    from app.ui.widgets.notice_bar import NoticeBar, ResultBar
    from app.ui.widgets.page_header import PageHeader
    from app.ui.widgets.rebuilt_page import FilledPage, RebuiltPage
    from app.ui.widgets.refilling import fill_anew, focus_kept, laid_out_once
    from app.ui.widgets.room import (
        across_or_down,
        is_large_beside_list,
        is_large_text,
        is_narrow,
        is_ordinary_text,
        short_row,
    )
    from app.ui.widgets.row_list import RowModel, RowTable
    from app.ui.widgets.searching import FilteredList, fits, search_field
    from app.ui.widgets.slices import Slices
    from app.ui.widgets.surfaces import Card, PageCard, PagePart, ScrollPage, WidthFirst, set_property
    from app.ui.widgets.tables import SharedTable, dress_list, dress_table, heading_width, in_lines, share_width
    from app.ui.widgets.typed_in import is_typed_in, note_as_made

__all__ = [
    "AcrossOrDown",
    "Badge",
    "BusyIndicator",
    "Card",
    "ChoiceBox",
    "ChoiceField",
    "DayField",
    "EmptyState",
    "Field",
    "FilledPage",
    "FilteredList",
    "Flow",
    "Form",
    "Hung",
    "IconButton",
    "LongBadge",
    "NoticeBar",
    "NumberBox",
    "NumberField",
    "OneLine",
    "PageCard",
    "PageHeader",
    "PagePart",
    "PassphraseField",
    "Progress",
    "RebuiltPage",
    "ResultBar",
    "RowModel",
    "RowTable",
    "ScrollPage",
    "SharedTable",
    "Slices",
    "TickField",
    "WidthFirst",
    "across_or_down",
    "button",
    "complain_to_all",
    "dress_list",
    "dress_table",
    "fill_anew",
    "fits",
    "focus_kept",
    "heading_width",
    "in_lines",
    "is_large_beside_list",
    "is_large_text",
    "is_narrow",
    "is_ordinary_text",
    "is_typed_in",
    "label",
    "laid_out_once",
    "note_as_made",
    "say_at_most",
    "search_field",
    "set_property",
    "share_width",
    "short_row",
    "tile",
    "tip",
]

_HOMES: Final = {
    "boxes": ("ChoiceBox", "NumberBox"),
    "busy": ("BusyIndicator", "Progress"),
    "buttons": ("IconButton", "button"),
    "empty_state": ("EmptyState",),
    "fields": ("Field", "PassphraseField", "complain_to_all"),
    "flowing": ("AcrossOrDown", "Flow", "Hung"),
    "form": ("Form",),
    "form_fields": ("ChoiceField", "DayField", "NumberField", "TickField"),
    "labels": ("Badge", "LongBadge", "OneLine", "label", "say_at_most", "tile", "tip"),
    "notice_bar": ("NoticeBar", "ResultBar"),
    "page_header": ("PageHeader",),
    "rebuilt_page": ("FilledPage", "RebuiltPage"),
    "refilling": ("fill_anew", "focus_kept", "laid_out_once"),
    "room": ("across_or_down", "is_large_beside_list", "is_large_text", "is_narrow", "is_ordinary_text", "short_row"),
    "row_list": ("RowModel", "RowTable"),
    "searching": ("FilteredList", "fits", "search_field"),
    "slices": ("Slices",),
    "surfaces": ("Card", "PageCard", "PagePart", "ScrollPage", "WidthFirst", "set_property"),
    "tables": ("SharedTable", "dress_list", "dress_table", "heading_width", "in_lines", "share_width"),
    "typed_in": ("is_typed_in", "note_as_made"),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Return a part by its name, from the module in which it is at home."""
    if name not in _HOME_OF:
        raise AttributeError(name)
    made = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = made
    return made
