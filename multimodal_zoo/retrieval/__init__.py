"""Retrieval: the items that match a query best, compared with all of them or through an index."""

from multimodal_zoo.retrieval.exact_search import exact_search
from multimodal_zoo.retrieval.index import RetrievalIndex
from multimodal_zoo.retrieval.mahalanobis import Mahalanobis
from multimodal_zoo.retrieval.matching import matching_distances

__all__ = ["Mahalanobis", "RetrievalIndex", "exact_search", "matching_distances"]
