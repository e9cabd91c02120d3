"""What no file and no answer can show by itself, and where to look instead. No code here."""

from __future__ import annotations

# Only a second look, later or at another address, can tell. `feed lint --against EARLIER_FILE` is such a look.
OVER_TIME: dict[str, str] = {
    "C13": "An address is permanent only in hindsight. A temporary redirect is reported: nobody learns from it.",
    "C39": "Nobody can see what a UID was made from. One that holds the start's date and time, or counts up with the "
    "place in the list, is reported.",
    "C40": "Whether UIDs survive an edit shows after the edit. Two fetches with different UIDs are reported, and with "
    "--against an entry that came back under another UID.",
    "C41": "Whether feeds agree about a UID shows only side by side. The form of each UID is checked.",
    "C43": "Whether LAST-MODIFIED rises shows after a change: --against. An entry without one is reported.",
    "C44": "Whether SEQUENCE rises and never falls shows after a change: --against. Its form is checked.",
    "C54": "What has been taken out cannot be seen: --against reports coming entries that left without a trace.",
    "C55": "That a meeting moved shows beside its earlier date: --against reports one that was made anew instead.",
    "C67": "What the feed held before cannot be seen: --against reports entries of the last 13 months that left.",
}

# Not in the feed at all.
ELSEWHERE: dict[str, str] = {
    "C37": "What readers show at 18:30 is seen in the readers: the conformance run asks them. The feed's own share in "
    "it is C31 to C36.",
    "C72": "Links for subscribing stand on a web page, not in the feed.",
}
