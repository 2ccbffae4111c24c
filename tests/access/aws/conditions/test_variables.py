import pytest

from nhi_scan.access.aws.conditions.variables import Variable, template


@pytest.mark.parametrize(
    ("written", "key", "default"),
    [
        ("${aws:UserName}", "aws:username", None),
        ("${ aws:UserName }", "aws:username", None),
        ("${aws:PrincipalTag/team, 'company-wide'}", "aws:principaltag/team", "company-wide"),
        ("${aws:PrincipalTag/team ,'it''s, so' }", "aws:principaltag/team", "it''s, so"),
        ("${aws:PrincipalTag/team, unquoted}", "aws:principaltag/team, unquoted", None),
    ],
)
def test_a_variable_is_read_with_its_default(written: str, key: str, default: str | None) -> None:
    assert template(written, variables=True) == (Variable(key, default),)


def test_what_does_not_end_is_text() -> None:
    assert template("a${*}${aws:username", variables=True) == (("a", True), ("*", False), ("${aws:username", True))


@pytest.mark.timeout(20)  # reading in cubic time takes hours
def test_no_author_of_a_policy_can_make_reading_slow() -> None:
    assert template("${" + " " * 100_000 + "}", variables=True) == (Variable("", None),)
    assert template("${" * 100_000, variables=True) == (("${" * 100_000, True),)
