"""Forms of a promise: keeping, moving, who sees to it; the filters of the ledger."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.core import files, pictures
from app.core.labels import label
from app.promises.evidence import Photo, Shown
from app.promises.models import EvidenceKind
from app.responses.forms import A_DAY, IN_EVERY, HandlingForm, languages

ADDRESSES = (EvidenceKind.LINK, EvidenceKind.DECISION)


class KeepForm(HandlingForm):
    """How one can see that a promise is kept."""

    parts = {
        "alt": _l("What the photo shows (needed with a photo)"),
        "evidence": _l("How one can see that it is done"),
    }
    optional_parts = ("alt",)
    url = StringField(
        _l("Address that shows it"),
        description=_l("Optional. It begins with https://"),
        render_kw={"inputmode": "url", "autocomplete": "off"},
    )
    url_is = SelectField(_l("What the address is"), validate_choice=False)
    photo = FileField(
        _l("Photo that shows it"),
        description=_l(
            "Optional. A JPEG, PNG or WebP picture of at most %(megabytes)s megabytes. Nobody may "
            "be recognised in it.",
            megabytes=files.MOST_MEGABYTES,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_is.choices = [SelectChoice(kind.value, label(kind)) for kind in ADDRESSES]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """A photo and the words about it come together; a refused form has lost the file."""
        is_valid = super().validate(*args, **kwargs)
        alt = [self.language_field("alt", code) for code in languages()]
        if self.photo.data:
            missing = [field for field in alt if not (field.data or "").strip()]
            for field in missing:
                field.errors = [IN_EVERY]
            is_valid = is_valid and not missing
        elif any((field.data or "").strip() for field in alt):
            self.photo.errors = [_l("Choose the photo, or empty the words about it.")]
            return False
        if not is_valid:
            self.ask_for_photo_again()
        return is_valid

    def ask_for_photo_again(self) -> None:
        """Say that a photo which came with the refused form has to be chosen again."""
        if self.photo.data:
            self.photo.errors = [_l("Choose the photo again: it does not stay in the form.")]

    def shown(self) -> list[Shown | Photo]:
        """The address and the photo, if they were given. Raises Invalid for a photo."""
        return [*self._address(), *self._photo()]

    def _photo(self) -> list[Photo]:
        if not self.photo.data:
            return []
        sent = self.photo.data.read(files.MOST_BYTES + 1)
        return [Photo(pictures.accept(sent), self.texts("alt"))]

    def _address(self) -> list[Shown]:
        if not (self.url.data or "").strip():
            return []
        is_decision = self.url_is.data == EvidenceKind.DECISION
        return [Shown(EvidenceKind.DECISION if is_decision else EvidenceKind.LINK, self.url.data)]


class KeeperForm(HandlingForm):
    """Who sees to a promise."""

    person = SelectField(_l("Official"), validate_choice=False)


class MoveForm(HandlingForm):
    """The later day of a promise, and why."""

    parts = {"reason": _l("Public reason")}
    due = DateField(_l("New day"), validators=[DataRequired(A_DAY)])
