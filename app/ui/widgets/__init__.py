"""The parts that screens are made of; none of them knows the programme."""

from app.ui.widgets.busy import BusyIndicator, Progress
from app.ui.widgets.buttons import IconButton, button
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.fields import Field, PassphraseField
from app.ui.widgets.flowing import AcrossOrDown, Flow
from app.ui.widgets.form_fields import ChoiceField, DayField, Form, NumberField, TickField
from app.ui.widgets.labels import Badge, label, tile
from app.ui.widgets.notice_bar import NoticeBar
from app.ui.widgets.page_header import PageHeader
from app.ui.widgets.rebuilt_page import FilledPage, RebuiltPage
from app.ui.widgets.row_list import RowModel, RowTable
from app.ui.widgets.search_field import FilteredList, fits, search_field
from app.ui.widgets.slices import Slices
from app.ui.widgets.surfaces import (
    Card,
    ScrollPage,
    SharedTable,
    across_or_down,
    dress_list,
    dress_table,
    fill_anew,
    focus_kept,
    heading_width,
    is_large_text,
    set_property,
    share_width,
)

__all__ = [
    "AcrossOrDown",
    "Badge",
    "BusyIndicator",
    "Card",
    "ChoiceField",
    "DayField",
    "EmptyState",
    "Field",
    "FilledPage",
    "FilteredList",
    "Flow",
    "Form",
    "IconButton",
    "NoticeBar",
    "NumberField",
    "PageHeader",
    "PassphraseField",
    "Progress",
    "RebuiltPage",
    "RowModel",
    "RowTable",
    "ScrollPage",
    "SharedTable",
    "Slices",
    "TickField",
    "across_or_down",
    "button",
    "dress_list",
    "dress_table",
    "fill_anew",
    "fits",
    "focus_kept",
    "heading_width",
    "is_large_text",
    "label",
    "search_field",
    "set_property",
    "share_width",
    "tile",
]
