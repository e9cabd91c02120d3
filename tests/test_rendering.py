"""Templates: what residents read, and what a template of the office's own may and may not do."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from engage import rendering
from engage.domain import slots
from engage.domain.notices import KINDS
from engage.errors import Refused
from engage.rendering import PARTS, Templates
from engage.sample_facts import SAMPLES
from engage.template_check import check_apart


@pytest.fixture
def own(tmp_path):
    """A folder for the office's own templates, and a way to write one."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "own" / "notices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path / "own"

    return write


def test_every_template_of_ours_passes_its_own_check():
    """Each kind renders in all four parts with its sample facts and has what people need to act."""
    assert Templates().check_all(SAMPLES) == []


def test_every_kind_of_notice_has_templates_and_samples():
    """The table of kinds, the templates and the samples name the same kinds; a digest is an envelope beside them."""
    assert set(SAMPLES) == {*KINDS, "digest"}


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("part", PARTS)
def test_hostile_words_are_shown_as_they_are(kind, part):
    """A title with markup or template code is text everywhere (SECURITY B18)."""
    hostile = "<script>alert(1)</script>{{ 7*7 }}{% raw %}"
    text = Templates().render_notice(kind, part, **_everywhere(SAMPLES[kind], hostile))
    assert "49" not in text.replace("4900", "")
    if part == "long.html":
        assert "<script>" not in text.replace(f"<p>{hostile}</p>", "")
    if part == "subject.txt" and kind in {"tip", "staff"}:
        assert hostile in text


def _everywhere(facts, hostile):
    """Every text a resident or staff typed replaced, codes, links, moments and sanitised HTML left."""
    typed = {
        "title",
        "heading",
        "text",
        "short",
        "note",
        "reason",
        "where",
        "old_where",
        "sender",
        "programme",
        "subject",
    }
    out = {}
    for key, value in facts.items():
        if key in typed and value is not None:
            out[key] = hostile
        elif isinstance(value, list):
            out[key] = [_everywhere(one, hostile) if isinstance(one, dict) else one for one in value]
        else:
            out[key] = value
    return out


def test_a_moment_reads_as_residents_say_it():
    """Local date and time in words, from a datetime and from the stored ISO text alike."""
    templates = Templates()
    when = datetime(2026, 12, 3, 18, 30, tzinfo=timezone(timedelta(0)))
    facts = dict(SAMPLES["reminder"])
    stored = templates.render_notice("reminder", "long.txt", **facts)
    given = templates.render_notice("reminder", "long.txt", **{**facts, "when": when})
    assert "Thursday 3 December 2026, 6:30pm to 8pm" in stored
    assert stored == given


def test_hidden_and_control_characters_do_not_reach_a_text():
    """Bidi controls could make a title read as another; controls would break Atom and SMTP (B16, B17)."""
    facts = {**SAMPLES["tip"], "title": "Safe\u202egnp.exe\x00\x0b\u200b \U0001f468\u200d\U0001f469\u200d\U0001f467"}
    subject = Templates().render_notice("tip", "subject.txt", **facts)
    assert subject == "Safegnp.exe \U0001f468\u200d\U0001f469\u200d\U0001f467"


def test_a_subject_is_one_line():
    """A line break in a title cannot begin another header."""
    subject = Templates().render_notice("tip", "subject.txt", **{**SAMPLES["tip"], "title": "a\r\nBcc: b\n c"})
    assert subject == "a Bcc: b c"


def test_words_that_look_like_a_slot_are_defused():
    """Nobody can have another person's link printed by writing a token into a title."""
    facts = {**SAMPLES["tip"], "title": slots.token("manage_url")}
    assert slots.token("manage_url") not in Templates().render_notice("tip", "subject.txt", **facts)


def test_an_own_template_comes_before_ours_and_only_where_it_exists(own):
    """The office replaces one part and keeps the rest."""
    templates = Templates(own("tip.subject.txt", "Tip of the week: {{ title }}"))
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]).startswith("Tip of the week: Leave")
    assert "Unsubscribe" in templates.render_notice("tip", "long.html", **SAMPLES["tip"])


def test_an_own_template_is_read_again_when_it_changes(own):
    """Staff save a file and the next notice uses it."""
    folder = own("tip.subject.txt", "one")
    templates = Templates(folder)
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]) == "one"
    path = folder / "notices" / "tip.subject.txt"
    path.write_text("two", encoding="utf-8")
    import os

    os.utime(path, (1, 1))
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]) == "two"
    path.unlink()
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]).startswith("Leave")


def test_an_own_template_is_found_when_it_is_put_there_later(own, tmp_path):
    """While workers run, even when the office had no folder of its own: nobody restarts anything for a wording."""
    templates = Templates(tmp_path / "own")
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]).startswith("Leave")
    own("tip.subject.txt", "Ours")
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]) == "Ours"


