"""One stylesheet for the whole application, made of tokens.

Widgets say what they are by properties: `kind` ("primary", "quiet", "danger") on buttons, `type` ("title", "heading",
"lead", "caption", "soft", "display") on labels, `tone` ("neutral", "accent", "amber", "success", "problem", "info")
on badges and notices, `card`, `navigation` and `plain` on frames and lists.
"""

from dataclasses import asdict
from string import Template
from typing import Final

from app.ui.theme.tokens import Metrics, Tokens

TONES: Final = ("accent", "amber", "success", "problem", "info")


def build_stylesheet(tokens: Tokens, metrics: Metrics) -> str:
    """Return the stylesheet for these colours and sizes."""
    sizes = asdict(metrics)
    values = (
        asdict(tokens)
        | sizes
        | {
            "inner": metrics.control - 2,
            # A ring around what has the keyboard takes its room from inside: nothing grows, nothing jumps.
            "inner_two": metrics.control - 4,
            "inner_three": metrics.control - 6,
            "beside_two": metrics.space_4 - 1,
            "beside_three": metrics.space_4 - 2,
            "beside_primary": metrics.space_5 - 2,
            "tick": round(metrics.body * 1.35),
            "tick_radius": round(metrics.body * 0.35),
            "radio_radius": round(metrics.body * 1.35 / 2),
            "arrow": round(metrics.body * 0.8),
            "arrow_room": round(metrics.body * 1.7),
            "badge_radius": round(metrics.caption * 0.75),
            "bar": 6,
            # Qt sets the text of a cell three pixels in.
            "header": metrics.space_3 + 3,
            "header_of_figures": metrics.space_1 + 3,
        }
    )
    parts = [_GENERAL, _TEXT, _BUTTONS, _FIELDS, _TABLES, _LISTS, _SURFACES, _MENUS, _SCROLLING]
    sheet = "\n".join(Template(part).substitute(values) for part in parts)
    return sheet + "\n".join(_tone(tone, tokens) for tone in TONES)


def _tone(tone: str, tokens: Tokens) -> str:
    soft, ink = getattr(tokens, f"{tone}_soft"), getattr(tokens, f"{tone}_ink")
    return f"""
QLabel[badge="true"][tone="{tone}"] {{ background: {soft}; color: {ink}; }}
QFrame[notice="true"][tone="{tone}"] {{ background: {soft}; border: 1px solid {getattr(tokens, tone)}; }}
QLabel[tile="true"][tone="{tone}"] {{ background: {soft}; }}
QLabel[type][tone="{tone}"] {{ color: {ink}; }}
"""


_GENERAL: Final = """
QMainWindow, QDialog, QWidget[page="true"] { background: $paper; }
QToolTip { background: $tooltip; color: $on_tooltip; border: 0; padding: ${space_1}px ${space_2}px; font-size: ${caption}px; }
QStatusBar { background: $sidebar; color: $ink_soft; }
QSplitter::handle { background: transparent; border-radius: 3px; }
QSplitter::handle:hover { background: $hover; }
"""  # noqa: E501

_TEXT: Final = """
QLabel { background: transparent; }
QLabel:disabled { color: $ink_faint; }
QLabel[type="display"] { font-size: ${display}px; font-weight: 700; }
QLabel[type="title"] { font-size: ${title}px; font-weight: 700; }
QLabel[type="heading"] { font-size: ${heading}px; font-weight: 700; }
QLabel[type="lead"] { font-size: ${lead}px; color: $ink_soft; }
QLabel[type="soft"] { color: $ink_soft; }
QLabel[type="strong"] { font-weight: 700; }
QLabel[type="caption"] { font-size: ${caption}px; color: $ink_soft; }
QLabel[type="error"] { font-size: ${caption}px; color: $problem_ink; }
QLabel[badge="true"] {
  background: $sunken; color: $ink_soft; border-radius: ${badge_radius}px;
  padding: ${space_1}px ${space_2}px; font-size: ${caption}px; font-weight: 700;
}
QLabel[badge="true"][large="true"] { font-size: ${body}px; padding: ${space_2}px ${space_3}px; }
"""

