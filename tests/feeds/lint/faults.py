"""One fault for each item that a file can show: a small change of the good feed, and the line at which it is found.

`python -m tests.feeds.lint.faults` rewrites the files in broken/.
"""

from __future__ import annotations

from pathlib import Path

from tests.feeds.samples import golden

BROKEN = Path(__file__).parent / "broken"
GOOD = golden()["all.ics"]

Edit = tuple[str, str]  # what to replace (its first place), by what

ZONE = GOOD[GOOD.index(b"BEGIN:VTIMEZONE") : GOOD.index(b"BEGIN:VEVENT")].decode()
ENTRIES = GOOD[GOOD.index(b"BEGIN:VEVENT") : GOOD.index(b"END:VCALENDAR")].decode()
LAST = "BEGIN:VEVENT" + ENTRIES.rpartition("BEGIN:VEVENT")[2]
SPRING, AUTUMN = "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"
UID = "UID:redcar-2026-10-06@pcc.example.org"
TITLE = "SUMMARY:Policing in Hemlington: your questions"
URL = "URL:https://engage.example.org/meetings/redcar-2026-10-06\r\n"

# item: (what is changed, the line of the finding in the changed file as its text begins)
FAULTS: dict[str, tuple[list[Edit], str]] = {
    "C03": ([("BEGIN:VCALENDAR", "\ufeffBEGIN:VCALENDAR")], "\ufeffBEGIN:VCALENDAR"),
    "C04": ([("VERSION:2.0\r\n", "VERSION:2.0\n")], "VERSION:2.0"),
    "C05": ([("20 spaces\r\n \\n", "20 spaces\\n")], "DESCRIPTION:Access: step-free"),
    "C06": ([("Policing in Hem", "Policing in \x07Hem")], "SUMMARY:Policing in \x07"),
    "C14": ([("VERSION:2.0\r\n", "VERSION:2.0\r\nX-ROBOTS-TAG:noindex\r\n")], "X-ROBOTS-TAG"),
    "C16": ([(ZONE, ""), (ENTRIES, "")], "BEGIN:VCALENDAR"),
    "C17": ([("END:VCALENDAR\r\n", "")], "BEGIN:VCALENDAR"),
    "C20": ([("PRODID:-//pcc.example.org//engage//EN\r\n", "")], "BEGIN:VCALENDAR"),
    "C21": ([("CALSCALE:GREGORIAN", "CALSCALE:JULIAN")], "CALSCALE"),
    "C22": ([("VERSION:2.0\r\n", "VERSION:2.0\r\nMETHOD:PUBLISH\r\n")], "METHOD"),
    "C23": ([(UID, f"METHOD:PUBLISH\r\n{UID}")], "METHOD"),
    "C24": ([("X-WR-CALNAME:Cleveland PCC", "X-WR-CALNAME:Cleveland")], "X-WR-CALNAME"),
    "C25": ([("X-WR-CALDESC:Everything", "X-WR-CALDESC:All")], "X-WR-CALDESC"),
    "C26": ([("X-WR-TIMEZONE:Europe/London", "X-WR-TIMEZONE:GMT Standard Time")], "X-WR-TIMEZONE"),
    "C27": ([("REFRESH-INTERVAL;VALUE=DURATION:", "REFRESH-INTERVAL:")], "REFRESH-INTERVAL"),
    "C28": ([("SOURCE;VALUE=URI:https://engage.example.org/feeds/all.ics\r\n", "")], "BEGIN:VCALENDAR"),
    "C29": ([("CALSCALE", "UID:all@pcc.example.org\r\nCALSCALE")], "UID:all"),
    "C30": ([("CALSCALE", "COLOR:#1d3f6e\r\nCALSCALE")], "COLOR"),
    "C31": ([(ZONE, "")], "DTSTART;TZID=Europe/London:20261006T183000"),
    "C32": (
        [
            (
                "BEGIN:DAYLIGHT",
                (
                    "BEGIN:STANDARD\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nDTSTART:19681027T000000\r\n"
                    "END:STANDARD\r\nBEGIN:DAYLIGHT"
                ),
            )
        ],
        "BEGIN:VTIMEZONE",
    ),
    "C33": (
        [
            (SPRING, "RDATE:20260329T010000,20270328T010000"),
            (AUTUMN, "RDATE:20251026T020000,20261025T020000,20271031T020000"),
        ],
        "RDATE:20260329",
    ),
    "C34": ([("TZOFFSETTO:+0100", "TZOFFSETTO:+0200")], "BEGIN:VTIMEZONE"),
    "C35": ([("DTSTART;TZID=Europe/London:", 'DTSTART;TZID="Europe/London":')], "DTSTART;TZID="),
    "C36": ([("CREATED:20260901T090000Z", "CREATED:20260901T090000")], "CREATED"),
    "C38": ([("UID:white-ribbon-2026@pcc.example.org", UID)], f"{UID}#2"),
    "C39": ([(UID, "UID:20261006T183000-redcar@pcc.example.org")], "UID:20261006"),
    "C41": ([(UID, "UID:redcar-2026")], "UID:redcar"),
    "C42": ([("DTSTAMP:20261102T101530Z", "DTSTAMP:20261122T043000Z")], "DTSTAMP:20261122"),
    "C43": (
        [("CREATED:20260901T090000Z\r\nLAST-MODIFIED:20261102T101530Z", "CREATED:20260901T090000Z")],
        "BEGIN:VEVENT",
    ),
    "C44": ([("SEQUENCE:0", "SEQUENCE:-1")], "SEQUENCE:-1"),
    "C45": ([("DTEND;TZID=Europe/London:20261006T200000", "DTEND;TZID=Europe/London:20261005T200000")], "DTEND"),
    "C46": ([("DTEND;VALUE=DATE:20261211", "DTEND;VALUE=DATE:20261125")], "DTEND;VALUE=DATE"),
    "C47": ([("DTEND;TZID=Europe/London:20261006T200000\r\n", "")], "DTSTART;TZID"),
    "C48": ([(TITLE, "SUMMARY:Policing in <b>Hemlington</b>")], "SUMMARY"),
    "C49": ([(TITLE, "SUMMARY:Policing in Hemlington, and you")], "SUMMARY"),
    "C50": ([(URL, "")], "BEGIN:VEVENT"),
    "C51": ([("GEO:54.530000;-1.260000", "GEO:54.530000,-1.260000")], "GEO"),
    "C52": ([("STATUS:CONFIRMED", "STATUS:CANCELED")], "STATUS:CANCELED"),
    "C53": ([("SUMMARY:CANCELLED: Policing", "SUMMARY:Policing")], "STATUS:CANCELLED"),
    "C56": ([("TRANSP:TRANSPARENT\r\n", "")], "BEGIN:VEVENT"),
    "C57": ([(URL, f"{URL}ATTENDEE;CN=Ada:mailto:ada@example.org\r\n")], "ATTENDEE"),
    "C58": ([(URL, f"{URL}BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\n")], "BEGIN:VALARM"),
    "C59": ([("home security,Community", "home security\\,Community")], "CATEGORIES"),
    "C60": ([("DESCRIPTION:Access: step-free", "DESCRIPTION:<p>step-free")], "DESCRIPTION:<p>"),
    "C61": ([(TITLE, "SUMMARY:Croeso i bawb: t\u00c5\u00b7, \u00c5\u00b5yr".replace(",", "\\,"))], "SUMMARY:Croeso"),
    "C62": ([("CONFERENCE;VALUE=URI;", "CONFERENCE;")], "CONFERENCE"),
    "C63": ([(URL, f"{URL}IMAGE;FMTTYPE=image/png:https://www.example.org/hall.png\r\n")], "IMAGE"),
    "C64": (
        [(URL, f"{URL}BEGIN:VLOCATION\r\nUID:hub@pcc.example.org\r\nNAME:Hub\r\nEND:VLOCATION\r\n")],
        "BEGIN:VLOCATION",
    ),
    "C65": ([(TITLE, f"{TITLE}\r\nRRULE:FREQ=MONTHLY;BYDAY=1TU;UNTIL=20270601")], "RRULE:FREQ=MONTHLY"),
    "C66": ([(LAST, ""), ("BEGIN:VEVENT", f"{LAST}BEGIN:VEVENT")], "BEGIN:VEVENT#2"),
    "C68": ([("Hemlington: your questions", "Hemlington\r\nyour questions")], "your questions"),
    "C69": ([("LABEL=Join online:", "LABEL=Join, live:")], "CONFERENCE"),
    "C70": ([(URL, f"{URL}ORGANIZER;CN=Office:mailto:mail@example.com\r\n")], "ORGANIZER"),
}


def broken(item: str) -> bytes:
    """The good feed with that one fault."""
    body = GOOD.decode()
    for old, new in FAULTS[item][0]:
        assert old in body, (item, old)
        body = body.replace(old, new, 1)
    return body.encode()


def line_of(item: str) -> int:
    """Where the fault is found; `#2` after a line's beginning means the second such line."""
    begins, _, which = FAULTS[item][1].partition("#")
    lines = broken(item).decode().split("\n")
    found = [number for number, line in enumerate(lines, 1) if line.startswith(begins)]
    return found[int(which or 1) - 1]


if __name__ == "__main__":
    BROKEN.mkdir(exist_ok=True)
    for name in FAULTS:
        (BROKEN / f"{name}.ics").write_bytes(broken(name))
