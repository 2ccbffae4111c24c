import nhi_scan.access.aws
from nhi_scan.model.access import Verdict


def test_the_example_of_the_package_runs_and_says_what_it_promises() -> None:
    text = nhi_scan.access.aws.__doc__ or ""
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    scope: dict[str, object] = {}
    exec("\n".join(lines), scope)  # noqa: S102 - our own documentation
    answer = scope["answer"]
    assert isinstance(answer, nhi_scan.access.aws.Decision)
    assert answer.verdict is Verdict.CONDITIONAL
    assert [(each.condition.key, each.must) for each in answer.residual] == [("aws:SecureTransport", True)]
