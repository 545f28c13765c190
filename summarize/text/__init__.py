"""Text below the level of documents: tokens, sentences, language, conversations, and how long a summary is to be.

tokenizer     text to WordPiece token ids with character offsets
vocabulary    the ids of special tokens
sentences     sentence boundaries
language      is a text in a language other than English?
conversation  the turns of a conversation, and summary sentences that name the wrong speaker
pronouns      speakers' names in place of "I" and "you"
matching      words as they are compared: rouge-score's, and those of all scripts
openers       what a sentence's beginning refers to
word_classes  closed classes of English words: articles, prepositions, negations
lengths       the requested length of a summary, as limits for the search
"""
