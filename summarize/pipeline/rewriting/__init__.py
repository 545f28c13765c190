"""Single sentences of a summary: what is changed in them, and whether a rewritten one can stand for its source.

checks           whether a rewritten sentence can stand for its source sentence: questions, phrases, labels
omissions        what it leaves out
insertions       what it begins with
connectives      words and marks before a sentence that are left out, verbatim or rewritten
speaker_labels   the names of speakers before sentences
shortening       a sentence with more words than allowed
"""
