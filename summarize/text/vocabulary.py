"""The ids that mean something to the program itself, in every vocabulary it uses (BERT's layout)."""

PAD = 0  # [PAD]
SENTENCE = 1  # [unused0]: ends every summary sentence but the last
UNK = 100  # [UNK]: a source token outside the vocabulary; written only by copying
START = 101  # [CLS]: opens a source, and starts a summary
END = 102  # [SEP]: ends a source, and a summary
MASK = 103  # [MASK]: never written
N_SPECIAL = 104  # ids below this one, but for UNK, are never text
