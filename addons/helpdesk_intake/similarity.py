"""How alike two tickets are, by their words; standard library only.

A ticket is read as two sets of stems, those of its title and those of its text. Rare
words count more than common ones, the title more than the text. Words that mean the
same at a help desk count as the same, and words written almost alike count in part.
"""

import math
from collections import Counter
from dataclasses import dataclass

#: Groups of stems (Spanish, as PostgreSQL's dictionary makes them, accents folded) that
#: mean the same when customers describe a fault.
SYNONYMS = (
    ("factur", "comprob", "cfdi"),
    ("imprim", "impresion", "impresor"),
    ("lent", "demor", "tard", "lentitud"),
    ("clav", "contrasen", "password"),
    ("entrar", "ingres", "acced", "acces", "login", "sesion"),
    ("corre", "email", "mail", "mensaj"),
    ("inventari", "stock", "exist", "bodeg", "almac"),
    ("client", "comprador"),
    ("proveedor", "provider"),
    ("envi", "mand", "remit"),
    ("descarg", "baj", "export"),
    ("carg", "sub", "import"),
    ("pag", "cobr", "abon"),
    ("nomin", "rol", "sueld", "salari"),
    ("repet", "duplic", "dobl"),
    ("valid", "confirm", "aprob"),
    ("descuadr", "diferent", "cuadr", "coincid"),
    ("articul", "product", "item"),
    ("precio", "tarif", "cost"),
    ("impuest", "iva", "retencion"),
    ("caid", "cae", "detien", "detuv"),
    ("inform", "report", "list"),
    ("usuari", "emple", "person"),
    ("pantall", "vist", "pagin"),
    ("borr", "elimin", "desaparec"),
    ("rechaz", "deneg", "neg"),
)
_SAME = {word: group[0] for group in SYNONYMS for word in group}

TITLE_WEIGHT = 2.0
#: What the same customer and the same module add, of 1.
SAME_CUSTOMER = 0.15
SAME_MODULE = 0.10
#: Words that share this part of their trigrams are the same word, badly written.
ALMOST = 0.6


@dataclass(frozen=True)
class Text:
    """The stems of a ticket; ``key`` names it."""

    key: int
    title: frozenset
    body: frozenset

    @classmethod
    def make(cls, key, title, body):
        """Return a Text of lists of stems, synonyms taken for the same word.

        >>> Text.make(1, ["comprob"], ["clav"]).title
        frozenset({'factur'})
        """
        return cls(key, _unify(title), _unify(body))


def unify(stem):
    """Return the stem that stands for all that mean the same.

    >>> unify("comprob")
    'factur'
    """
    return _SAME.get(stem, stem)


def _unify(stems):
    return frozenset(map(unify, stems))


def _trigrams(word):
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def almost_equal(one, other):
    """Return how much of their trigrams two words share, from 0 to 1.

    >>> almost_equal("factur", "factur")
    1.0
    >>> almost_equal("factur", "fatur") > 0.3
    True
    >>> almost_equal("factur", "client")
    0.0
    """
    ours, theirs = _trigrams(one), _trigrams(other)
    return len(ours & theirs) / len(ours | theirs)


def rank(text, others):
    """Return ``(key, score, words)`` of other Texts, the most alike first.

    The score goes from 0 to 1: the weight of the shared words in that of all words of
    both. ``words`` are the stems that they share, the rarest first.

    >>> a = Text.make(1, ["factur", "electron"], ["rechaz"])
    >>> b = Text.make(2, ["comprob", "electron"], [])
    >>> c = Text.make(3, ["nomin"], ["rechaz"])
    >>> [(key, words) for key, score, words in rank(a, [c, b])]
    [(2, ['electron', 'factur']), (3, ['rechaz'])]
    """
    weights = _get_weights([text, *others])
    found = []
    for other in others:
        score, words = _compare(text, other, weights)
        if words:
            found.append((other.key, score, words))
    return sorted(found, key=lambda line: (-line[1], line[0]))


def _get_weights(texts):
    """Return how rare each stem is among the texts, as its inverse frequency."""
    counts = Counter(stem for text in texts for stem in text.title | text.body)
    return {stem: math.log(1 + len(texts) / count) for stem, count in counts.items()}


def _vector(text, weights):
    """Return the weights of a text's stems; those of the title count more."""
    return {
        stem: weights[stem] * (TITLE_WEIGHT if stem in text.title else 1.0)
        for stem in text.title | text.body
    }


def _compare(text, other, weights):
    """Return the cosine of two texts and the stems that they share."""
    ours, theirs = _vector(text, weights), _vector(other, weights)
    shared = ours.keys() & theirs.keys()
    product = sum(ours[stem] * theirs[stem] for stem in shared)
    words = sorted(shared, key=lambda stem: (-weights[stem], stem))
    left = [stem for stem in theirs.keys() - shared if len(stem) > 4]
    for stem in ours.keys() - shared:
        if len(stem) <= 4:
            continue
        near, twin = max(
            ((almost_equal(stem, other), other) for other in left),
            default=(0, None),
        )
        if near >= ALMOST:
            product += near * ours[stem] * theirs[twin]
            words.append(stem)
    norm = math.hypot(*ours.values()) * math.hypot(*theirs.values())
    return (product / norm if norm else 0.0), words
