"""Identify (OAI-PMH 2.0 §4.2) with its optional description containers."""

from __future__ import annotations

from lxml import etree

from protocols.oaipmh.dates import GRANULARITY, written
from protocols.oaipmh.provider import Answer, Request
from protocols.oaipmh.xml import XSI, child, cut, nsmap
from unioncat.model import ClusterId

__all__ = ["identify"]

_OAI_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
_FRIENDS = "http://www.openarchives.org/OAI/2.0/friends/"
_BRANDING = "http://www.openarchives.org/OAI/2.0/branding/"
_RIGHTS = "http://www.openarchives.org/OAI/2.0/rights/"


def identify(request: Request, root: etree._Element) -> Answer:
    provider = request.provider
    answer = child(root, "Identify")
    child(answer, "repositoryName", provider.name)
    child(answer, "baseURL", request.base_url)
    child(answer, "protocolVersion", "2.0")
    for email in provider.emails:
        child(answer, "adminEmail", email)
    child(answer, "earliestDatestamp", written(provider.disseminator.earliest()))
    child(answer, "deletedRecord", "persistent")
    child(answer, "granularity", GRANULARITY)
    child(answer, "compression", "gzip")
    _identifier(answer, request)
    if provider.friends:
        friends = _container(answer, _FRIENDS, "friends", f"{_FRIENDS[:-1]}.xsd")
        for url in provider.friends:
            child(friends, "baseURL", url)
    if provider.icon:
        branding = _container(answer, _BRANDING, "branding", f"{_BRANDING[:-1]}.xsd")
        icon = child(branding, "collectionIcon")
        child(icon, "url", provider.icon)
        child(icon, "title", provider.name)
    if provider.rights:
        manifest = _container(
            answer, _RIGHTS, "rightsManifest", "http://www.openarchives.org/OAI/2.0/rightsManifest.xsd"
        )
        manifest.set("appliesTo", f"{_RIGHTS}entireRepository")
        rights = child(manifest, "rights")
        child(rights, "rightsReference", ref=provider.rights)
    before, after = cut(root)
    return Answer(before, (), after)


def _identifier(answer: etree._Element, request: Request) -> None:
    disseminator = request.provider.disseminator
    element = _container(answer, _OAI_IDENTIFIER, "oai-identifier", f"{_OAI_IDENTIFIER}.xsd")
    child(element, "scheme", "oai")
    child(element, "repositoryIdentifier", disseminator.repository)
    child(element, "delimiter", ":")
    child(element, "sampleIdentifier", disseminator.identifier(ClusterId(1)))


def _container(answer: etree._Element, namespace: str, name: str, schema: str) -> etree._Element:
    description = child(answer, "description")
    element = etree.SubElement(description, f"{{{namespace}}}{name}", nsmap=nsmap(namespace))
    element.set(f"{{{XSI}}}schemaLocation", f"{namespace} {schema}")
    return element
