from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model.ids import fingerprint

parts = st.lists(st.text(), max_size=3)


def test_a_fingerprint_is_stable_across_versions() -> None:
    # Baselines and waivers hold these: a change here makes every old finding look new.
    assert fingerprint("no-owner", "arn:aws:iam::111111111111:role/a", ["x"]) == "9781905fde6ee69a7b60e0f7e006602d"


@given(st.text(), st.text(), parts, st.text(), st.text(), parts)
def test_different_findings_have_different_fingerprints(
    rule: str, subject: str, fields: list[str], rule2: str, subject2: str, fields2: list[str]
) -> None:
    same = (rule, subject, fields) == (rule2, subject2, fields2)

    assert (fingerprint(rule, subject, fields) == fingerprint(rule2, subject2, fields2)) == same
