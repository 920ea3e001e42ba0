"""Machines' doors out: OAI-PMH, SRU, Z39.50; `cql` is shared."""
