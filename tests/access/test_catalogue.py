import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.aws.actions import load
from nhi_scan.access.catalogue import Catalogue

NAMES = ("ec2:RunInstances", "ec2:StopInstances", "s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sts:AssumeRole")
SMALL = Catalogue(NAMES, "WWRRWW")


@pytest.fixture(scope="module")
def aws() -> Catalogue:
    return load(None)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", NAMES),
        ("s3:*", NAMES[2:5]),
        ("S3:getobject", ("s3:GetObject",)),
        ("s3:Get*", ("s3:GetObject", "s3:GetObjectAcl")),
        ("s3:*Object", ("s3:GetObject", "s3:PutObject")),
        ("s3:?etObject", ("s3:GetObject",)),
        ("*:*Instances", ("ec2:RunInstances", "ec2:StopInstances")),
        ("s*", NAMES[2:]),
        ("s3:Nothing", ()),
        ("", ()),
    ],
)
def test_a_pattern_covers(pattern: str, expected: tuple[str, ...]) -> None:
    assert tuple(SMALL.expand(SMALL.mask(pattern))) == expected


def test_an_unknown_action_stays_itself_and_wildcards_cover_it() -> None:
    more = SMALL.extended(["s3:NewThing", "new:*", "ec2:RunInstances"])
    assert tuple(more.expand(more.mask("s3:NewThing"))) == ("s3:newthing",)
    assert "s3:newthing" in more.expand(more.mask("s3:N*"))
    assert tuple(more.expand(more.mask("new:*"))) == ("new:*",)
    assert "new:*" in more.expand(more.mask("*"))
    assert more.services(more.mask("n*")) == ("new",)
    assert not more.knows("s3:NewThing")
    assert more.knows("S3:GetObject")


def test_a_question_mark_does_not_claim_what_an_unknown_pattern_stands_for() -> None:
    more = SMALL.extended(["new:*"])
    assert more.mask("new:?") & more.mask("new:*") == 0


@pytest.mark.timeout(20)  # a backtracking matcher takes minutes; this one a fraction of a second
def test_no_author_of_a_policy_can_make_an_expansion_slow(aws: Catalogue) -> None:
    assert aws.mask("*" + "?*" * 30 + "!") == 0
    assert aws.mask("s3:" + "*e" * 40) == 0
    assert aws.mask("*" + "?*" * 3) == aws.everything


def test_levels_and_whole_services() -> None:
    assert tuple(SMALL.expand(SMALL.of_level("read"))) == ("s3:GetObject", "s3:GetObjectAcl")
    assert SMALL.level("sts:assumerole") == "write"
    assert SMALL.level("sts:Unheard") == "unknown"
    assert SMALL.full_services(SMALL.union(["s3:*", "ec2:R*"])) == ("s3",)
    assert SMALL.services(SMALL.union(["s3:Put*", "ec2:R*"])) == ("ec2", "s3")


@given(st.text(alphabet="s3:GetObjPuA*?", max_size=9))
def test_expansion_is_what_matching_each_name_gives(pattern: str) -> None:
    expression = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern.lower()))
    expected = tuple(name for name in NAMES if expression.fullmatch(name.lower()))
    assert tuple(SMALL.expand(SMALL.mask(pattern))) == expected


def test_the_aws_catalogue_knows_what_is_documented(aws: Catalogue) -> None:
    assert aws.level("iam:PassRole") == "write"
    assert aws.level("iam:PutUserPolicy") == "permissions management"
    assert aws.mask("iam:*").bit_count() > 150
    assert "s3" in aws.full_services(aws.mask("s3:*"))
    assert aws.version


def test_the_cache_gives_the_same_and_damage_is_passed_over(aws: Catalogue, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    assert load(folder).names == aws.names
    (path,) = folder.iterdir()
    assert load(folder).names == aws.names
    path.write_bytes(path.read_bytes()[:-100])
    assert load(folder).names == aws.names
    path.write_bytes(b"\xff\xfe nonsense")
    assert load(folder).of_level("list") == aws.of_level("list")
    assert load(folder).names == aws.names


def test_a_folder_that_cannot_be_made_is_no_fault(aws: Catalogue, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert load(file / "cache").names == aws.names
