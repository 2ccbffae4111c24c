"""The tags of what a request is about, where the snapshot tells them."""

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity

PREFIXES = ("aws:resourcetag/", "iam:resourcetag/", "ssm:resourcetag/", "ec2:resourcetag/")
"""Condition keys, in lower case, whose values are tags of what is asked about."""

_TELLING = frozenset({"cloudformation_stack", "codebuild_project", "ec2_instance", "ec2_launch_template"})
_TAGS_OF_ALL = "tagging-resources"


def tags_of(inventory: Inventory, arn: str) -> tuple[tuple[str, str], ...] | None:
    """Return the tags of an identity or a workload; None where nobody can tell whether it has some.

    IAM's authorization details have the tags of users and roles, and some services list theirs with what they list;
    of others only the tagging API tells, so that no tags mean none only where it was asked.

    Args:
        inventory: what is known.
        arn: what a request is about.
    """
    record = inventory.identities.get(arn) or inventory.workloads.get(arn)
    if record is None:
        return None
    if record.tags or isinstance(record, Identity) or record.kind in _TELLING:
        return record.tags
    return () if inventory.covered(record.scope_id, _TAGS_OF_ALL) is True else None
