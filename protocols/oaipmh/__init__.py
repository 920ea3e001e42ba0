"""OAI-PMH 2.0 provider: https://www.openarchives.org/OAI/2.0/openarchivesprotocol.htm, §§ of which are cited."""

from protocols.oaipmh.blueprint import blueprint
from protocols.oaipmh.provider import Answer, Provider, Request
from protocols.oaipmh.rate_limit import RateLimit
from protocols.oaipmh.resumption_token import LIFETIME, ResumptionToken, TokenSigner
from protocols.oaipmh.verbs import VERBS, dispatch
from protocols.oaipmh.warming import warm

__all__ = [
    "LIFETIME",
    "VERBS",
    "Answer",
    "Provider",
    "RateLimit",
    "Request",
    "ResumptionToken",
    "TokenSigner",
    "blueprint",
    "dispatch",
    "warm",
]
