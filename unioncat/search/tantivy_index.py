"""Tantivy's schema, made from the access-point table, and the opening of an index."""

from __future__ import annotations

from pathlib import Path

import tantivy

from unioncat.search.fields import FIELDS

__all__ = ["is_panic", "open_index", "schema"]

_WORDS = "unioncat_words"


def schema() -> tantivy.Schema:
    """Nothing is stored but id and version: records are rendered from the store."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_unsigned_field("version", fast=True)
    builder.add_float_field("weight", fast=True)
    for field in FIELDS:
        if field.kind == "words":
            builder.add_text_field(field.name, tokenizer_name=_WORDS, index_option="position")
        elif field.name == "has":
            builder.add_text_field(field.name, tokenizer_name="raw", index_option="basic")
        else:
            fast = field.kind in ("ordered", "counted", "sort", "facet")
            builder.add_text_field(field.name, tokenizer_name="raw", index_option="basic", fast=fast)
    return builder.build()


def open_index(folder: Path, *, create: bool = False) -> tantivy.Index:
    """The index in a folder. Raises ValueError (Tantivy's own) if its files cannot be read."""
    index = tantivy.Index(schema(), path=str(folder)) if create else tantivy.Index.open(str(folder))
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_WORDS, analyzer)
    return index


def is_panic(error: BaseException) -> bool:
    """A Rust panic, which comes as a BaseException of its own that no module exports."""
    return type(error).__name__ == "PanicException"
