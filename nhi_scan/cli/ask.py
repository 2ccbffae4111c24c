"""Commands that ask about access: one question to a snapshot, or a file of policy unit tests."""

import gc
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nhi_scan.cli.claims import answered
from nhi_scan.cli.configuration import config_option, settings_of
from nhi_scan.cli.logs import log_options
from nhi_scan.cli.options import Command, Moment, compose, judgement_options, option
from nhi_scan.cli.outputs import write_bytes
from nhi_scan.cli.question import check_cloud, check_place, check_question, question_of, read_context, whole_place
from nhi_scan.model.errors import UserError

if TYPE_CHECKING:
    from nhi_scan.access.routes import Route
    from nhi_scan.app import Understanding

_snapshot = option("-s", "--snapshot", required=True, metavar="SNAPSHOT", help="The snapshot to ask.")
_now = option("--now", type=Moment(), help="The moment of the request.  [default: when the snapshot was captured]")


def _answer_format(*choices: str) -> Callable[[Command], Command]:
    # Not NHI_SCAN_FORMAT: whoever sets that for reports, to `html`, wants answers as before.
    return option(
        "-f",
        "--format",
        "format_",
        type=click.Choice(choices),
        default="text",
        show_default=True,
        envvar="NHI_SCAN_ANSWER_FORMAT",
        help="How the answer is written.",
    )


_format = _answer_format("text", "json")
_graph_format = _answer_format("text", "json", "graphml", "dot", "mermaid")

question_options = compose(
    _snapshot,
    option(
        "--context",
        "context",
        multiple=True,
        metavar="KEY=VALUE",
        help="Close what a condition asks about, such as aws:SourceIp=192.0.2.1 or "
        "request.time=2026-11-22T12:00:00Z; repeatable, the same key twice is two values.",
    ),
    option("--strict", is_flag=True, help="Read a condition that nobody can know beforehand as not met."),
    _now,
    _format,
    config_option,
    log_options,
)


def _open(ctx: click.Context, snapshot: str, now: datetime | None) -> "Understanding":
    from nhi_scan import app
    from nhi_scan.snapshot.store import Snapshot

    gc.disable()  # the process ends with the answers, and there is no garbage among millions of objects
    return app.understand(Snapshot.open(snapshot), settings_of(ctx), now=now)


@click.command(short_help="Say whether an identity may do something, and why.")
@click.argument("asked", metavar="IDENTITY ACTION [RESOURCE]", nargs=-1)
@option("--claims", metavar="FILE", help="Ask about whoever has this token, by its claims, in place of IDENTITY.")
@question_options
@click.pass_context
def can(ctx: click.Context, /, asked: tuple[str, ...], claims: str | None, **options: Any) -> int:
    """Say whether IDENTITY may do ACTION on RESOURCE, and what decides it.

    IDENTITY is an id (an ARN, an IAM member, an object id), an email, a unique id, or a name where only one identity
    has it. ACTION and RESOURCE are as the identity's cloud writes them; no RESOURCE: any.

    \b
    nhi-scan can deployer s3:GetObject arn:aws:s3:::payroll/2026.csv -s snapshot
    nhi-scan can ci@my-project.iam.gserviceaccount.com storage.objects.get //storage.googleapis.com/payroll -s snapshot
    nhi-scan can build-agent Microsoft.Compute/virtualMachines/runCommand/action /subscriptions/ID -s snapshot
    nhi-scan can ci/runner "create pods/exec" k8s:prod/namespaces/ci -s snapshot
    nhi-scan can dependabot contents=write github.com/northwind/shop -s snapshot

    With --claims, say whom a token becomes in every cloud, and whether it may then do ACTION, if there is one. FILE is
    a JSON object of all its claims, what `aws sts get-caller-identity` prints, or a JSON Web Token, whose signature is
    not checked; it is not kept, and nothing but its subject and issuer is shown. `-` is standard input.

    \b
    nhi-scan can --claims token.json -s snapshot
    nhi-scan can --claims token.json s3:PutObject arn:aws:s3:::releases/app -s snapshot
    """
    from nhi_scan.report import answer

    if claims is not None:
        opened = partial(_open, ctx, options["snapshot"], options["now"])
        write_bytes("-", answered(claims, asked, options, opened))
        return 0
    identity, action, resource = question_of(asked, "IDENTITY", "ACTION")
    check_question(action, resource)
    keys = read_context(options["context"])
    known = _open(ctx, options["snapshot"], options["now"])
    clouds = [name for name, engine in known.access.engines.items() if engine.understands(action)]
    found = answer.resolve(known.inventory, identity, clouds=clouds)
    check_cloud(known, action, found)
    check_place(known, action, resource := whole_place(known, action, resource))
    decision = known.access.decide(found.id, action, resource, keys or None, strict=options["strict"])
    write_bytes("-", answer.decision(known.inventory, found, action, resource, decision, options["format_"]))
    return 0


