"""How old one must be to read a text with ease, by the formula of Flesch and Kincaid (1975). Nothing else is judged."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019]*")
_LINK = re.compile(r"\(?https?://\S+|\S+@\S+")
_END = re.compile(r"[.!?:;]+(?:\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")


def reading_age(text: str) -> float | None:
    """Years: the grade of an American school and five. None for a text too short to say, under 20 words."""
    sentences = [words for part in _END.split(_LINK.sub(" ", text)) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < 20:
        return None
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return round(max(grade, 0) + 5, 1)


def syllables(word: str) -> int:
    """As many as groups of vowels are heard: a silent e, and -es and -ed behind most consonants, are none."""
    found = word.lower().replace("'", "").replace("\u2019", "")
    heard = re.sub(r"(?<=[^aeiouylr])e$|(?<=[aeiou][lr])e$|(?<=[^aeiouydt])ed$|(?<=[^aeiouysxzcg])es$", "", found)
    return max(1, len(_VOWELS.findall(heard)))
