"""What the steps of a job do."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from nhi_scan.providers.github.workflows.expressions import Known, resolve, secrets_in
from nhi_scan.providers.github.workflows.facts import Fact, FactKind
from nhi_scan.providers.github.workflows.guards import admits
from nhi_scan.providers.github.workflows.nodes import Listing, Node, Scalar, Table, scalars
from nhi_scan.providers.github.workflows.sign_ins import sign_in, static_facts
from nhi_scan.providers.github.workflows.static_keys import is_key_secret, is_key_variable, names_file
from nhi_scan.providers.github.workflows.triggers import OPEN_EVENTS
from nhi_scan.providers.github.workflows.untrusted import (
    OF_PUSHES,
    PRIVILEGED,
    fetches_head,
    is_head,
    names_head,
    tainted,
)
from nhi_scan.providers.github.workflows.uses import Uses, read_uses

_ROLE = re.compile(r"arn:aws[a-z-]{0,20}:iam::\d{12}:role/[\w+=,.@/-]{1,512}")
_ASKS = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "getIDToken")
_CHECKOUT = "actions/checkout"
_SCRIPT = "actions/github-script"
_GUARDED: Mapping[FactKind, FactKind] = {"checks_out_head": "may_check_out_head", "injects": "may_inject"}
_OF_OUTSIDERS = frozenset({*_GUARDED, *_GUARDED.values()})
_MOST_ROLES = 100  # that one script names
_MOST_PLACES = 200  # of secrets in one text; of more the text's own line will do
_MOST_VARIABLES = 500  # that one place sets
_MOST_NESTED = 5  # composite actions within each other: GitHub allows 10, and one that uses itself is refused

Actions = Mapping[str, tuple[str, Table]]  # folder of a local action -> its file and what stands in it


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for all steps of a job.

    Attributes:
        known: what the file says of contexts, for one combination of the matrix.
        events: what makes the workflow run.
        actions: local actions that were collected.
        tainted: variables and inputs (`env.title`) that hold what somebody outside writes.
        heads: variables that name the head of a pull request, in lower case.
        file: which file the steps stand in, where it is not that of the job.
        depth: how many actions the steps are nested in.
    """

    known: Known
    events: frozenset[str]
    actions: Actions = field(default_factory=dict)
    tainted: Mapping[str, str] = field(default_factory=dict)
    heads: frozenset[str] = frozenset()
    file: str = ""
    depth: int = 0

    def with_env(self, env: Table) -> "Around":
        """The same, inside something that sets variables."""
        if not env.items:
            return self
        known, marked, heads = dict(self.known), dict(self.tainted), set(self.heads)
        for name, value in islice(env.items.items(), _MOST_VARIABLES):
            if isinstance(value, Scalar):
                path = f"env.{name.lower()}"
                known[path] = resolve(value.value, self.known)
                found = tainted(value.value, self.tainted)
                if found:
                    marked[path] = found[0][0]
                else:
                    marked.pop(path, None)
                (heads.add if names_head(value.value) else heads.discard)(name.lower())
        return replace(self, known=known, tainted=marked, heads=frozenset(heads))


def step_facts(steps: Node | None, around: Around) -> Iterator[Fact]:
    """Go through the steps of a job, or of a composite action."""
    items = steps.items if isinstance(steps, Listing) else ()
    for step in items:
        if isinstance(step, Table):
            inside = around.with_env(step.table("env"))
            open_ = _lets_in(step, around.events)
            for fact in _step(step, inside):
                pushed = fact.value.startswith(OF_PUSHES)
                kind = fact.kind if open_ or pushed else _GUARDED.get(fact.kind, fact.kind)
                if open_ is not False or pushed or kind not in _OF_OUTSIDERS:
                    yield replace(fact, kind=kind, file=fact.file or around.file)


def _lets_in(step: Table, events: frozenset[str]) -> bool | None:
    """Whether a step runs for somebody outside, by its own condition."""
    condition = step.text("if").strip()
    found = [admits((condition,), event) for event in events & (OPEN_EVENTS | PRIVILEGED)] if condition else []
    return True if not found or True in found else None if None in found else False


def env_facts(env: Table, known: Known) -> Iterator[Fact]:
    """What variables of a workflow, a job or a step say: keys, and whom terraform becomes."""
    for name, value in env.items.items():
        if not isinstance(value, Scalar) or value.null:
            continue
        if is_key_variable(name) and (secrets_in(value.value) or not names_file(name)):
            yield from static_facts(value.value, name, env.line_of(name), known)
        if name == "AWS_ROLE_ARN":
            yield from _resolved("role", value, env.line_of(name), known)
    if env.text("ARM_USE_OIDC").strip().lower() in ("true", "1"):
        for name, kind in (("ARM_CLIENT_ID", "azure_client"), ("ARM_TENANT_ID", "azure_tenant")):
            asked = env.get(name)
            if isinstance(asked, Scalar):
                yield from _resolved(kind, asked, env.line_of(name), known)


def secret_facts(node: Node | None) -> Iterator[Fact]:
    """The secrets that anything below a node names."""
    for scalar in scalars(node):
        if "secrets" not in scalar.value.lower():
            continue
        names = secrets_in(scalar.value)
        for name in names:
            at = scalar.value.find(name) if len(names) <= _MOST_PLACES else 0
            line = scalar.line + _lines_before(scalar, at)
            yield Fact(kind="secret", value=name, line=line)
            if is_key_secret(name):
                yield Fact(kind="static_secret", value=name, line=line)