_BUTTONS: Final = """
QPushButton {
  min-height: ${inner}px; padding: 0 ${space_4}px; border-radius: ${radius}px;
  border: 1px solid $line_strong; background: $surface; color: $ink;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:checked { background: $accent_soft; border-color: $accent; color: $accent_ink; font-weight: 700; }
QPushButton:focus { border: 2px solid $focus; padding: 0 ${beside_two}px; min-height: ${inner_two}px; }
QPushButton:disabled { color: $ink_faint; background: $sunken; border-color: $line; }
QPushButton[kind="primary"] {
  background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 700; padding: 0 ${space_5}px;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:focus {
  border: 3px solid $focus; padding: 0 ${beside_primary}px; min-height: ${inner_three}px;
}
QPushButton[kind="primary"]:disabled { background: $pressed; color: $ink_soft; border-color: $pressed; }
QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent; color: $accent_ink; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:pressed { background: $pressed; }
QPushButton[kind="quiet"]:checked { background: $accent_soft; }
QPushButton[kind="quiet"]:focus { border: 2px solid $focus; }
QPushButton[kind="quiet"]:disabled { color: $ink_faint; background: transparent; }
QWidget[rule="true"] { background: $line; }
QPushButton[link="true"] {
  min-height: ${inner}px; min-width: ${inner}px; padding: 0 ${space_1}px; margin: 0; text-align: left; font-weight: 600;
  border-radius: ${space_1}px;
}
QPushButton[kind="link"] {
  background: transparent; border: 1px solid transparent; color: $accent_ink; padding: 0; min-height: ${inner}px;
  font-weight: 700; text-align: left;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border: 2px solid $focus; padding: 0; }
QPushButton[kind="danger"] { background: $problem; color: $on_problem; border: 1px solid $problem; font-weight: 700; }
QPushButton[kind="danger"]:hover { background: $problem_hover; border-color: $problem_hover; }
QPushButton[kind="danger"]:pressed { background: $problem_hover; border-color: $problem_hover; }
QPushButton[kind="danger"]:focus {
  border: 3px solid $focus; padding: 0 ${beside_three}px; min-height: ${inner_three}px;
}
QPushButton[kind="danger"]:disabled { background: $pressed; color: $ink_soft; border-color: $pressed; }
QPushButton::menu-indicator {
  image: url(theme:$name-down.png); width: ${arrow}px; height: ${arrow}px;
  subcontrol-origin: padding; subcontrol-position: center right; right: ${space_2}px;
}
QToolButton {
  min-width: ${inner}px; min-height: ${inner}px; border-radius: ${radius}px;
  border: 1px solid transparent; background: transparent; color: $ink;
}
QToolButton:hover { background: $hover; }
QLineEdit > QToolButton { min-width: 0; min-height: 0; border: 0; }
QToolButton:pressed, QToolButton:checked { background: $pressed; }
QToolButton:focus { border: 2px solid $focus; }
QToolButton::menu-indicator { image: none; }
"""

