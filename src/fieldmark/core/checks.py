"""Small checks whose messages quote what came and what would have been right."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """Return the choice that looks most like ``name``, or None when none does.

    Example:
        >>> nearest("bakcbone", ["backbone", "head"])
        'backbone'
        >>> nearest("xyz", ["backbone", "head"]) is None
        True
    """
    found = difflib.get_close_matches(name, list(choices), n=1, cutoff=0.5)
    return found[0] if found else None


def unknown_choice(what: str, name: str, choices: Collection[str]) -> str:
    """Return the sentence that refuses ``name`` and lists what there is.

    Example:
        >>> unknown_choice("metric", "acuracy", ["accuracy", "macro_f1"])
        "Unknown metric 'acuracy'; did you mean 'accuracy'? There are: accuracy, macro_f1."
    """
    guess = nearest(name, choices)
    hint = f"; did you mean '{guess}'?" if guess else "."
    there = f"There are: {', '.join(sorted(choices))}." if choices else "There is none."
    return f"Unknown {what} '{name}'{hint} {there}"


def first_few(names: Sequence[object], limit: int = 3) -> str:
    """Return the first few names, quoted, and how many more there are.

    Example:
        >>> first_few(["a", "b", "c", "d"], limit=2)
        "'a', 'b' and 2 more"
        >>> first_few(["a"])
        "'a'"
    """
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    rest = len(names) - limit
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def as_sentence(note: str) -> str:
    """Return a note as a sentence: with a capital, and a full stop where it has none.

    Example:
        >>> as_sentence("two items left"), as_sentence("Done.")
        ('Two items left.', 'Done.')
    """
    return f"{note[:1].upper()}{note[1:]}{'' if note.endswith('.') else '.'}"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun in the right form.

    Example:
        >>> count_of(1, "image"), count_of(1200, "image"), count_of(2, "class", "classes")
        ('1 image', '1,200 images', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def field_differences(first: Mapping[str, object], second: Mapping[str, object]) -> tuple[str, ...]:
    """Return, in words, every field in which two flat mappings differ.

    A field that only one of them has is "absent" in the other.

    Example:
        >>> field_differences({"size": 224, "mean": 0.5}, {"size": 224, "mean": 0.4})
        ('mean: 0.5 against 0.4',)
    """
    absent = "absent"
    return tuple(
        f"{name}: {first.get(name, absent)} against {second.get(name, absent)}"
        for name in sorted(first.keys() | second.keys())
        if first.get(name, absent) != second.get(name, absent)
    )
