"""Beam search, the rules it keeps to, the decoder it queries, and the way back from tokens to words."""
