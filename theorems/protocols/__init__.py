"""What the paper does to language models, and what it measures there: tensors in, numbers out.

A model is a `Decoder`, cut at its blocks; weights are changed in place and restored exactly; random choices come from
numpy's Philox, keyed by a seed and a name, so that they are the same on every device. torch is imported where it runs.
`theorems.protocols.experiments` has the whole experiments, one call for one seed.
"""
