"""Where Google's policies are asked thing by thing, the engine knows which record kind has which thing's."""

from nhi_scan.access.gcp import seen
from nhi_scan.providers.gcp.calls.policies import PROJECT_POLICIES


def test_every_policy_that_is_asked_by_itself_is_known_to_the_engine_and_no_other() -> None:
    asked = {call.kind for call in PROJECT_POLICIES if call.kind.endswith("-policies")}

    assert {kind for _, kind in seen._OWN} == asked - {seen._ASKED}
