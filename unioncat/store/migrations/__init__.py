"""Numbered changes of the schema, run by `unioncat.store.schema.upgrade`."""
