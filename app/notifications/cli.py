"""`flask notifications`: write and send mails about new steps."""

import math

import click
from flask.cli import AppGroup

from app.core import mail
from app.notifications.readers import read_new

notifications = AppGroup("notifications", help="Mail about the steps of matters.")


@notifications.command("run")
def run_command() -> None:
    """Read the new entries of the journal, write their mails and send what waits."""
    read = 0
    while count := read_new():
        read += count
    sent = mail.send_waiting(seconds=math.inf)
    click.echo(f"{read} entries read, {sent} mails sent")
