"""Pages of the journey, the public log and the overview; the journal and its checker as files."""

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    render_template,
    request,
    send_file,
    stream_with_context,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.city import get_city
from app.core import access, clock, http_cache
from app.core.errors import NotFound
from app.core.labels import label
from app.extensions import limiter
from app.journal import queries as journal
from app.journal import verification
from app.proposals import policies, words
from app.proposals.models import Matter
from app.proposals.queries import get_shown
from app.transparency import flows, lists, overview, queries
from app.transparency import journey as journeys
from app.transparency.forms import PeriodForm
from app.transparency.proofs import make_proof
from app.transparency.sentences import tell
from app.transparency.telling import Glossary

bp = Blueprint("transparency", __name__, template_folder="templates")

DOWNLOADS = "20/hour"


@bp.get("/matters/<int:matter_id>/journey")
@access.public
def journey(matter_id: int) -> ResponseReturnValue:
    """How did it move? A hidden matter's page only says that it is hidden."""
    http_cache.public("city", f"matter:{matter_id}", "seal", "figures")
    matter = get_shown(matter_id, access.actor())
    if matter.published_at is None:
        raise NotFound("not_found")
    if not policies.can_read(access.actor(), matter):
        rule = words.rule_name(matter)
        return render_template("transparency/hidden.html", matter=matter, rule=rule)
    record = queries.get_record(matter)
    group = queries.get_group(matter)
    return render_template(
        "transparency/journey.html",
        matter=matter,
        record=record,
        journey=journeys.build(matter, record, get_city(), group, clock.now()),
        seal=journal.get_latest_seal(),
        today=clock.today(),
        **_state_of(matter),
    )


def _state_of(matter: Matter) -> dict[str, Any]:
    """Where the matter is now, in the words of its own page and in short."""
    holder = get_city().holder_name(matter.holder_unit, matter.holder_body)
    state = label(matter.state)
    short = gettext("%(state)s: %(holder)s", state=state, holder=holder) if holder else state
    sentence = words.state_sentence(matter)
    return {
        "holder": holder,
        "state_now": short,
        "sentence": sentence,
        "is_late": matter.overdue or words.is_late(matter),
    }


@bp.get("/log")
@access.public
def log() -> ResponseReturnValue:
    """The public log, explained, with its seals and how to verify them."""
    logged = queries.page_log(request.args.get("cursor"))
    glossary = Glossary(get_city(), tells_texts=False)
    return render_template(
        "transparency/log.html",
        rows=[(one, tell(one.entry, glossary)) for one in logged.page.items],
        logged=logged,
        seals=queries.list_latest_seals(),
        head=journal.get_head(),
    )


@bp.get("/log/<int:seq>")
@access.public
def entry(seq: int) -> ResponseReturnValue:
    """One entry of the log with its proof, computed anew."""
    http_cache.public("city", "matters", "seal")
    row, before = journal.get_entry(seq)
    proof = make_proof(row, before, journal.get_first_seal(seq))
    return render_template(
        "transparency/entry.html",
        proof=proof,
        told=tell(proof.recorded.entry, Glossary(get_city(), tells_texts=False)),
        about=queries.get_about(proof.recorded.entry),
        is_last=seq == journal.get_head()[0],
    )


@bp.get("/log/journal.jsonl")
@access.public
@limiter.limit(DOWNLOADS)
def download() -> ResponseReturnValue:
    """The whole journal as JSON lines, streamed."""
    name = f"kuuluu-{clock.today().isoformat()}.jsonl"
    return Response(
        stream_with_context(verification.stream_export()),
        mimetype="application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.get("/log/verify_journal.py")
@access.public
def checker() -> ResponseReturnValue:
    """The program that checks such a file without this application."""
    path = Path(current_app.root_path).parent / "docs" / "verify_journal.py"
    return send_file(path, mimetype="text/x-python", as_attachment=True)


@bp.get("/overview", endpoint="overview")
@access.public
def show_overview() -> ResponseReturnValue:
    """How does the city answer now?"""
    http_cache.public("city", "matters", "figures", "seal")
    city, kept, late = get_city(), queries.get_kept(everything=True), queries.count_late()
    return render_template(
        "transparency/overview.html",
        kept=kept,
        late=late,
        lead=overview.lead(kept, late),
        oldest=queries.list_oldest(),
        units=overview.list_units(kept, city),
        days_since=overview.days_since,
        median_facts=overview.median_facts,
    )


@bp.get("/overview/hand-overs")
@access.public
def hand_overs() -> ResponseReturnValue:
    """Who hands over to whom, and after how many days?"""
    http_cache.public("city", "matters", "figures", "seal")
    form = PeriodForm(formdata=request.args or None)
    glossary, is_valid = Glossary(get_city()), form.validate()
    days, listed = lists.read_flows(form.period.data, form.chosen) if is_valid else (None, [])
    return render_template(
        "transparency/hand_overs.html",
        form=form,
        days=days,
        shown=listed[: overview.FLOWS],
        left_out=listed[overview.FLOWS :],
        unit_name=glossary.unit,
        picture=flows.draw(listed, glossary.unit) if listed else None,
        finding=flows.finding(listed, glossary.unit) if listed else "",
        drawn=flows.MOST,
        made_at=queries.get_kept().made_at,
    )


@bp.get("/overview/untouched")
@access.public
def untouched() -> ResponseReturnValue:
    """In which open matters has nothing happened for longest?"""
    http_cache.public("city", "matters", "seal")
    return render_template(
        "transparency/untouched.html",
        rows=lists.list_untouched(),
        days_since=overview.days_since,
    )


@bp.get("/units/<key>")
@access.public
def unit(key: str) -> ResponseReturnValue:
    """What does this unit have, how long does it take, and what has it promised?"""
    http_cache.public("city", "matters", "figures", "seal")
    city = get_city()
    if key not in city.units:
        raise NotFound("not_found")
    late = request.args.get("late") == "1"
    return render_template(
        "transparency/unit.html",
        unit=city.units[key],
        around=overview.around(city, key),
        page=lists.page_unit(key, request.args.get("cursor"), late=late),
        only_late=late,
        held=lists.count_held(key),
        promised=lists.count_promised(key),
        kept=queries.get_kept(key),
        days_since=overview.days_since,
        median_facts=overview.median_facts,
        clock_words=words.clock_words,
    )
