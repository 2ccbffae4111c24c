"""Reads what backs a rule: published lists, and pages, for every provider or for one."""

from collections.abc import Iterator, Mapping

from nhi_scan.model.finding import Reference
from nhi_scan.ruleset.frameworks import (
    CIS_AWS,
    CIS_AZURE,
    CIS_GCP,
    CIS_GITHUB,
    CIS_KUBERNETES,
    CIS_M365,
    NIST,
    OWASP_NHI,
    PROVIDERS,
    TITLES,
    URL,
)
from nhi_scan.ruleset.reader import Reader, suggestion

# key of a rule -> the list that its ids are of, and the provider that the list is about (empty: any)
_LISTS = (
    ("risk", OWASP_NHI, ""),
    ("cis", CIS_AWS, "aws"),
    ("cis_azure", CIS_AZURE, "azure"),
    ("cis_gcp", CIS_GCP, "gcp"),
    ("cis_github", CIS_GITHUB, "github"),
    ("cis_kubernetes", CIS_KUBERNETES, "kubernetes"),
    ("cis_m365", CIS_M365, "azure"),
    ("nist", NIST, ""),
)


def read_references(reader: Reader) -> tuple[tuple[Reference, ...], Mapping[str, tuple[Reference, ...]]]:
    """Take a rule's references.

    Returns:
        All of them, and those that concern a subject of each provider.

    Raises:
        UserError: there is none; an id that its list does not have; a page that is no https address.
    """
    found = [*_listed(reader), *_pages(reader)]
    if not found:
        reader.fail("a rule needs a reference: `risk`, `cis`, `cis_azure`, `cis_gcp`, `cis_m365`, `nist` or `see`")
    by_provider = {
        provider: tuple(reference for reference, of in found if of in ("", provider)) for provider in PROVIDERS
    }
    return tuple(reference for reference, _ in found), by_provider


def _listed(reader: Reader) -> Iterator[tuple[Reference, str]]:
    for key, framework, provider in _LISTS:
        titles = TITLES[framework]
        for place, name in enumerate(reader.texts(key)):
            if name not in titles:
                reader.fail(f"`{name}` is not in {framework}{suggestion(name, titles)}", f"{key}[{place}]")
            yield Reference(framework, name, titles[name]), provider


def _pages(reader: Reader) -> Iterator[tuple[Reference, str]]:
    """`see` is a list of addresses, or a list for each provider."""
    if not reader.is_mapping("see"):
        yield from ((page, "") for page in _addresses(reader, "see"))
        return
    for pages, provider in reader.by_word("see", PROVIDERS):
        yield from ((page, provider) for page in _addresses(pages, provider))


def _addresses(reader: Reader, key: str) -> Iterator[Reference]:
    for place, url in enumerate(reader.texts(key)):
        if not url.startswith("https://"):
            reader.fail(f"`{url}` is no https address", f"{key}[{place}]")
        yield Reference(URL, url)