@click.command(name="who-can")
@click.argument("action")
@click.argument("resource", required=False)
@question_options
@click.pass_context
def who_can(ctx: click.Context, /, action: str, resource: str | None, **options: Any) -> int:
    """List every identity that may do ACTION on RESOURCE.

    \b
    nhi-scan who-can iam:PassRole arn:aws:iam::123456789012:role/admin -s snapshot
    nhi-scan who-can iam.serviceAccounts.actAs projects/my-project -s snapshot
    nhi-scan who-can Microsoft.Authorization/roleAssignments/write /subscriptions/ID -s snapshot
    nhi-scan who-can Microsoft.Graph/Mail.Read -s snapshot
    nhi-scan who-can "get secrets" k8s:prod/namespaces/shop -s snapshot
    nhi-scan who-can workflows=write github.com/northwind -s snapshot
    """
    from nhi_scan.report import answer

    check_question(action, resource)
    keys = read_context(options["context"])
    known = _open(ctx, options["snapshot"], options["now"])
    check_cloud(known, action)
    check_place(known, action, resource := whole_place(known, action, resource))
    found = known.access.who_can(action, resource, keys or None, strict=options["strict"])
    write_bytes("-", answer.who(known.inventory, action, resource, found, options["format_"]))
    return 0


@click.command(short_help="Show how identities reach an administrator.")
@option("--from", "source", metavar="IDENTITY", help="Whose ways: an id, or a name that only one identity has.")
@option(
    "--to",
    "target",
    default="admin",
    show_default=True,
    metavar="IDENTITY|RESOURCE|SCOPE|admin",
    help="Where they lead: an administrator, another identity, what a resource holds, control of a project or "
    "a subscription.",
)
@option(
    "--managed", is_flag=True, help="With ways of the clouds' own identities: service-linked roles, service agents."
)
@option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many ways, shortest first.")
@_snapshot
@_now
@_graph_format
@config_option
@log_options
@click.pass_context
def paths(ctx: click.Context, /, source: str | None, target: str, limit: int, *, managed: bool, **options: Any) -> int:
    """Show the shortest ways by which identities get further than they are meant to.

    \b
    nhi-scan paths -s snapshot                                   who reaches an administrator, and how
    nhi-scan paths --from ci-runner -s snapshot                  what one identity can reach it by
    nhi-scan paths --to arn:aws:s3:::payroll -s snapshot         who gets at a bucket's objects
    nhi-scan paths --to projects/my-project -s snapshot          who comes to control a project
    nhi-scan paths --to my-subscription -s snapshot              who comes to control a subscription, by name or id
    nhi-scan paths --to k8s:prod -s snapshot                     who comes to control a cluster
    nhi-scan paths --from github.com#anyone -s snapshot          how far a pull request from a fork leads
    """
    from nhi_scan.report import routes

    known = _open(ctx, options["snapshot"], options["now"])
    found = _ways(known, target)
    identities, hidden = known.inventory.identities, 0
    if source is not None:
        asked = _identity(known, source)
        found = tuple(route for route in found if route.source_id == asked)
    elif not managed:
        theirs = [route for route in found if not identities[route.source_id].managed_by_provider]
        found, hidden = tuple(theirs), len(found) - len(theirs)
    left_out = max(0, len(found) - limit)
    answered = routes.render(
        known.inventory, found[:limit], options["format_"], left_out=left_out, managed_left_out=hidden
    )
    write_bytes("-", answered)
    return 0


