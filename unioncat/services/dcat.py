"""Description of the dumps for open-data portals: DCAT 3 as JSON-LD (https://www.w3.org/TR/vocab-dcat-3/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["Publication", "catalog"]

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True)
class Publication:
    """Who publishes, and under what licence. base_url: public address of the catalogue."""

    name_vi: str
    name_en: str
    publisher: str
    email: str
    base_url: str
    licence: str = "https://creativecommons.org/publicdomain/zero/1.0/"


def catalog(publication: Publication, manifests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One dcat:Catalog with a dataset for each dump. manifests: as `services.dump` writes them, newest first."""
    root = f"{publication.base_url}/data"
    return {
        "@context": _CONTEXT,
        "@id": root,
        "@type": "dcat:Catalog",
        "dct:title": _both(publication.name_vi, publication.name_en),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": publication.publisher},
        "dct:license": {"@id": publication.licence},
        "foaf:homepage": {"@id": publication.base_url or root},
        "dcat:dataset": [_dataset(publication, root, manifest) for manifest in manifests],
    }


def _dataset(publication: Publication, root: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    full = manifest["kind"] == "full"
    here = f"{root}/{manifest['name']}"
    return {
        "@id": here,
        "@type": "dcat:Dataset",
        "dct:title": _both(
            f"{publication.name_vi}: {'toàn bộ biểu ghi' if full else 'thay đổi'}",
            f"{publication.name_en}: {'all records' if full else 'changes'}",
        ),
        "dct:description": _both(
            f"{manifest['records']} biểu ghi hợp nhất, {manifest['deleted']} biểu ghi đã xoá",
            f"{manifest['records']} merged records, {manifest['deleted']} deleted ones",
        ),
        "dct:identifier": manifest["name"],
        "dct:issued": _moment(manifest["made"]),
        "dct:license": {"@id": publication.licence},
        "dcat:contactPoint": {"@type": "vcard:Kind", "vcard:hasEmail": {"@id": f"mailto:{publication.email}"}},
        "dcat:keyword": ["MARC 21", "union catalogue", "mục lục liên hợp"],
        "dcat:distribution": [_distribution(publication, here, each) for each in manifest["files"]],
    }


def _distribution(publication: Publication, here: str, file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@id": f"{here}/{file['name']}",
        "@type": "dcat:Distribution",
        "dct:title": file["name"],
        "dct:license": {"@id": publication.licence},
        "dcat:downloadURL": {"@id": f"{here}/{file['name']}"},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{file['media_type']}"},
        "dcat:compressFormat": {"@id": "https://www.iana.org/assignments/media-types/application/gzip"},
        "dcat:byteSize": {"@value": str(file["bytes"]), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": file["sha256"],
        },
    }


def _both(vietnamese: str, english: str) -> list[dict[str, str]]:
    return [{"@value": vietnamese, "@language": "vi"}, {"@value": english, "@language": "en"}]


def _moment(text: str) -> dict[str, str]:
    return {"@value": datetime.fromisoformat(text).isoformat(), "@type": "xsd:dateTime"}
