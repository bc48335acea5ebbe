"""A field that understands what is typed as it is typed, and says in a sentence what it understood."""

from collections.abc import Callable

from app.ui.widgets.fields import Field


class UnderstoodField(Field):
    """A line of input whose line below says what was understood; `understand` returns (sentence, is it a complaint)."""

    def __init__(
        self, question: str, *, name: str, understand: Callable[[str], tuple[str, bool]], advice: str = ""
    ) -> None:
        super().__init__(question, name=name, advice=advice)
        self._understand = understand
        self.input.editingFinished.connect(self.judge)
        self.input.textEdited.connect(lambda _text: self.advise())

    def judge(self) -> None:
        """Say what was understood."""
        sentence, is_wrong = self._understand(self.text())
        if is_wrong:
            self.complain(sentence)
        else:
            self.advise(sentence)
