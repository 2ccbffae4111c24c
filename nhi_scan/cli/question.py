"""Questions as they are typed: refused, before a snapshot is read, where every policy would only say no to them."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from nhi_scan.model import github_ids, kube_ids
from nhi_scan.model.errors import UserError

if TYPE_CHECKING:
    from nhi_scan.app import Understanding
    from nhi_scan.model.identity import Identity

_log = logging.getLogger("nhi_scan.ask")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How one family of clouds writes actions and resources."""

    action: re.Pattern[str]
    action_shape: str  # with an example
    resource: re.Pattern[str]
    resource_shape: str
    words: int = 1  # of an action


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
# https://cloud.google.com/iam/docs/overview#permissions, https://cloud.google.com/iam/docs/full-resource-names
# https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations; a resource is a path of
# Resource Manager, or the object id of something in the directory.
_FORMS: Final = (
    _Form(
        action=re.compile(r"[^:]+:.+"),
        action_shape="SERVICE:NAME, such as s3:GetObject",
        resource=re.compile(r"\*|arn:.*", re.DOTALL),
        resource_shape="`{}` is no ARN: expected the like of arn:aws:s3:::payroll/2026.csv",
    ),
    _Form(
        action=re.compile(r"[^.:/]+(\.[^.:/]+){2,}"),
        action_shape="SERVICE.RESOURCE.VERB, such as storage.objects.get",
        resource=re.compile(r"(projects|folders|organizations)/.+|//[^/]+/.+|[^/]+@[^/]+", re.DOTALL),
        resource_shape="`{}` is no name of a resource: expected the like of projects/my-project, folders/123, "
        "//storage.googleapis.com/my-bucket or a service account's email",
    ),
    _Form(
        action=re.compile(r"[^:/]+(/[^:/]+)+"),
        action_shape="PROVIDER/TYPE/VERB, such as Microsoft.Compute/virtualMachines/write, or API/PERMISSION, such as "
        "Microsoft.Graph/Application.ReadWrite.All",
        resource=re.compile(
            r"/|/(subscriptions|providers|tenants|administrativeunits)/.+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            re.DOTALL | re.IGNORECASE,
        ),
        resource_shape="`{}` is no name of a resource: expected the like of /subscriptions/<id>/resourceGroups/shop, "
        "or the object id of an application, a service principal or a group",
    ),
    # A verb on a resource or a URL: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    _Form(
        action=re.compile(r"[^\s:./]+ (/\S*|[^\s/.]+(\.[^\s/]+)?(/\S+)?)"),
        action_shape="VERB RESOURCE[.GROUP][/SUBRESOURCE] or VERB URL, such as `create pods/exec`, "
        "`update deployments.apps/scale` or `get /metrics`",
        resource=re.compile(r"\*|k8s:[^/]+(/.+)?", re.DOTALL),
        resource_shape="`{}` is no name of a place in a cluster: expected the like of k8s:prod, "
        "k8s:prod/namespaces/shop, k8s:prod/namespaces/shop/secrets/token, or * for the whole cluster",
        words=2,
    ),
    _Form(  # a name and a level of GitHub: https://docs.github.com/rest/authentication/permissions-required-for-github-apps
        action=re.compile(r"[^=:/.]+=[^=:/.]+"),
        action_shape="PERMISSION=LEVEL, such as contents=write",
        resource=re.compile(r"(https://)?[^/@:]+/[^/]+(/.+)?", re.DOTALL),
        resource_shape="`{}` is no name of a place: expected the like of github.com/acme or github.com/acme/app",
    ),
)
_PLACED: Final = ("github", "kubernetes")  # whose places are all listed
_DENIED_AS = re.compile(r"([a-z0-9-]+)\.googleapis\.com/([\w.]+)")  # how deny policies write a permission


def question_of(asked: Sequence[str], *wanted: str) -> tuple[str, str, str | None]:
    """Part what was typed into who, the action and, where there is one, the resource.

    Args:
        asked: the words.
        wanted: what the first ones are called.

    Raises:
        click.UsageError: one that is needed is missing, or there are too many.
    """
    most = len(wanted) + 1
    if len(asked) < len(wanted):
        raise click.UsageError(f"Missing argument '{wanted[len(asked)]}'.")
    if len(asked) > most:
        more = asked[most:]
        raise click.UsageError(f"Got unexpected extra argument{'s' if len(more) > 1 else ''} ({' '.join(more)})")
    return asked[0], asked[1], asked[2] if len(asked) == most else None