def uses_facts(uses: Uses, line: int) -> Iterator[Fact]:
    """Whether a reference can be moved."""
    if uses.text and not uses.pinned:
        yield Fact(kind="unpinned_action", value=_word(uses.text), line=line)
        if not uses.official:
            yield Fact(kind="unpinned_third_party", value=_word(uses.text), line=line)


def _resolved(kind: str, value: Scalar, line: int, known: Known) -> Iterator[Fact]:
    for text in resolve(value.value, known):
        if text.strip():
            yield Fact(kind=kind, value=text.strip(), line=line)  # type: ignore[arg-type]  # one of the words above


def _step(step: Table, around: Around) -> Iterator[Fact]:
    yield from env_facts(step.table("env"), around.known)
    run = step.get("run")
    if isinstance(run, Scalar):
        yield from _script(run, around)
    written = step.text("uses")
    if not written:
        return
    uses, line = read_uses(written), step.line_of("uses")
    yield from uses_facts(uses, line)
    yield from sign_in(uses.action, step, around.known)
    if uses.action == _CHECKOUT and around.events & PRIVILEGED:
        yield from _checkout(step.table("with"), around.heads)
    script = step.table("with").get("script")
    if uses.action == _SCRIPT and isinstance(script, Scalar):
        yield from _script(script, around)
    if uses.kind == "local":
        yield from _local(uses, step, around)


def _script(script: Scalar, around: Around) -> Iterator[Fact]:
    text = script.value
    for path, lines in tainted(text, around.tainted):
        yield Fact(kind="injects", value=path, line=_line(script, lines))
    for word in _ASKS:
        if word in text:
            yield Fact(kind="requests_id_token", value=word, line=script.line + _lines_before(script, text.find(word)))
    if "assume-role" in text:
        kind = "role" if "assume-role-with-web-identity" in text else "chained_role"
        for role in sorted(set(_ROLE.findall(text)))[:_MOST_ROLES]:
            line = script.line + _lines_before(script, text.find(role))
            yield Fact(kind=kind, value=role, line=line)  # type: ignore[arg-type]  # both are words of it
    if around.events & PRIVILEGED and (before := fetches_head(text, around.heads)) is not None:
        yield Fact(kind="checks_out_head", value="run", line=_line(script, before))


def _checkout(inputs: Table, heads: frozenset[str]) -> Iterator[Fact]:
    for name in ("ref", "repository"):
        verdict = is_head(inputs.text(name), elsewhere=bool(inputs.text("repository")), heads=heads)
        if verdict is not False:
            kind = "checks_out_head" if verdict else "may_check_out_head"
            yield Fact(kind=kind, value=name, line=inputs.line_of(name))  # type: ignore[arg-type]  # both are words


def _local(uses: Uses, step: Table, around: Around) -> Iterator[Fact]:
    """The steps of a composite action of the same repository, with the inputs that it is given.

    https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
    """
    found = around.actions.get(uses.action)
    if found is None or around.depth >= _MOST_NESTED:
        yield Fact(kind="unknown_action", value=_word(uses.text), line=step.line_of("uses"))
        return
    file, action = found
    known = {path: values for path, values in around.known.items() if not path.startswith("inputs.")}
    known |= given_inputs(action.table("inputs"), step.table("with"), around.known)
    held = {path: source for path, source in around.tainted.items() if not path.startswith("inputs.")}
    held |= tainted_inputs(step.table("with"), around.tainted)
    inside = replace(around, known=known, tainted=held, file=file, depth=around.depth + 1)
    runs = action.table("runs")
    yield from step_facts(runs.get("steps"), inside)


def given_inputs(declared: Table, given: Table, known: Known) -> dict[str, tuple[str, ...]]:
    """Return what `inputs.NAME` is inside something that is called: what is given, else its default."""
    found: dict[str, tuple[str, ...]] = {}
    for name, declaration in declared.items.items():
        default = declaration.get("default") if isinstance(declaration, Table) else None
        if isinstance(default, Scalar) and not default.null:
            found[f"inputs.{name.lower()}"] = (default.value,)
    for name, value in given.items.items():
        if isinstance(value, Scalar):
            found[f"inputs.{name.lower()}"] = resolve(value.value, known)
    return found


def tainted_inputs(given: Table, through: Mapping[str, str]) -> dict[str, str]:
    """Return which inputs of something that is called hold what somebody outside writes, and what that is."""
    found: dict[str, str] = {}
    for name, value in islice(given.items.items(), _MOST_VARIABLES):
        if isinstance(value, Scalar) and (held := tainted(value.value, through)):
            found[f"inputs.{name.lower()}"] = held[0][0]
    return found


def _line(script: Scalar, before: int) -> int:
    """The line of a script's line: a block's text begins below its sign."""
    return script.line + (before + 1 if script.block else before)


def _lines_before(script: Scalar, at: int) -> int:
    before = script.value.count("\n", 0, max(at, 0))
    return before + 1 if script.block else before


def _word(text: str) -> str:
    """A text as one word of a list."""
    return "".join(text.split())[:300]
