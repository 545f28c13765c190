"""Corpora: many documents in shards, on one machine or a cluster, into a folder that a later run goes on with.

`shards` finds inputs and names outputs; `jobs` says what is to be done and reads shards into blocks; `worker` does a
block; `engine` and `ray_engine` bring blocks to workers; `run` puts shards together; `storage` is files anywhere.
"""

from summarize.corpus.engine import Engine, LocalEngine
from summarize.corpus.jobs import Job
from summarize.corpus.ray_engine import RayEngine
from summarize.corpus.run import Progress, Run
from summarize.corpus.shards import Shard, find_shards
from summarize.corpus.storage import absolute

__all__ = ["Engine", "Job", "LocalEngine", "Progress", "RayEngine", "Run", "Shard", "absolute", "find_shards"]
