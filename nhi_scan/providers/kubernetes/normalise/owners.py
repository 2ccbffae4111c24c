"""Who answers for an object, from its labels and annotations.

Their keys have a prefix where they are not private to one user
(https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set), so that
`example.com/owner` says what `owner` says.
"""

from collections.abc import Mapping
from dataclasses import replace

from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.model.identity import Owner


def find_owner(
    rules: OwnerRules, source: str, labels: Mapping[str, str] | None, annotations: Mapping[str, str] | None
) -> Owner | None:
    """Find who is named; labels go before annotations, whole keys before keys without their prefix.

    Args:
        rules: which keys name somebody.
        source: `tag` for the object's own, `scope` for its namespace's.
        labels: of the object.
        annotations: of the object.
    """
    for words in (labels, annotations):
        if not words:
            continue
        found = rules.find(tuple(words.items()))
        if found is None:
            found = _without_prefix(rules, words)
        if found is not None:
            return replace(found, source=f"{source}:{found.source.partition(':')[2]}")
    return None


def _without_prefix(rules: OwnerRules, words: Mapping[str, str]) -> Owner | None:
    whole: dict[str, str] = {}
    for key in sorted(words):
        prefix, slash, name = key.rpartition("/")
        if slash and prefix:
            whole.setdefault(name, key)
    found = rules.find(tuple((name, words[key]) for name, key in whole.items()))
    if found is None:
        return None
    key = found.source.partition(":")[2]
    return replace(found, source=f"tag:{whole[key]}")
