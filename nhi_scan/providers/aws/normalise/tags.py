"""Tags that stand in a list of their own, by what they are on."""

from nhi_scan.providers.aws.normalise.source import Source
from nhi_scan.providers.aws.normalise.values import Tags, tags_of, text


def read_tags(source: Source) -> dict[str, Tags]:
    """`tagging-resources`: tags by ARN.

    A thing that is not among them has no tags, or is of a service that does not take part:
    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    found = {text(record, "ResourceARN"): tags_of(record) for _, record in source.plain("tagging-resources")}
    return {arn: tags for arn, tags in found.items() if arn and tags}