def read_context(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read `key=value` pairs; a key that comes twice has several values.

    Raises:
        click.UsageError: a pair without `=` or without a key.
    """
    keys: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(
                f"`--context {pair}`: expected KEY=VALUE, such as aws:SourceIp=192.0.2.1 or "
                "resource.name=projects/_/buckets/payroll"
            )
        keys[key] = (*keys.get(key, ()), value)
    return keys


def check_question(action: str, resource: str | None) -> None:
    """Refuse what can be no action and no resource: every policy denies it, which would read as an answer.

    Raises:
        click.UsageError: the sentence quotes it and says what was expected.
    """
    if "*" in action or "?" in action:
        raise click.UsageError(f"`{action}` is a pattern: ask about one action at a time")
    denied = _DENIED_AS.fullmatch(action)
    if denied:
        asked = ".".join(denied.groups())
        raise click.UsageError(f"`{action}` is how deny policies write a permission: ask about `{asked}`")
    form = next((one for one in _FORMS if one.action.fullmatch(action) and len(action.split()) == one.words), None)
    if form is None:
        expected = ", or ".join(one.action_shape for one in _FORMS)
        raise click.UsageError(f"`{action}` is no action: expected {expected}")
    if resource is not None and not form.resource.fullmatch(resource):
        raise click.UsageError(form.resource_shape.format(resource))


def check_cloud(known: "Understanding", action: str, asked: "Identity | None" = None) -> None:
    """Refuse an action of a cloud that is not in the snapshot, or not the identity's own; warn of an unknown one.

    Raises:
        UserError: nobody there could do it, whatever the policies say.
    """
    held = ", ".join(f"`{name}`" for name in known.access.engines)
    engines = known.access.understanding(action)
    if not engines:
        raise UserError(f"`{action}` is no action of what is in the snapshot: {held or 'nothing'}")
    if asked is not None and not known.access.of(asked.id).understands(action):
        raise UserError(f"`{asked.id}` is an identity of `{asked.provider}`, where `{action}` is no action")
    _warn_of_unknown(known, action)


def whole_place(known: "Understanding", action: str, resource: str | None) -> str | None:
    """Return a resource as the snapshot names it: `acme/app` is `github.com/acme/app` where that one is there."""
    if resource is None or "=" not in action:
        return resource
    whole = f"{github_ids.HOST}/{resource.lower()}"
    return whole if whole in known.inventory.scopes else resource


def check_place(known: "Understanding", action: str, resource: str | None) -> None:
    """Warn of a place that nobody found, where all places of its kind are found: a namespace, a repository.

    What a bucket holds nobody lists; but a role on a whole organization is one on each repository, also on those that
    are not there.
    """
    if resource is None or not known.access.understanding(action):
        return
    provider = next(name for name, engine in known.access.engines.items() if engine.understands(action))
    if provider not in _PLACED or resource == "*":
        return
    inventory = known.inventory
    place = resource.removeprefix("https://")
    above = place if provider == "github" else place.partition("/namespaces/")[0]
    if provider == "kubernetes" and (space := kube_ids.namespace_of(place)):
        above = kube_ids.namespace(kube_ids.cluster_of(place), space)
    if above not in inventory.scopes and above.lower() not in inventory.scopes and place not in inventory.resources:
        _log.warning("the snapshot has no place `%s`: the answer is about one that may be", above)


def _warn_of_unknown(known: "Understanding", action: str) -> None:
    """Say where an action is in no list: it may be new, or misspelled, and what is misspelled nobody may do."""
    from difflib import get_close_matches

    for engine in known.access.understanding(action):
        catalogue = engine.catalogue
        if catalogue.knows(action) or ("=" in action and catalogue.knows(action.lower().replace("-", "_"))):
            return  # workflow files write the names of GitHub's permissions with hyphens
        near = get_close_matches(action, catalogue.beside(action), n=1)
        meant = f"; `{near[0]}` was meant?" if near and near[0] != action else ""
        source = f" (catalogue {catalogue.version})" if catalogue.version else ""
        _log.warning("`%s` is not among the actions that are known%s%s", action, source, meant)
