"""Machines' doors in: OAI-PMH, SRU, Z39.50, files."""
