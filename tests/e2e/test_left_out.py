"""A provider that was collected last time and is not this time: nothing is called mended or gone for that."""

from collections import Counter
from pathlib import Path

import pytest

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.findings.assessment import Assessment
from nhi_scan.findings.baseline import Baseline
from nhi_scan.model.finding import FindingState
from nhi_scan.report.changes import compare_assessments
from tests.e2e.strangers import collected, write

PROVIDERS = ("aws", "github", "kubernetes")
RULES = app.shipped_rules()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("left-out")
    write(folder)
    return folder


@pytest.fixture(scope="module")
def before(exports: Path) -> Assessment:
    return app.analyse(collected(exports, exports / "whole"), Settings(), RULES)


@pytest.mark.parametrize("missing", PROVIDERS)
def test_what_was_not_collected_is_not_mended(exports: Path, before: Assessment, missing: str) -> None:
    rest = [name for name in PROVIDERS if name != missing]
    snapshot = collected(exports, exports / f"without-{missing}", rest)
    now = app.analyse(snapshot, Settings(), RULES, baseline=Baseline.of(before))

    states = Counter((one.provider, one.state) for one in now.findings)
    assert states[missing, FindingState.UNVERIFIED] == sum(one.provider == missing for one in before.findings)
    assert not [one.message for one in now.findings if one.state is FindingState.RESOLVED]
    if missing == "aws":  # what becomes its administrator with a token of its own
        crossed = "becomes-administrator-of-another-cloud"
        of_others = {(one.provider, one.state) for one in now.findings if one.rule_id == crossed}
        assert of_others == {("github", FindingState.UNVERIFIED), ("kubernetes", FindingState.UNVERIFIED)}

    changed = compare_assessments(before, now)
    assert changed.resolved == ()
    assert (changed.identities_gone, changed.credentials_gone) == ((), ())
    assert changed.identities_unverified
