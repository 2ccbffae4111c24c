"""What providers can be told on the command line, and which of it goes to whom.

Nothing here lists what a provider knows: each declares the keys of its section of the settings, and an option whose
keys none of the chosen providers has is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click
from click.core import ParameterSource

from nhi_scan.cli.file_name import FileName
from nhi_scan.cli.github_options import GITHUB, GITHUB_OPTIONS, take_github, typed_github
from nhi_scan.cli.options import ProviderName, compose, option
from nhi_scan.providers import BUILT_IN

_AWS, _AZURE, _GCP = "AWS", "Azure", "Google Cloud"
_KUBERNETES = "Kubernetes"
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


class Organization(click.ParamType["bool | str"]):
    """Nothing or yes (every organization), no, or the number of one."""

    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool | str:
        """Read it; 1 and 0 are yes and no only in an environment variable, as for any other flag."""
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        source = ctx.get_parameter_source(param.name) if ctx and param and param.name else None
        if word in _TRUE or (word == "1" and source is ParameterSource.ENVIRONMENT):
            return True
        if word in _FALSE or (word == "0" and source is ParameterSource.ENVIRONMENT):
            return False
        number = word.removeprefix("organizations/")
        if not number.isascii() or not number.isdigit():
            self.fail(f"`{value}` is no number of an organization, such as 123456789012", param, ctx)
        return number


provider_options = compose(
    option(
        "--provider",
        "providers",
        type=ProviderName(),
        multiple=True,
        default=["aws"],
        show_default=True,
        help="Cloud to collect; repeatable.",
    ),
    option(
        "--organization",
        "organization",
        type=Organization(),
        is_flag=False,
        flag_value="true",
        multiple=True,
        metavar="[ID]",
        help="Alone: every account of the AWS organization (needs --role-name), every Google Cloud organization that "
        "can be searched. With an ID: that Google Cloud organization; repeatable.",
    ),
    option(
        "--usage",
        is_flag=True,
        default=None,  # not given is not the same as off: NHI_SCAN_USAGE=0 beats the configuration file
        help="Ask when each thing that was granted was last used: more calls, more to say.",
    ),
    option("--workers", type=click.IntRange(1, 64), default=8, show_default=True, help="Calls in flight at a time."),
    option(
        "--profile",
        "profiles",
        multiple=True,
        metavar="NAME",
        heading=_AWS,
        help="Profile, one account each; repeatable.  [default: the current credentials]",
    ),
    option("--role-name", metavar="NAME", heading=_AWS, help="Role to assume in each account of the organization."),
    option("--external-id", metavar="ID", heading=_AWS, help="ExternalId to assume that role with."),
    option(
        "--region",
        "regions",
        multiple=True,
        metavar="NAME",
        heading=_AWS,
        help="Region to collect; repeatable.  [default: all that are enabled]",
    ),
    option(
        "--tenant",
        metavar="ID",
        heading=_AZURE,
        help="Tenant to collect, by its ID or a domain.  [default: the one of the credentials]",
    ),
    option(
        "--subscription",
        "subscriptions",
        multiple=True,
        metavar="ID",
        heading=_AZURE,
        help="Subscription to collect; repeatable.  [default: all that the credentials can see]",
    ),
    option(
        "--management-group",
        "management_groups",
        multiple=True,
        metavar="NAME",
        heading=_AZURE,
        help="Management group to collect, with all subscriptions below it; repeatable.",
    ),
    option(
        "--folder",
        "folders",
        multiple=True,
        metavar="ID",
        heading=_GCP,
        help="Folder to collect, with all below it; repeatable.",
    ),
    option(
        "--project",
        "projects",
        multiple=True,
        metavar="ID",
        heading=_GCP,
        help="Project to collect; repeatable.  [default: every organization that can be searched]",
    ),
    option(
        "--impersonate-service-account",
        metavar="EMAIL",
        heading=_GCP,
        help="Service account to become before anything is asked.",
    ),
    option(
        "--kube-context",
        "contexts",
        multiple=True,
        metavar="NAME",
        heading=_KUBERNETES,
        help="Context of the kubeconfig to collect, one cluster each; repeatable.  [default: the current one]",
    ),
    option(
        "--kubeconfig",
        type=FileName(),
        metavar="FILE",
        heading=_KUBERNETES,
        once="`KUBECONFIG=FILE:FILE` takes the contexts of several",
        help="File with the contexts.  [default: what KUBECONFIG names, else ~/.kube/config]",
    ),
    option(
        "--namespace",
        "namespaces",
        multiple=True,
        metavar="NAME",
        heading=_KUBERNETES,
        help="Namespace to collect; repeatable.  [default: all]",
    ),
    option(
        "--audit-log",
        "audit_logs",
        type=FileName(),
        multiple=True,
        metavar="FILE",
        heading=_KUBERNETES,
        help="Audit log of the API server, in JSON lines: who used what, when; repeatable.",
    ),
    *GITHUB_OPTIONS,
)
# Parameter -> the key of a provider's section that it fills. `--organization` fills two: see `_stated`.
_KEYS: Final = (
    "profiles",
    "role_name",
    "external_id",
    "regions",
    "tenant",
    "subscriptions",
    "management_groups",
    "folders",
    "projects",
    "impersonate_service_account",
    "contexts",
    "kubeconfig",
    "namespaces",
    "audit_logs",
)


def take_sections(ctx: click.Context, providers: Sequence[str], options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Take the providers' options out of a command's, and part them into what each provider is told.

    Args:
        ctx: of the command: an option typed for nobody is a mistake, an environment variable may be for others.
        providers: those that are collected.
        options: all options of the command by parameter; those of providers are removed.

    Returns:
        Provider -> keys of its section that were given.

    Raises:
        click.UsageError: an option that no provider of this run knows, or options that contradict each other.
    """
    from nhi_scan.providers.protocol import load_provider

    if (words := typed_github(ctx)) and GITHUB not in providers:
        raise click.UsageError(_nobodys(words, (GITHUB,), providers))
    own = take_github(options)
    known = {name: load_provider(name).options for name in providers if name != GITHUB}
    stated = _stated(options)
    for words, keys in _typed(ctx, stated):
        if not any(key in section for section in known.values() for key in keys):
            raise click.UsageError(_nobodys(words, keys, providers))
    if stated["organization"] and not stated["organizations"] and (stated["folders"] or stated["projects"]):
        part = "--folder" if stated["folders"] else "--project"
        if any("organizations" in section for section in known.values()):
            raise click.UsageError(
                f"`--organization` alone is every organization, and `{part}` is only a part: leave one out, or say the "
                "organization's ID"
            )
    sections = {
        name: {key: value for key, value in stated.items() if key in section and value is not None and value != ()}
        for name, section in known.items()
    }
    if GITHUB in providers:
        sections[GITHUB] = own
    return sections


