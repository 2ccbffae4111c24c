"""When a binding ends by itself, where its condition says that and nothing else."""

import re
from datetime import datetime
from functools import lru_cache

from nhi_scan.model.policy import Condition
from nhi_scan.snapshot.values import moment

_UNTIL = re.compile(r"""\s*request\.time\s*<=?\s*timestamp\(\s*(["'])([^"']{1,40})\1\s*\)\s*""")


@lru_cache(maxsize=65536)
def expiry_of(condition: Condition) -> datetime | None:
    """The moment after which a condition never holds again; None where it is not of this one form.

    https://cloud.google.com/iam/docs/configuring-temporary-access
    """
    found = _UNTIL.fullmatch(condition.values[0])
    return moment(found[2]) if found else None
