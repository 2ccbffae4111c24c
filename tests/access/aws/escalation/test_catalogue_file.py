import pytest

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.model.errors import UserError
from nhi_scan.providers.aws.escalation import parse, techniques

ONE = """
format_version: 1
arns: {function: "arn:{partition}:lambda:*:{account}:function:*"}
techniques:
  - id: a
    title: A
    target: service_role
    services: [lambda.amazonaws.com]
    requires: [{action: lambda:CreateFunction, at: function, keys: {lambda:Runtime: x}}]
    yields: become
"""


def test_a_catalogue_is_read() -> None:
    (technique,) = parse(ONE).techniques
    assert technique.passes
    assert technique.requires[0].on == ("arn:{partition}:lambda:*:{account}:function:*",)
    assert technique.requires[0].keys == (("lambda:runtime", ("x",)),)
    assert technique.actions == ("iam:passrole", "lambda:createfunction")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("yields: become", "yields: become\n    yield: x", "unknown key `yield` at techniques[0]"),
        ("yields: become", "yields: power", "unknown word `power` at techniques[0].yields"),
        ("yields: become", "needs: [luck]\n    yields: become", "unknown word `luck` at techniques[0].needs"),
        ("service_role", "anyone", "unknown word `anyone` at techniques[0].target"),
        ("at: function", "at: functions", "unknown word `functions` at techniques[0].requires[0].at"),
        ("at: function", "on: function", "unknown key `True` at techniques[0].requires[0]"),
        ("title: A", "", "`title` is missing at techniques[0]"),
        ("action: lambda:CreateFunction, ", "", "are missing in techniques[0].requires[0]"),
        ("  - id: a", "  - a\n  - id: a", "techniques[0] of the escalation catalogue is no mapping"),
        ("techniques:", "technique:", "unknown key `technique` at top"),
        ("format_version: 1", "format_version: 2", "`format_version` of the escalation catalogue is not 1"),
        (
            "[lambda.amazonaws.com]",
            "lambda.amazonaws.com",
            "`services` at techniques[0] of the escalation catalogue is no list",
        ),
        ("arns: {", "arns: {{", "is no YAML"),
        ("arns:", "sensitive: [{kind: s3_bucket}]\narns:", "`action` is missing at sensitive[0]"),
    ],
)
def test_a_mistake_is_an_error_with_its_place(old: str, new: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(ONE.replace(old, new))
    assert message in str(caught.value)


def test_an_id_is_used_once() -> None:
    again = ONE[ONE.index("  - id") :]
    with pytest.raises(UserError, match="two techniques `a`"):
        parse(ONE + again)


def test_every_action_of_the_shipped_catalogue_exists(aws_actions: Catalogue) -> None:
    shipped = techniques()
    actions = {action for row in shipped.techniques for action in row.actions}
    actions |= {row.action for row in shipped.sensitive}
    assert sorted(action for action in actions if not aws_actions.knows(action)) == []


def test_every_technique_has_a_reference() -> None:
    assert [row.id for row in techniques().techniques if not row.attack] == []
