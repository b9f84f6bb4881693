"""The operations of tensorflow_text, and which of them a TF Serving binary has.

TF Serving links `tensorflow_text:ops_lib`. SERVED are the operations that library has had for years and in every
release since; OTHERS came later or are known to be missing from some: a model that uses one of these may load here and
not there.
"""

from __future__ import annotations

SERVED = frozenset(
    """
    CaseFoldUTF8 NormalizeUTF8 NormalizeUTF8WithOffsetsMap FindSourceOffsets
    RegexSplitWithOffsets WhitespaceTokenizeWithOffsets TFText>WhitespaceTokenizeWithOffsetsV2
    UnicodeScriptTokenizeWithOffsets WordpieceTokenizeWithOffsets
    FastWordpieceTokenizeWithOffsets TFText>FastWordpieceDetokenize FastBertNormalize
    SentencepieceOp SentencepieceTokenizeOp SentencepieceTokenizeWithOffsetsOp SentencepieceDetokenizeOp
    SentencepieceVocabSizeOp SentencepieceIdToStringOp SentencepieceStringToIdOp
    SplitMergeTokenizeWithOffsets TokenizerFromLogits SentenceFragments SentenceFragmentsV2
    ConstrainedSequence MaxSpanningTree RougeL
    """.split()
)

OTHERS = frozenset(
    """
    TFText>BoiseTagsToOffsets TFText>OffsetsToBoiseTags TFText>ByteSplitByOffsets TFText>ByteSplitWithOffsets
    TFText>FastSentencepieceTokenize TFText>FastSentencepieceDetokenize TFText>NgramsStringJoin PhraseTokenize
    TFText>PhraseDetokenize TFText>RoundRobinTrim TFText>RoundRobinGenerateMasks TFText>Utf8Binarize
    """.split()
)
