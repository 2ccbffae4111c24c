"""What is known of a request when a condition is asked."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from nhi_scan.model.record import record


@record
class Known:
    """What is known of a request. None is "nobody can tell", never "there is none".

    https://cloud.google.com/iam/docs/conditions-attribute-reference
    """

    resource_name: str | None = None  # `projects/_/buckets/b/objects/o`: what `resource.name` is
    resource_prefix: str | None = None  # how the name begins, where that is all that is known of it
    resource_type: str | None = None  # `storage.googleapis.com/Object`
    resource_service: str | None = None  # `storage.googleapis.com`
    now: datetime | None = None  # `request.time`, aware
    tags: Mapping[str, str] | None = None  # in force, inherited ones included: `123/env` -> `prod`; {}: there are none
    # Attributes by their own names, as somebody who asks states them: `request.path`, `request.auth.access_levels`
    # (parted by commas), `principal.type`, or the name that `api.getAttribute` is called with.
    extra: Mapping[str, str] = field(default_factory=dict)
    # Of a token that a pool's provider is shown: `assertion`, and what its mapping makes of it by the names that it
    # gives: `google.subject`, `attribute.repository`.
    token: Mapping[str, Any] = field(default_factory=dict)
