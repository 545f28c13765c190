"""Documents and data sets from files and streams: bytes in, texts out, and one sentence for what cannot be read.

document        documents, their sections, and the options of reading
reading         paths to files, and files to their readers
streams, encodings, formats     bytes decompressed, decoded, and their format recognised
readers         a reader for each format
characters, hyphenation, wrapped_lines, superscripts     what makes a text of what is on a page
tables          the one reader of rows: JSON Lines, JSON, CSV, TSV (both in `delimited`), Parquet
row_documents   a document from each row; a row that holds none is an error instead
dataset_rows    rows for training and scoring; the first wrong one is a DataError
pairs           documents with their reference summaries

Libraries are imported where they are used.
"""

from summarize.documents.document import DOCUMENT_FIELDS, ID_FIELDS, Document, ReadOptions, Section
from summarize.documents.encodings import decode
from summarize.documents.formats import INPUT_FORMATS, ROW_FORMATS, SUFFIXES, stem_of, suffix_of
from summarize.documents.pairs import SUMMARY_FIELDS, TextPair, read_pairs
from summarize.documents.reading import read_document, read_documents, read_open, try_read_document
from summarize.documents.streams import source_name

__all__ = [
    "DOCUMENT_FIELDS",
    "ID_FIELDS",
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
