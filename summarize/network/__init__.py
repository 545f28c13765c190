"""The network: tensors in, tensors out; nothing here knows text, files or search.

pointer_generator is the whole network. It is made of attention (scaled dot-product, additive, multi-head), salience
(the sentence scores that guide it), memory (encoded sources) and kv_cache (decoded summaries). padding makes its inputs
from token ids, device says what the machine can compute with, and quantization makes 8-bit layers of a trained network.
"""
