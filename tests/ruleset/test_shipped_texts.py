"""What the shipped rules say, read as a person will read it."""

import re

import pytest

from nhi_scan import data
from nhi_scan.ruleset.load import load
from nhi_scan.ruleset.rule import Rule

RULES = load([data.folder("rules")])
_COMMAND = re.compile(r"(|.*: +)(aws|gcloud|az|kubectl|gh|terraform) ")  # as reports/html/scripts/finding.js reads it


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_line_of_a_remedy_is_a_command_or_a_whole_sentence(rule: Rule) -> None:
    wrapped = [
        line
        for line in rule.remediation.splitlines()
        if not _COMMAND.match(line) and not line.rstrip().endswith((".", ":", "?", "}}", "}"))
    ]
    assert not wrapped, "a sentence that is wrapped is shown as two paragraphs"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_command_of_a_remedy_does_not_end_as_a_sentence(rule: Rule) -> None:
    commands = [line for line in rule.remediation.splitlines() if _COMMAND.match(line)]
    assert not [command for command in commands if command.rstrip().endswith((".", ","))], "it would be copied"
