"""A thousand accounts must not take more memory than ten: what is opened for one is given back before the next."""

import gc
import json

from botocore.client import BaseClient
from botocore.session import Session

from nhi_scan.model.coverage import CoverageStatus
from tests.providers.aws.collect.fake_aws import FUNCTIONS, LIST_USERS, Aws, Collector, Handler, Told, rows, users, xml

ACCOUNTS = [f"{number:012}" for number in range(1, 31)]
REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"]
SETTLED = 10  # accounts after which caches are full


class Counting(Told):
    """Counts, when an account is done, what is still alive of all accounts."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[tuple[int, int, int]] = []  # clients, sessions, objects of any kind
        self._before = self._count()  # what other tests left in this process

    @staticmethod
    def _count() -> tuple[int, int, int]:
        gc.collect()
        alive = gc.get_objects()
        kinds = [type(one) for one in alive]
        return sum(issubclass(kind, BaseClient) for kind in kinds), kinds.count(Session), len(alive)

    def done(self, account: str) -> None:
        super().done(account)
        clients, sessions, objects = (now - then for now, then in zip(self._count(), self._before, strict=True))
        self.alive.append((clients, sessions, objects))


def assume(handler: Handler) -> None:
    keys = "".join(f"<{name}>x</{name}>" for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    handler.answer(
        200,
        xml("AssumeRole", f"<Credentials>{keys}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"),
    )


def test_memory_does_not_grow_with_the_number_of_accounts(aws: Aws, collector: Collector) -> None:
    listed = {"Accounts": [{"Id": number, "Status": "ACTIVE", "Name": number} for number in ACCOUNTS]}
    aws.script |= {
        "ListAccounts": json.dumps(listed).encode(),
        "AssumeRole": assume,
        "ListUsers": users(*(f"user-{number}" for number in range(200))),
        "/2015-03-31/functions": b'{"Functions": [{"FunctionName": "f"}]}',
    }
    collector.told = counted = Counting()

    snapshot = collector.run(LIST_USERS, FUNCTIONS, organization=True, role_name="reader", regions=REGIONS)

    assert snapshot.scopes("aws") == tuple(ACCOUNTS)
    assert {row.status for row in rows(snapshot, "iam-users")} == {CoverageStatus.COMPLETE}
    assert len(counted.alive) == len(ACCOUNTS)
    clients, sessions, objects = zip(*counted.alive, strict=True)
    # Two accounts are open at a time: a client for IAM, one in each region, one to assume the role with.
    assert max(clients) <= 2 * (len(REGIONS) + 2)
    assert max(sessions) <= 2 * 2 + 1
    # What stays of an account is coverage and journal, not what it answered: 400 objects of users alone.
    grown = max(objects[-5:]) - max(objects[SETTLED : SETTLED + 5])
    assert grown / (len(ACCOUNTS) - SETTLED - 5) < 100
