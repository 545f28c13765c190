"""Documents and pairs of texts from files and streams: bytes in, text out, one sentence where that cannot be done.

`document` says what a document is; `reading` finds files and who reads them; `streams`, `encodings` and `formats` turn
bytes into what the readers take; `markup`, `office`, `pdf`, `mail`, `subtitles` and `rows` read a family of formats
each; `pairs` reads data sets of documents with their summaries. Libraries are imported where they are used.
"""

from summarize.documents.document import DOCUMENT_FIELDS, Document, ReadOptions, Section
from summarize.documents.encodings import decode
from summarize.documents.formats import INPUT_FORMATS, ROW_FORMATS, SUFFIXES, stem_of, suffix_of
from summarize.documents.pairs import SUMMARY_FIELDS, TextPair, read_pairs
from summarize.documents.reading import read_document, read_documents, read_open, source_name, try_read_document

__all__ = [
    "DOCUMENT_FIELDS",
    "INPUT_FORMATS",
    "ROW_FORMATS",
    "SUFFIXES",
    "SUMMARY_FIELDS",
    "Document",
    "ReadOptions",
    "Section",
    "TextPair",
    "decode",
    "read_document",
    "read_documents",
    "read_open",
    "read_pairs",
    "source_name",
    "stem_of",
    "suffix_of",
    "try_read_document",
]