def _ways(known: "Understanding", target: str) -> "tuple[Route, ...]":
    from nhi_scan.access import routes
    from nhi_scan.report import answer

    target = answer.place_called(known.inventory, answer.as_written(target))
    resource = known.inventory.resources.get(target)
    if target == "admin":
        found = [routes.to_administrator(one) for one in known.escalations]
    elif resource is not None and target not in known.inventory.identities:
        found = [routes.to_resource(one, known.access, resource) for one in known.escalations]
    elif target in known.inventory.scopes:
        chain = known.inventory.scope_chain(target)
        if not any(one.control(chain) for one in known.escalations):
            raise UserError(f"nobody was found who controls `{target}` as a whole: `--to admin` shows administrators")
        found = [routes.to_scope(one, chain) for one in known.escalations]
    else:
        wanted = answer.resolve(known.inventory, target, what="identity, resource or place").id
        found = [routes.to_identity(one, wanted) for one in known.escalations]
    return tuple(route for part in found for route in part)


def _identity(known: "Understanding", wanted: str) -> str:
    from nhi_scan.report import answer

    return answer.resolve(known.inventory, wanted).id


@click.command(short_help="Explain a finding, or an identity's privilege.")
@click.argument("subject", metavar="FINDING|IDENTITY")
@_snapshot
@judgement_options
@_graph_format
@config_option
@log_options
@click.pass_context
def explain(ctx: click.Context, /, subject: str, **options: Any) -> int:
    """Explain a finding, by its fingerprint or the beginning of it, or how privileged an identity is and why.

    As GraphML, DOT or Mermaid: what lies around an identity, its policies, groups, workloads and trusts, whom it
    becomes in other clouds, and who of them becomes it.
    """
    from nhi_scan import app
    from nhi_scan.graph.build import build
    from nhi_scan.graph.view import view
    from nhi_scan.report import answer, routes

    if re.fullmatch(r"[0-9a-f]{6,32}", subject):
        judgement = {name: options[name] for name in ("rule_folders", "waivers", "now")}
        assessment = app.assess_snapshot(options["snapshot"], settings_of(ctx), **judgement)
        found = [finding for finding in assessment.findings if finding.fingerprint.startswith(subject)]
        if found and options["format_"] in routes.DRAWN:
            raise click.UsageError("a finding is explained as `text` or `json`; an identity can be drawn")
        if found:
            write_bytes("-", answer.findings(found, options["format_"]))
            return 0
    known = _open(ctx, options["snapshot"], options["now"])
    identity = answer.resolve(known.inventory, subject, what="finding and no identity")
    if options["format_"] in routes.DRAWN:
        near = view(build(known.inventory), [identity.id], hops=1)
        routes.add_bridges(near, known.access.bridges, identity.id)
        write_bytes("-", routes.around(known.inventory, near, options["format_"]))
        return 0
    write_bytes("-", answer.privilege(known.inventory, identity, known.privileges[identity.id], options["format_"]))
    return 0


@click.command(short_help="Run unit tests of policies, a JSON object a line.")
@click.argument("file", type=click.Path(path_type=Path))
@option("--strict", is_flag=True, help="Read an open condition as not met.")
@_now
@log_options
def simulate(file: Path, strict: bool, now: datetime | None) -> int:  # noqa: FBT001 - click gives flags as bools
    """Run unit tests of policies: FILE has one JSON object a line, `-` is standard input.

    \b
    {"name": "reads", "principal": "arn:aws:iam::123456789012:role/app",
     "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k",
     "identity_policies": [{"Statement": []}], "expected": "implicit_deny"}

    The example is one line. Further fields: resource_policy, permission_boundaries, session_policy, scps, rcps,
    vpc_endpoint_policies, context. `expected` is allowed, conditional, explicit_deny or implicit_deny.

    Exits 1 where an `expected` is not met or a line cannot be read.
    """
    import json

    from nhi_scan.providers.aws.simulate import simulate_lines

    asked, failed = 0, False
    try:
        with click.open_file(str(file), "rb") as lines:
            for outcome in simulate_lines(lines, now=now, strict=strict):
                asked += 1
                failed = failed or outcome.get("ok") is False or "error" in outcome
                click.echo(json.dumps(outcome))
    except OSError as error:
        raise UserError(f"cannot read `{file}`: {(error.strerror or str(error)).lower()}") from error
    if not asked:
        raise UserError(f"`{file}` asks nothing: expected one JSON object a line")
    return 1 if failed else 0


COMMANDS = (can, who_can, paths, explain, simulate)
