"""The form that adds a photo or a document."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import Length

from app.attachments.models import WORDS_LIMIT
from app.attachments.sent import Sent, accept
from app.core import files
from app.core.errors import DomainError, sentence

ABOUT_WORDS = (
    "photo_words",
    "document_name",
    "too_long",
    "null_byte",
    "attached_already",
    "new_account_links",
)
ABOUT_ROOM = ("attachments_full", "attached_enough")


class AttachmentForm(FlaskForm):
    """A file and the words about it; a refused form keeps the words and has lost the file."""

    file = FileField(
        _l("Photo or document"),
        description=_l(
            "A photo (JPEG, PNG or WebP) or a PDF, at most %(megabytes)s megabytes. The place and "
            "the time of taking are removed from a photo. A PDF stays as it is, with all that it "
            "holds.",
            megabytes=files.MOST_MEGABYTES,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,application/pdf"},
    )
    words = StringField(
        _l("What the photo shows, or the name of the document"),
        description=_l(
            "A photo always needs these words: people who do not see the photo hear them. A "
            "document without a name gets that of its file."
        ),
        validators=[
            Length(
                max=WORDS_LIMIT,
                message=_l(
                    "The text is too long. It can have at most %(limit)s characters.",
                    limit=WORDS_LIMIT,
                ),
            )
        ],
        render_kw={"autocomplete": "off"},
    )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """A file has to come along."""
        is_valid = super().validate(*args, **kwargs)
        if not self.file.data:
            self.file.errors = [_l("Choose a photo or a document.")]
            return False
        if not is_valid:
            self._ask_again()
        return is_valid

    def sent(self) -> Sent:
        """The file as it will be kept. Raises Invalid."""
        data = self.file.data.read(files.MOST_BYTES + 1)
        return accept(data, self.file.data.filename or "")

    def refuse(self, error: DomainError) -> None:
        """Tell a refusal where it belongs; a file that was right has to be chosen again."""
        told = sentence(error)
        if error.code in ABOUT_ROOM:
            self.form_errors.append(told)
        elif error.code in ABOUT_WORDS:
            self.words.errors = [told]
            self._ask_again()
        else:
            self.file.errors = [told]

    def _ask_again(self) -> None:
        self.file.errors = [_l("Choose the file again: it does not stay in the form.")]