_FIELDS: Final = """
QLineEdit, QComboBox, QAbstractSpinBox, QDateEdit, QTimeEdit, QDateTimeEdit {
  min-height: ${inner}px; padding: 0 ${space_3}px; border: 1px solid $line_strong; border-radius: ${radius}px;
  background: $surface; color: $ink; selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color: $accent; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid $focus;
}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {
  background: $sunken; color: $ink_faint; border-color: $line;
}
QLineEdit, QPlainTextEdit, QTextEdit { placeholder-text-color: $ink_soft; }
QLineEdit:read-only { background: $sunken; }
QLineEdit[wrong="true"], QComboBox[wrong="true"], QAbstractSpinBox[wrong="true"] { border: 2px solid $problem; }
QPlainTextEdit, QTextEdit {
  padding: ${space_2}px; border: 1px solid $line_strong; border-radius: ${radius}px; background: $surface; color: $ink;
  selection-background-color: $accent; selection-color: $on_accent;
}
QComboBox { padding-right: ${arrow_room}px; }
QComboBox::drop-down {
  border: 0; width: ${arrow_room}px; subcontrol-origin: padding; subcontrol-position: center right;
}
QComboBox::down-arrow { image: url(theme:$name-down.png); width: ${arrow}px; height: ${arrow}px; }
QComboBox QAbstractItemView {
  background: $surface; color: $ink; border: 1px solid $line; border-radius: ${radius}px; padding: ${space_1}px;
  outline: 0; selection-background-color: $accent_soft; selection-color: $ink;
}
QComboBox QAbstractItemView::item { min-height: ${control}px; padding: 0 ${space_2}px; border-radius: ${radius}px; }
QAbstractSpinBox { padding: 0 ${control}px 0 ${space_3}px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit, QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit:focus {
  border: 0; min-height: 0; padding: 0; background: transparent;
}
QSpinBox, QDoubleSpinBox, QTimeEdit { qproperty-alignment: AlignCenter; }
QDateEdit::drop-down, QDateTimeEdit::drop-down {
  border: 0; background: transparent; width: ${control}px; subcontrol-origin: border; subcontrol-position: center right;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  border: 0; background: transparent; width: ${control}px; subcontrol-origin: border;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url(theme:$name-up.png); width: ${arrow}px; height: ${arrow}px; }
QAbstractSpinBox::down-arrow, QDateEdit::down-arrow {
  image: url(theme:$name-down.png); width: ${arrow}px; height: ${arrow}px;
}
QCheckBox, QRadioButton { min-height: ${control}px; spacing: ${space_2}px; background: transparent; }
QCheckBox:focus, QRadioButton:focus { color: $accent_ink; }
QCheckBox::indicator, QRadioButton::indicator {
  width: ${tick}px; height: ${tick}px; border: 1px solid $line_strong; background: $surface;
}
QCheckBox::indicator { border-radius: ${tick_radius}px; }
QRadioButton::indicator { border-radius: ${radio_radius}px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; background: $hover; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $focus; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url(theme:$name-check.png); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent; image: url(theme:$name-dash.png); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url(theme:$name-dot.png); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: $sunken; border-color: $line; }
QProgressBar {
  min-height: ${bar}px; max-height: ${bar}px; border: 0; border-radius: 3px; background: $hover; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $hover; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
  width: ${tick}px; margin: -${space_3}px 0; border-radius: ${radio_radius}px; background: $accent;
}
"""

_TABLES: Final = """
QTableView, QTreeView {
  background: $surface; border: 1px solid $line; border-radius: ${radius_large}px; outline: 0;
  gridline-color: $line; selection-background-color: $accent_soft; selection-color: $ink;
}
QTableView:focus, QTreeView:focus { border: 2px solid $focus; }
QTableView::item, QTreeView::item { padding: 0 ${space_3}px; border: 0; border-bottom: 1px solid $line; }
QTableView::item:hover, QTreeView::item:hover { background: $sunken; }
QTableView::item:selected, QTreeView::item:selected { background: $accent_soft; color: $ink; }
QTableView::item:focus, QTreeView::item:focus { border: 2px solid $focus; border-radius: 4px; }
QHeaderView { background: transparent; border: 0; }
QHeaderView::section {
  background: transparent; color: $ink_soft; font-size: ${caption}px; font-weight: 700; text-align: left;
  padding: ${space_2}px ${header}px; border: 0; border-bottom: 1px solid $line_strong;
}
QTableView[figures="true"]::item { padding: 0 ${space_1}px; }
QTableView[figures="true"] QHeaderView::section { padding: ${space_2}px ${header_of_figures}px; }
QHeaderView::section:hover { color: $ink; background: $sunken; }
QHeaderView::down-arrow { image: url(theme:$name-down.png); width: ${arrow}px; height: ${arrow}px; }
QHeaderView::up-arrow { image: url(theme:$name-up.png); width: ${arrow}px; height: ${arrow}px; }
QTableCornerButton::section { background: $surface; border: 0; }
"""

