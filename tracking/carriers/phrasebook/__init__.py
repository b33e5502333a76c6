"""
How carriers talk, language by language: plain data, weighed by `tracking.carriers.phrases`.

One phrase a line, over plain text (lower case, no accents, no punctuation but a dot between clauses). A
phrase is a regular expression with short forms: ` _ ` for up to four words in between, `~` for the rest of a
word, `{name}` for one of the language's lists.
"""

from tracking.carriers.phrasebook import de, en, es, fr, it, nl, pt
from tracking.carriers.phrasebook.book import Book, Says

BOOKS: tuple[Book, ...] = (en.BOOK, de.BOOK, fr.BOOK, es.BOOK, it.BOOK, nl.BOOK, pt.BOOK)

__all__ = ["BOOKS", "Book", "Says"]
