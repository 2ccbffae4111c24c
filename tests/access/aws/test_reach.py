import pytest

from nhi_scan.access.aws.documents import Documents, view
from nhi_scan.access.aws.reach import Reach
from nhi_scan.access.aws.stacks import Guardrails, Level, Stack
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.model.policy import Effect, Policy, Statement

CATALOGUE = Catalogue(("s3:GetObject",), "R")


def level(*resources: str) -> Level:
    statement = Statement(effect=Effect.ALLOW, actions=("s3:GetObject",), resources=resources)
    policy = Policy(id="p", provider="aws", kind="identity", name="p", scope_id="1", statements=(statement,))
    document = Documents((policy,), CATALOGUE).of("p")
    assert document is not None
    return Level((view(document, lambda _key: None),))


def reach(*levels: Level) -> Reach:
    return Reach.of(Stack(levels[0], None, Guardrails(levels[1:]), complete=True), "s3:GetObject", CATALOGUE)


def test_a_pattern_that_several_statements_leave_is_named_once_and_sure_where_one_is() -> None:
    found = reach(level("arn:aws:s3:::a*", "arn:aws:s3:::*z"), level("arn:aws:s3:::a*", "*")).patterns("*")

    assert dict(found) == {"arn:aws:s3:::a*": True, "arn:aws:s3:::*z": True}
    assert len(found) == 2


@pytest.mark.timeout(20)  # ways through eight levels of twelve patterns: 400 million
def test_patterns_of_many_levels_do_not_multiply() -> None:
    levels = [level(*(f"arn:aws:s3:::*{letter}{n}*" for n in range(12))) for letter in "abcdefgh"]

    assert len(reach(*levels).patterns("*")) == 12
