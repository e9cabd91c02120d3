"""Reports of a period: what they tell of the sample history, and that every figure is the sum of rows that exist."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from engage.app import App, build
from engage.domain.alerts import Severity
from engage.domain.people import Audience, Wanted
from engage.errors import NotNow, Refused
from engage.rendering import Templates
from engage.work import typesetting
from engage.work.reports.drafting import REPORTS, draft
from engage.work.reports.forms import FORMS
from tests.conftest import NOON, fresh_database, settings_for
from tests.office import Clock, Office, add_people, apply, meeting, settle
from tests.work.notices import Toml, issue

ROOT = Path(__file__).resolve().parents[2]
SINCE, UNTIL = date(2018, 9, 1), date(2019, 2, 5)
HOSTILE = "=HYPERLINK('x') | <script>alert(1)</script> *b*"


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The sample calendars of this project, applied; nothing here changes them."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(ROOT / "calendars", folder / "calendars")
    url = fresh_database(request, "sqlite", folder)
    app = build(settings_for(url, folder, folder / "calendars"), clock=Clock(NOON))
    apply(app)
    yield app
    app.database.close()


@pytest.fixture
def busy(applied: App, office: Office, clock: Clock) -> App:
    """An office after a month with meetings, concerns, alerts and people, on each engine."""
    raised = (
        '[{ id = "c1", raised = "Dark path", outcome = "A lamp", on = 2026-11-20 }, { id = "c2", raised = "Cars" }]'
    )
    office.talks(
        *(meeting(f"m{n}", f"2026-11-0{n}T18:30:00", attendance=Toml(str(10 * n))) for n in range(1, 5)),
        meeting("m5", "2026-11-09T18:30:00", venue="quay", concerns=Toml(raised)),
        meeting("m6", "2026-11-12T18:30:00", title=HOSTILE, note=HOSTILE, attendance=Toml("7")),
        meeting("off", "2026-11-13T18:30:00", status="cancelled", reason="=1+1"),
        meeting("shut", "2026-11-14T18:30:00", status="not-held", reason="No power"),
        meeting("maybe", "2026-11-15T18:30:00", status="tentative"),
        meeting("next", "2026-11-26T18:30:00"),
        meeting("far", "2027-01-26T18:30:00"),
        meeting("fair", "2026-11-07T10:00:00", title=HOSTILE, note="We were there", counts=False),
        meeting("fete", "2026-11-08T10:00:00", note="Rain", counts=False, status="cancelled"),
    )
    apply(applied)
    settle(applied)
    add_people(applied, ("ada", Wanted()), ("ben", Wanted(audience=Audience.BUSINESS)), ("cy", Wanted()))
    issue(applied, "one", severity=Severity.URGENT)
    issue(applied, "two", title=HOSTILE, areas=("harbour", "eastfield"), text="Mind your boats tonight.")
    settle(applied)
    with applied.unit() as unit:
        found = unit.people.by_address("email", "cy@example.org")
        assert found is not None
        unit.people.leave(found.id, "form")
    clock.move(hours=1)
    return applied


def read(app: App, report: str = "panel", form: str = "md", **days: date) -> str:
    return draft(app, report, form=form, **days).decode()


def records(app: App, **days: date) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(app, form="csv", **days))))


def figures(app: App, **days: date) -> dict[str, str]:
    return {one["figure"]: one["value"] for one in records(app, **days) if one["part"] == "figure"}


MONTH = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}


def test_the_history_of_2018_is_told_in_the_form_of_the_panels_own_reports(sample: App):
    """Addressee, date, purpose with bullets, numbered sections; happenings under numbered paragraphs."""
    told = read(sample, first=SINCE, last=UNTIL)
    head, _, body = told.partition("## 1. Purpose of Report")
    assert (
        "**Report of the Police and Crime Commissioner to the Chair and Members of the Police and Crime Panel**" in head
    )
    assert "\n5 February 2019\n" in head
    purpose, _, rest = body.partition("## 2.")
    assert purpose.startswith("\n\n1.1 The purpose of this report is to provide Members with an update")
    for title, day, paragraph in (
        ("Launch of Restorative Cleveland", "23 November 2018", "On Friday 23 November 2018 at Community Safety Hub: "),
        (
            "White Ribbon Day and 16 Days of Action",
            "25 November to 10 December 2018",
            "The campaign \u201cWhite Ribbon",
        ),
        ("Launch of Divert as a pilot", "2 January 2019", "On Wednesday 2 January 2019: Launch of Divert"),
        ("Anti-extremism event", "23 January 2019", "On Wednesday 23 January 2019: Anti-extremism event"),
    ):
        assert re.search(rf"^- {title}.* \u2013 {day}$", purpose, re.MULTILINE)
        number = re.search(rf"^## (\d)\. {title}.* \u2013 {day}$", f"## 2.{rest}", re.MULTILINE)
        assert number
        assert f"\n{number[1]}.1 {paragraph}" in rest
    ribbon = rest.partition("White Ribbon Day")[2].partition("## 4.")[0]
    assert "3.2 On Sunday 25 November 2018: Signing of the White Ribbon pledge." in ribbon
    assert "3.3 On Monday 10 December 2018: End of the 16 Days of Action" in ribbon
    assert "1 to 31 December 2018: Tell us what you think of Divert" in rest
    assert told.rstrip().splitlines()[-1].startswith("*Drafted from the records of Cleveland PCC")


def test_what_was_never_recorded_is_said_and_not_counted_as_nothing(sample: App):
    """Meetings of before the count, concerns, people and messages of before the first apply."""
    told = read(sample, first=SINCE, last=UNTIL)
    assert "Meetings up to 31 March 2019 are on record as one number, 650, and not one by one." in told
    assert "What was raised at meetings of this time is not in the calendars." in told
    assert "on record only since 23 November 2026, which is after this period" in told
    found = figures(sample, first=SINCE, last=UNTIL)
    assert found.pop("events") == "11"
    assert set(found.values()) == {""}


def test_a_period_in_which_a_count_or_the_records_begin_says_so(sample: App):
    """Its figures are not of the whole of it."""
    told = read(sample, first=date(2019, 1, 1), last=date(2019, 12, 31))
    assert "These figures are of the meetings after 31 March 2019. The 650 up to that day" in told
    lately = read(sample)
    assert "Alerts, messages and subscribers are on record from 23 November 2026 on, not before." in lately
    assert figures(sample)["people.start"] == ""


def test_every_figure_is_the_sum_of_its_rows(busy: App):
    """And every row belongs to a figure."""
    found = records(busy, **MONTH)
    sums = Counter[str]()
    for one in found:
        if one["part"] == "row":
            sums[one["figure"]] += int(one["value"])
            assert one["row"]
    shown = {one["figure"]: int(one["value"]) for one in found if one["part"] == "figure" and one["value"]}
    assert set(sums) <= set(shown)
    assert {key: value for key, value in shown.items() if value} == dict(sums)


def test_the_figures_are_what_a_plain_count_of_the_tables_says(busy: App):
    """Asked of the database in SQL of its own."""
    questions = {
        "village-talks.held": "SELECT count(*) FROM held WHERE state = 'held' AND ended_at < '2026-12-01'",
        "village-talks.cancelled": "SELECT count(*) FROM entry WHERE status = 'cancelled' AND id <> 'fete'",
        "village-talks.not-held": "SELECT count(*) FROM entry WHERE status = 'not-held'",
        "village-talks.milestones": "SELECT count(*) FROM milestone WHERE reached AND entry_id IS NOT NULL",
        "alerts.issued": "SELECT count(DISTINCT id) FROM alert WHERE issued_at IS NOT NULL",
        "alerts.told": "SELECT count(*) FROM delivery WHERE notice_id LIKE 'alert:%' AND state = 'sent'",
        "people.end": "SELECT count(*) FROM recipient WHERE role = 'subscriber' AND state = 'confirmed'",
        "people.joined": "SELECT count(*) FROM recipient WHERE role = 'subscriber' AND confirmed_at IS NOT NULL",
        "people.left": "SELECT count(*) FROM recipient WHERE role = 'subscriber' AND state = 'left'",
        "messages.sent": "SELECT count(*) FROM delivery WHERE state = 'sent' AND NOT service",
    }
    found = figures(busy, **MONTH)
    with busy.database.engine.connect() as conn:
        counted = {key: str(conn.execute(text(question)).scalar_one()) for key, question in questions.items()}
    assert {key: found[key] for key in questions} == counted
    assert {key: found[key] for key in ("village-talks.held", "people.end", "people.left", "alerts.issued")} == {
        "village-talks.held": "6", "people.end": "2", "people.left": "1", "alerts.issued": "2",
    }  # fmt: skip
    assert found["village-talks.attendance"] == str(10 + 20 + 30 + 40 + 7)
    assert (found["village-talks.visited"], found["village-talks.missed"]) == ("2", "1")
    assert found["village-talks.planned"] == "1"
    assert (found["concerns.raised"], found["concerns.answered"], found["concerns.open"]) == ("2", "1", "1")
    assert found["events"] == "1"
    early = figures(busy, first=date(2026, 11, 1), last=date(2026, 11, 15))
    assert (early["concerns.raised"], early["concerns.answered"], early["concerns.open"]) == ("2", "0", "2")


def test_the_sentences_say_what_the_figures_say(busy: App):
    """With the table of the rows behind each number."""
    told = read(busy, **MONTH)
    (held,) = re.findall(r"6 community meetings were held in the period \((Table \d+)\)", told)
    assert f"### {held}. Community meetings held: 6" in told
    assert "1 meeting was cancelled (Table 2). 1 meeting did not take place (Table 3)." in told
    assert "107 people came to the 5 meetings at which somebody counted" in told
    assert "Meetings were held in 2 of 3 areas" in told
    assert "The 700th meeting of the programme was held on Monday 9 November 2026" in told
    assert "By 23 November 2026 the programme had held 701 meetings. The next milestone is the 750th." in told
    assert "- Dark path. A lamp." in told
    assert "2 alerts were issued in the period" in told
    assert "1 urgent, 1 warning" in told
    assert "- Eastfield: 2 alerts\n- Harbour: 1 alert" in told
    assert "there were 2 subscribers" in told


def test_nobody_is_named(busy: App):
    """Addresses, names and numbers of people are in no form of no report."""
    for report in REPORTS:
        for form in ("md", "html", "csv"):
            told = read(busy, report, form, **MONTH)
            for secret in ("ada", "ben@", "cy@", "@example.org,"):
                assert secret not in told.lower()


def test_what_staff_typed_is_text_in_every_form(busy: App):
    """No formula in a spreadsheet, no markup in a page, no broken table."""
    page = read(busy, form="html", **MONTH)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    whats = {one["what"] for one in records(busy, **MONTH)}
    assert f"'{HOSTILE}" in whats
    assert not [what for what in whats if what.startswith("=")]
    assert "'=1+1" in {one["note"] for one in records(busy, **MONTH)}
    told = read(busy, **MONTH)
    assert r"=HYPERLINK('x') \| \<script\>alert(1)\</script\> \*b\*" in told
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert {len(re.split(r"(?<!\\)\|", line)) for line in rows} == {7}


def test_the_year_has_its_counts_its_charts_and_its_months(busy: App):
    """Each chart with a title, a description and the same numbers as a table; a month that goes on says so."""
    page = read(busy, "annual", "html", first=date(2025, 12, 1))
    assert "<h1>Annual Report 2025/26</h1>" in page
    assert page.count("<svg") == 3
    for name in ("village-talks-months", "village-talks-areas", "joined"):
        assert f'<title id="{name}-title">' in page
        assert f'<desc id="{name}-said">' in page
    assert "November 2026: 6 so far." in page
    assert "Eastfield: 5; Harbour: 1." in page
    months = re.findall(r"<p>(\w+ 202\d)</p>", page)
    assert (months[0], months[-1], len(months)) == ("December 2025", "November 2026", 12)
    plain = read(busy, "annual", first=date(2025, 12, 1))
    assert "| Community meetings held | 6 | Table 1 |" in plain
    assert "- 9 November 2026: the 700th meeting of Village Talks" in plain
    assert "- 6 community meetings held: Village Talks" in plain
    assert "- Nothing is on record." in plain


@pytest.mark.parametrize("report", REPORTS)
def test_each_report_is_a_pdf_as_well(sample: App, report: str):
    """Tagged, so that a screen reader finds its way."""
    made = draft(sample, report, form="pdf", first=date(2025, 11, 23), last=date(2026, 11, 22))
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made


def test_without_typst_somebody_is_told_how_to_get_pdf(sample: App, monkeypatch: pytest.MonkeyPatch):
    """The other forms need nothing."""
    monkeypatch.setattr(typesetting, "has_pdf", lambda: False)
    with pytest.raises(NotNow, match=r"engage\[posters\]"):
        draft(sample, "panel", form="pdf")
    for form in set(FORMS) - {"pdf"}:
        assert draft(sample, "panel", form=form)


def test_before_the_first_apply_there_is_nothing_to_report(sqlite_app: App):
    """A sentence that says what to run."""
    with pytest.raises(NotNow, match="engage apply"):
        draft(sqlite_app, "panel", form="md")


def test_the_words_at_head_and_foot_are_the_offices_own(sqlite_applied: App, office: Office):
    """Another office writes its own in office.toml."""
    words = '\n[reports]\nby = "Mayor"\nto = "Members of the Scrutiny Committee"\nsigned = "A. Sample"\n'
    office.write("office.toml", (office.folder / "office.toml").read_text() + words)
    apply(sqlite_applied)
    told = read(sqlite_applied)
    assert "**Report of the Mayor to the Members of the Scrutiny Committee**" in told
    assert "# Mayor\u2019s Update" in told
    assert "A. Sample  \nMayor for Westmark" in told


def test_a_template_of_the_offices_own_that_is_wrong_is_said_in_a_sentence(sqlite_applied: App, tmp_path: Path):
    """File and line for Markdown and HTML, the file for PDF."""
    own = tmp_path / "own" / "reports"
    own.mkdir(parents=True)
    (own / "report.md.txt").write_text("{{ day }}\n{{ nonsense }}")
    (own / "report.typ").write_text("#nonsense(")
    app = replace(sqlite_applied, templates=Templates(own.parent))
    with pytest.raises(Refused, match=r"reports/report\.md\.txt:2: 'nonsense' is undefined"):
        draft(app, "panel", form="md")
    with pytest.raises(Refused, match=r"reports/report\.typ: "):
        draft(app, "panel", form="pdf")
    assert draft(app, "panel", form="html").startswith(b"<!DOCTYPE html>")
