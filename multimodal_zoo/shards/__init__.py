"""Data at scale: any data set as sharded TFRecord files with an index, and reading them while training."""

from multimodal_zoo.shards.beam_pipeline import write_shards_by_beam
from multimodal_zoo.shards.damage import Fault
from multimodal_zoo.shards.load_shards import CorruptShard, ShardedDataSet, load_shards
from multimodal_zoo.shards.shard_index import Shard, ShardError, ShardIndex, read_index
from multimodal_zoo.shards.shard_split import ShardSplit
from multimodal_zoo.shards.table_data import TableData, read_tables
from multimodal_zoo.shards.write_shards import write_shards

__all__ = [
    "CorruptShard",
    "Fault",
    "Shard",
    "ShardError",
    "ShardIndex",
    "ShardSplit",
    "ShardedDataSet",
    "TableData",
    "load_shards",
    "read_index",
    "read_tables",
    "write_shards",
    "write_shards_by_beam",
]
