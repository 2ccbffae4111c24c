"""Every call that the collector makes to AWS, as data.

What a row says beyond the comments of `nhi_scan.providers.Call`:

- Rows that ask the same question (service, operation, parameters) share one answer. GetAccountAuthorizationDetails is
  asked once and yields four kinds.
- All pages of an answer are read: with botocore's paginator where it has one, otherwise by handing `NextToken`,
  `nextToken` or `Marker` back. `ResponseMetadata` and the page's token are never part of a record.
- `result` is applied to each page. A list is one record per element, an object is one record, null is none.
  A list of bare strings is turned into objects (`clusters[].{clusterName: @}`), so that every record is an object.
- A parameter that starts with `$.` is a JMESPath into the parent, whose own `of` lies beneath its record: a child of a
  child still knows its cluster. Two parents that give the same parameters are asked about once.
- With `batch`, a parameter written as a list of one path (`["$.name"]`) collects that many parents; a plain path beside
  it (`"$.cluster"`) splits them, so that one call never mixes clusters. Without `batch` it is a list of one.
- A row that names its own kind in `for_each` feeds itself until nothing new comes: organizational units in units.
- A policy that the API returns as a JSON string stays a string in the record; only IAM's own are decoded, by the SDK.
- `iam-credential-report`, whose `result` is bytes, is read as CSV: one record per row, the header's names as its keys.

Operations and their answers: the API reference of each service, as in botocore's service models. Permissions:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from nhi_scan.providers import Call
from nhi_scan.providers.aws.calls import (
    agents,
    compute,
    containers,
    data,
    identity,
    jobs,
    organization,
    services,
    usage,
)

CALLS: tuple[Call, ...] = (
    *identity.CALLS,
    *usage.CALLS,
    *organization.CALLS,
    *compute.CALLS,
    *containers.CALLS,
    *jobs.CALLS,
    *agents.CALLS,
    *data.CALLS,
    *services.CALLS,
)
