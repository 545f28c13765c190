"""Checks of a summary against its document, with no model: is every claim supported, and where is each word from?

`claims` finds numbers, names and words that the document does not contain; `numbers` reads numbers as values; `words`
knows the common English words, which are not names. `explanation` holds where the words of a summary came from.
"""