def _stated(options: dict[str, Any]) -> dict[str, Any]:
    """Return what was said by the key of a section; None and () where nothing was."""
    organizations = options.pop("organization")
    flags = [value for value in organizations if isinstance(value, bool)]
    return {
        "organization": any(flags) if flags else None,
        "organizations": tuple(value for value in organizations if isinstance(value, str)),
        "usage": options.pop("usage"),
        **{key: options.pop(key) for key in _KEYS},
    }


def _typed(ctx: click.Context, stated: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield each option that stands on the command line as it was typed, with the keys that could take it."""
    if ctx.get_parameter_source("organization") is ParameterSource.COMMANDLINE:
        if stated["organizations"]:
            yield f"--organization {stated['organizations'][0]}", ("organizations",)
        else:
            yield "--organization", ("organization", "organizations")
    for parameter in ctx.command.params:
        if parameter.name in _KEYS and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
            yield parameter.opts[0], (parameter.name,)


def _nobodys(words: str, keys: Sequence[str], providers: Sequence[str]) -> str:
    from nhi_scan.providers.protocol import load_provider

    others = [name for name in BUILT_IN if name != GITHUB and any(key in load_provider(name).options for key in keys)]
    takers = [GITHUB] if keys == (GITHUB,) else others
    chosen = " and ".join(f"`{name}`" for name in dict.fromkeys(providers))
    whose = " and ".join(f"`{name}`" for name in takers)
    also = f": add `--provider {takers[0]}`, or leave it out" if takers else ""
    return f"`{words}` is for {whose or 'no provider'}, and only {chosen} is collected{also}"
