"""Networks on disk, as JSON and safetensors; nothing is unpickled, and nothing is downloaded.

model_folder reads and writes a model, lora the styles of a model, train_state all that a training run continues from.
warm_start builds a model from a pre-trained encoder. files has what they share.
"""
