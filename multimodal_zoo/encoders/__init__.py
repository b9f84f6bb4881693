"""Encoders: the tensor of one modality into a vector. Each is a function that returns a callable."""

from multimodal_zoo.encoders.bag_of_words_highway import BagOfWordsHighway, bag_of_words_highway
from multimodal_zoo.encoders.bigru import bigru
from multimodal_zoo.encoders.c3d import c3d
from multimodal_zoo.encoders.compressed_interaction import CompressedInteraction, compressed_interaction
from multimodal_zoo.encoders.content_vectors import content_vectors
from multimodal_zoo.encoders.crnn import crnn
from multimodal_zoo.encoders.cross_network import CrossLayer, cross_network
from multimodal_zoo.encoders.crossed_ids import CrossedIds, crossed_ids
from multimodal_zoo.encoders.deep_sets import deep_sets
from multimodal_zoo.encoders.deep_speech import deep_speech
from multimodal_zoo.encoders.dense_layers import dense_layers
from multimodal_zoo.encoders.dice import Dice
from multimodal_zoo.encoders.factorization_machine import FactorizationMachine, factorization_machine
from multimodal_zoo.encoders.field_embeddings import field_embeddings, linear_fields
from multimodal_zoo.encoders.frames_lstm import frames_lstm
from multimodal_zoo.encoders.ft_transformer import ft_transformer
from multimodal_zoo.encoders.graph_attention import graph_attention
from multimodal_zoo.encoders.graph_convolution import graph_convolution
from multimodal_zoo.encoders.hashed_embedding import hashed_embedding
from multimodal_zoo.encoders.hierarchical_dense import HierarchicalDense
from multimodal_zoo.encoders.image_backbone import image_backbone
from multimodal_zoo.encoders.image_cnn import image_cnn
from multimodal_zoo.encoders.image_keypoints import ImageKeypoints, image_keypoints
from multimodal_zoo.encoders.image_regions import image_regions
from multimodal_zoo.encoders.interacting_attention import InteractingAttention, interacting_attention
from multimodal_zoo.encoders.lda_topics import LdaTopics, lda_topics
from multimodal_zoo.encoders.less_last_step import LessLastStep
from multimodal_zoo.encoders.log_mel_cnn import log_mel_cnn
from multimodal_zoo.encoders.lstm_text import lstm_text
from multimodal_zoo.encoders.lstnet import AutoregressiveHighway, lstnet, lstnet_forecast
from multimodal_zoo.encoders.lstnet_text import SkipGRU, TemporalAttention, lstnet_text
from multimodal_zoo.encoders.mean_of_words import mean_of_words
from multimodal_zoo.encoders.mixed_dimensions import mixed_dimensions
from multimodal_zoo.encoders.mixture_of_experts import MixtureOfExperts
from multimodal_zoo.encoders.periodic_numbers import periodic_numbers
from multimodal_zoo.encoders.present_steps import PresentSteps
from multimodal_zoo.encoders.progressive_extraction import ProgressiveExtraction
from multimodal_zoo.encoders.question_hierarchy import question_hierarchy
from multimodal_zoo.encoders.quotient_remainder import quotient_remainder
from multimodal_zoo.encoders.r2plus1d import r2plus1d
from multimodal_zoo.encoders.self_attentive_history import self_attentive_history
from multimodal_zoo.encoders.series_lstm import series_lstm
from multimodal_zoo.encoders.series_transformer import series_transformer
from multimodal_zoo.encoders.set_transformer import set_transformer
from multimodal_zoo.encoders.split_mask import SplitMask
from multimodal_zoo.encoders.standardised_steps import StandardisedSteps
from multimodal_zoo.encoders.target_attention import ActivationUnit, target_attention
from multimodal_zoo.encoders.tcn import tcn
from multimodal_zoo.encoders.text_backbone import text_backbone
from multimodal_zoo.encoders.text_cnn import text_cnn
from multimodal_zoo.encoders.tf_idf import TfIdf, tf_idf
from multimodal_zoo.encoders.transformer import transformer
from multimodal_zoo.encoders.two_stream import two_stream
from multimodal_zoo.encoders.unknown_at_random import UnknownAtRandom
from multimodal_zoo.encoders.vit import vit
from multimodal_zoo.encoders.wave_transformer import wave_transformer
from multimodal_zoo.encoders.waveform_cnn import waveform_cnn
from multimodal_zoo.encoders.word_vectors import WordVectors, load_word_vectors

__all__ = [
    "ProgressiveExtraction",
    "mixed_dimensions",
    "MixtureOfExperts",
    "HierarchicalDense",
    "ActivationUnit",
    "AutoregressiveHighway",
    "BagOfWordsHighway",
    "CompressedInteraction",
    "CrossLayer",
    "CrossedIds",
    "Dice",
    "FactorizationMachine",
    "ImageKeypoints",
    "InteractingAttention",
    "LdaTopics",
    "LessLastStep",
    "PresentSteps",
    "SkipGRU",
    "SplitMask",
    "StandardisedSteps",
    "TemporalAttention",
    "TfIdf",
    "UnknownAtRandom",
    "WordVectors",
    "bag_of_words_highway",
    "bigru",
    "c3d",
    "compressed_interaction",
    "crnn",
    "content_vectors",
    "cross_network",
    "crossed_ids",
    "deep_sets",
    "deep_speech",
    "dense_layers",
    "factorization_machine",
    "field_embeddings",
    "frames_lstm",
    "ft_transformer",
    "graph_attention",
    "graph_convolution",
    "hashed_embedding",
    "image_backbone",
    "image_cnn",
    "image_keypoints",
    "image_regions",
    "interacting_attention",
    "lda_topics",
    "linear_fields",
    "load_word_vectors",
    "log_mel_cnn",
    "lstm_text",
    "lstnet",
    "lstnet_forecast",
    "lstnet_text",
    "mean_of_words",
    "periodic_numbers",
    "question_hierarchy",
    "quotient_remainder",
    "r2plus1d",
    "self_attentive_history",
    "series_lstm",
    "series_transformer",
    "set_transformer",
    "target_attention",
    "tcn",
    "text_backbone",
    "text_cnn",
    "tf_idf",
    "transformer",
    "two_stream",
    "vit",
    "wave_transformer",
    "waveform_cnn",
]
