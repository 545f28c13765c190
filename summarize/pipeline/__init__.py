"""From texts to summaries.

summarizer       the class that a program needs: texts in, summaries out
style_router     the style of each text
request          what a caller requests, and a text with its sections
engine           one network, ready to summarise a batch of texts
encoder          segmented documents, salience logits, windows and other sources for the network
plan             the parts in which a document is summarised
form             what a document's title and form say of its sentences
generator        the whole summary of a part in one search
sentencewise     the summary of a part sentence by sentence, rewritten or verbatim
rewriting        single sentences: checks of rewritten ones, connectives, speakers' names, shortening
cohesion         what a sentence needs of others to be understood
extractive       the summary of a part from verbatim sentences only
summary_decoder  search and detokenization for both generators
attribution      the attention of each word, and explanations
generated        the summary of a part
summary          the summary of a text
"""
