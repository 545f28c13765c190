"""Corpora: many documents in shards, on one machine or a cluster, into a folder in which a stopped run continues.

storage     files on this machine or at an address, and the output folder
shards      inputs to shards, and the names of their outputs
jobs        what is to be done with every document, and shards cut into blocks
worker      summarises a block and writes its part of the output
engine      brings blocks to workers: in this process or several; `ray_engine` on a Ray cluster
run         what is left to do, and shards put together from their parts
"""

from summarize.corpus.engine import Engine, LocalEngine
from summarize.corpus.jobs import Job
from summarize.corpus.ray_engine import RayEngine
from summarize.corpus.run import Progress, Run
from summarize.corpus.shards import Shard, find_shards
from summarize.corpus.storage import absolute

__all__ = ["Engine", "Job", "LocalEngine", "Progress", "RayEngine", "Run", "Shard", "absolute", "find_shards"]