_LISTS: Final = """
QListView {
  background: $surface; border: 1px solid $line; border-radius: ${radius_large}px; outline: 0; padding: ${space_1}px;
}
QListView:focus { border: 2px solid $focus; }
QListView::item { min-height: ${control}px; padding: 0 ${space_3}px; border-radius: ${radius}px; color: $ink; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $accent_soft; color: $accent_ink; }
QListView[plain="true"], QListView[plain="true"]:focus { background: transparent; border: 2px solid transparent; }
QListView[plain="true"]::item { border: 2px solid transparent; }
QListView[plain="true"]::item:focus { border: 2px solid $focus; }
QFrame[navigation="true"], QWidget[navigation="true"] { background: $sidebar; border: 0; }
QPushButton[navigation="true"] {
  text-align: left; border: 2px solid transparent; background: transparent; color: $ink; padding: 0 ${space_3}px;
  min-height: ${control}px;
}
QPushButton[navigation="true"]:hover { background: $hover; }
QPushButton[navigation="true"]:checked { background: $accent_soft; color: $accent_ink; font-weight: 700; }
QPushButton[navigation="true"]:focus { border: 2px solid $focus; }
"""

_SURFACES: Final = """
QFrame[sunken="true"] { background: $sunken; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[card="true"] { background: $surface; border: 1px solid $line; border-radius: ${radius_large}px; }
QPushButton[choice="true"] {
  background: $surface; border: 1px solid $line; border-radius: ${radius_large}px; text-align: left; padding: 0;
}
QPushButton[choice="true"]:hover { background: $surface; border: 1px solid $accent; }
QPushButton[choice="true"]:pressed { background: $sunken; border: 1px solid $accent; }
QPushButton[choice="true"]:focus { border: 2px solid $focus; padding: 0; }
QLabel[tile="true"] { background: $sunken; border-radius: ${radius_large}px; }
QFrame[notice="true"] { background: $sunken; border: 1px solid $sunken; border-radius: ${radius}px; }
QFrame[notice="true"][below="true"] { margin: ${space_2}px ${space_5}px; }
QFrame[line="true"] { background: $line; border: 0; max-height: 1px; min-height: 1px; }
QGroupBox {
  border: 1px solid $line; border-radius: ${radius_large}px; margin-top: ${space_4}px; padding: ${space_3}px;
  background: $surface; font-weight: 700;
}
QGroupBox::title { subcontrol-origin: margin; left: ${space_3}px; padding: 0 ${space_1}px; }
QTabWidget::pane { border: 0; border-top: 1px solid $line; }
QTabBar { background: transparent; }
QTabBar::tab {
  min-height: ${inner}px; padding: 0 ${space_4}px; background: transparent; color: $ink_soft; border: 0;
  border-bottom: 3px solid transparent;
}
QTabBar::tab:hover { color: $ink; background: $hover; }
QTabBar::tab:selected { color: $accent_ink; border-bottom: 3px solid $accent; font-weight: 700; }
QTabBar::tab:focus { border-bottom: 3px solid $focus; }
"""

_MENUS: Final = """
QMenuBar { background: $sidebar; color: $ink; }
QMenuBar::item { padding: ${space_2}px ${space_3}px; background: transparent; border-radius: ${radius}px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $surface; border: 1px solid $line; padding: ${space_1}px; }
QMenu::item { padding: ${space_2}px ${space_5}px ${space_2}px ${space_3}px; border-radius: ${radius}px; color: $ink; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $ink_faint; }
QMenu::separator { height: 1px; background: $line; margin: ${space_1}px ${space_2}px; }
QMenu::right-arrow { image: url(theme:$name-right.png); width: ${arrow}px; height: ${arrow}px; }
QCalendarWidget QAbstractItemView {
  selection-background-color: $accent; selection-color: $on_accent; background: $surface; border: 0;
}
QCalendarWidget QWidget#qt_calendar_navigationbar { background: $sunken; }
QCalendarWidget QToolButton { min-width: ${control}px; min-height: ${control}px; color: $ink; }
"""

_SCROLLING: Final = """
QScrollArea { background: transparent; border: 0; }
QScrollArea > QWidget > QWidget[page="true"] { background: $paper; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 14px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 14px; margin: 2px; }
QScrollBar::handle { background: $line_strong; border-radius: 4px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 40px; }
QScrollBar::handle:horizontal { min-width: 40px; }
QScrollBar::handle:hover { background: $accent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; background: transparent; border: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
