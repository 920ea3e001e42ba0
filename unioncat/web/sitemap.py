"""/robots.txt and /sitemap.xml (sitemaps.org 0.9): pages of members and all record pages, by 40,000."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue
from lxml import etree

from unioncat.web.parts import base_address, parts

__all__ = ["blueprint"]

blueprint = Blueprint("sitemap", __name__)

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
NAMES = cast("dict[str, str]", {None: NAMESPACE})  # the stub knows no default namespace
PAGE = 40_000


def _xml(root: etree._Element) -> Response:
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    response = Response(body, content_type="application/xml; charset=utf-8")
    response.cache_control.max_age = 3600
    return response


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    lines = (
        "User-agent: *",
        "Disallow: /search",
        "Disallow: /suggest",
        "Disallow: /list",
        "Disallow: /workbench",
        "Disallow: /admin",
        "Disallow: /feeds/print",
        f"Sitemap: {base_address()}/sitemap.xml",
        "",
    )
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def index() -> ResponseReturnValue:
    """Cluster ids are dense enough to be cut by id: file n holds the live records with id in (n·PAGE, (n+1)·PAGE]."""
    root = etree.Element(f"{{{NAMESPACE}}}sitemapindex", nsmap=NAMES)
    last = parts().listing.last_id()
    addresses = ["/sitemap-pages.xml", *(f"/sitemap-{number}.xml" for number in range(-(-last // PAGE)))]
    for address in addresses:
        etree.SubElement(etree.SubElement(root, f"{{{NAMESPACE}}}sitemap"), f"{{{NAMESPACE}}}loc").text = (
            base_address() + address
        )
    return _xml(root)


@blueprint.get("/sitemap-pages.xml")
def pages() -> ResponseReturnValue:
    root = etree.Element(f"{{{NAMESPACE}}}urlset", nsmap=NAMES)
    addresses = [url_for("public.home"), url_for("libraries.index"), url_for("local.index"), url_for("help.index")]
    members = parts().catalogue.members().values()
    addresses += [url_for("libraries.page", code=member.code) for member in members if member.active]
    for address in addresses:
        etree.SubElement(etree.SubElement(root, f"{{{NAMESPACE}}}url"), f"{{{NAMESPACE}}}loc").text = (
            base_address() + address
        )
    return _xml(root)


@blueprint.get("/sitemap-<int:number>.xml")
def records(number: int) -> ResponseReturnValue:
    root = etree.Element(f"{{{NAMESPACE}}}urlset", nsmap=NAMES)
    rows = parts().listing.stamps(number * PAGE, PAGE)
    if not rows and number:
        abort(404)
    base = base_address()
    for public_id, datestamp in rows:
        one = etree.SubElement(root, f"{{{NAMESPACE}}}url")
        etree.SubElement(one, f"{{{NAMESPACE}}}loc").text = f"{base}/record/{public_id}"
        etree.SubElement(one, f"{{{NAMESPACE}}}lastmod").text = datestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _xml(root)
