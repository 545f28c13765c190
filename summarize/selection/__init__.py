"""Which sentences of a document belong in a summary.

oracle          the best extracts of a document with a known reference summary: the labels that salience is trained on
expected_rouge  selection by minimum Bayes risk from salience probabilities
centrality      salience without a model, in any language
bm25            the relevance of sentences to a query
"""