@pytest.mark.parametrize(
    ("part", "template", "words"),
    [
        ("subject.txt", "Hello\n{{ titel }}", ("notices/tip.subject.txt:2:", "'titel' is undefined")),
        ("long.txt", "{{ why }}\n{% if %}", ("notices/tip.long.txt:2:", "Expected an expression")),
        ("long.txt", "no way out", ("notices/tip.long.txt", "{{ unsubscribe_url }}")),
        ("long.html", "<p>no way out</p>", ("notices/tip.long.html", "{{ unsubscribe_url }}")),
        ("short.txt", "  \n", ("notices/tip.short.txt", "yields no text")),
        ("subject.txt", "For {{ why }}", ("notices/tip.subject.txt", "same for everybody")),
        ("short.txt", "{{ 'x' * 500000000 }}", ("notices/tip.short.txt:1:", "operator *")),
        ("short.txt", "{{ 9 ** 999999999 }}", ("operator **",)),
        ("short.txt", "{{ '%999999999d' % 1 }}", ("operator %",)),
        ("short.txt", "{{ 'x'.center(999999999) }}", ("unsafe",)),
        ("short.txt", "{{ '{:>999999999}'.format(1) }}", ("unsafe",)),
        ("short.txt", "{{ ''.__class__.__mro__ }}", ("unsafe",)),
        ("short.txt", "{{ items.append(1) }}{{ office.clear() }}", ("notices/tip.short.txt:1:",)),
        ("short.txt", "{% for i in range(99999) %}xxxx{% endfor %}", ("256 KiB",)),
        ("short.txt", "{% include 'notices/../../pyproject.toml' %}", ("missing",)),
        ("short.txt", "{% include 'notices/tip.short.txt' %}", ("notices/tip.short.txt",)),
        ("short.txt", "{{ title|when }}", ("notices/tip.short.txt:1:", "No filter named 'when'")),
        ("short.txt", "{{ title|moment }}", ("notices/tip.short.txt:1:", "a day or a time is wanted")),
        ("short.txt", "x" * (256 * 1024 + 1), ("larger than 256 KiB",)),
    ],
)
def test_a_bad_template_is_a_problem_that_says_where(own, part, template, words):
    """Found when staff save it, not when the alert goes out (B24, B25, B26, B28, B29)."""
    problems = Templates(own(f"tip.{part}", template)).check_all({"tip": SAMPLES["tip"]})
    assert len(problems) == 1
    assert all(word in problems[0] for word in words), problems


def test_a_link_out_of_the_folder_is_not_followed(own, tmp_path):
    """A symbolic link cannot show a file of the machine (B21)."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    folder = own("tip.long.txt", "{{ unsubscribe_url }}")
    (folder / "notices" / "tip.short.txt").symlink_to(secret)
    with pytest.raises(Refused, match="leads out of the templates folder"):
        Templates(folder).render_notice("tip", "short.txt", **SAMPLES["tip"])


def test_a_missing_part_is_a_sentence(monkeypatch, tmp_path):
    """A kind without one of its files is named, not a traceback."""
    monkeypatch.setattr(rendering, "OURS", tmp_path)
    problems = Templates().check_all({"tip": SAMPLES["tip"]})
    assert problems[0] == "notices/tip.subject.txt is missing from the templates folder."
    assert len(problems) == 4


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% set c = a %}{% endfor %}{% endfor %}",
        "{% set n = namespace(x='x') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
    ],
)
def test_a_template_without_end_stops_its_own_process_only(own, template):
    """Nested loops and doubling texts pass the sandbox; a child with limits finds them (B27, S25)."""
    problems = check_apart(own("tip.short.txt", template), {"tip": SAMPLES["tip"]}, seconds=1)
    assert len(problems) == 1
    assert "to render: look for a loop" in problems[0]


def test_the_check_in_a_process_of_its_own_finds_the_same(own):
    """Facts travel as JSON, moments as ISO text, and problems come back as they are."""
    folder = own("tip.subject.txt", "{{ titel }}")
    assert check_apart(folder, SAMPLES) == Templates(folder).check_all(json.loads(json.dumps(dict(SAMPLES)))) != []


def test_a_notice_is_in_the_language_asked_for(own):
    """Its sentences, days and layout; the office's own template too, where it marks its sentences."""
    facts = SAMPLES["reminder"]
    subject = Templates().render_notice("reminder", "subject.txt", language="cy", **facts)
    assert subject == "Nodyn atgoffa: Your questions answered, Iau, 3 Rhag 18:30"
    letter = Templates().render_notice("reminder", "long.html", language="ar", **facts)
    assert '<html lang="ar" dir="rtl">' in letter
    assert "border-right: 4px" in letter
    mine = Templates(own("tip.subject.txt", '{{ _("Cancelled") }} {{ "2026-12-03"|day }}'))
    assert mine.render_notice("tip", "subject.txt", language="cy", **SAMPLES["tip"]) == (
        "Wedi'i ganslo Dydd Iau, 3 Rhagfyr 2026"
    )


def test_mail_to_staff_stays_english():
    """Its sentences are made for those who run this, whatever language they chose as residents."""
    text = Templates().render_notice("staff", "long.html", language="cy", **SAMPLES["staff"])
    assert '<html lang="en-GB">' in text


@pytest.mark.parametrize("sentence", ["_(title)", '_("%(x)s", x=title)', '"x"|translated ~ title'])
def test_words_in_a_translated_sentence_are_shown_as_they_are(own, sentence):
    """A value is never markup, and neither is a sentence that is not the template's own (B18)."""
    templates = Templates(
        own("tip.long.html", f"{{{{ {sentence} }}}} {{% trans title=title %}}<b>{{{{ title }}}}</b>{{% endtrans %}}")
    )
    text = templates.render_notice("tip", "long.html", language="cy", **{**SAMPLES["tip"], "title": "<i>100%</i>"})
    assert "&lt;i&gt;100%&lt;/i&gt;" in text
    assert "<b>&lt;i&gt;100%&lt;/i&gt;</b>" in text
    assert "<i>" not in text


def test_a_sentence_cannot_ask_for_gigabytes(own):
    """A width in a sentence is text (B26)."""
    templates = Templates(own("tip.subject.txt", '{{ _("%(x)999999999s", x=1) }}{{ gettext("%(x)999999999s", x=1) }}'))
    assert templates.render_notice("tip", "subject.txt", **SAMPLES["tip"]) == "%(x)999999999s" * 2
