"""The ids of special tokens, in every vocabulary that the program uses (the layout of BERT's vocabulary)."""

PAD = 0  # [PAD]
SENTENCE = 1  # [unused0]: after every summary sentence except the last
UNK = 100  # [UNK]: a source token that is not in the vocabulary; a summary can only copy it
START = 101  # [CLS]: first token of a source; first input of the decoder
END = 102  # [SEP]: last token of a source and of a summary
MASK = 103  # [MASK]: never generated
N_SPECIAL = 104  # of the ids below this, only UNK stands for text
