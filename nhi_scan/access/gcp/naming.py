"""What conditions see of a resource: its name, its type, its service.

https://cloud.google.com/iam/docs/conditions-resource-attributes. Services that the page does not list, or lists without
an attribute, leave it unknown: what Google takes it for there, no page says.
"""

from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from nhi_scan.access.gcp.forms import FORMS, HOSTS, SCOPES, Form
from nhi_scan.access.gcp.places import Places

_ABOUT_PARENTS = ("create", "list", "insert", "search")
"""Verbs that are asked of what the new thing, or the things, will be or are in."""
_ABOUT_THEMSELVES = ("storage.objects.create",)
_RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"


class Attributes(NamedTuple):
    """The attributes; None where nothing can tell."""

    name: str | None = None
    kind: str | None = None
    service: str | None = None
    prefix: str | None = None  # how the name begins, where it is not known


NOTHING = Attributes()


def attributes(place: str, permission: str, places: Places) -> Attributes:
    """Tell what a condition sees when a permission is used on a place.

    Asked about a scope, a permission on what lies in it (`storage.objects.get` on a project) is a question about
    everything of its kind there: the type is known, and no name. So is one on the parts of a resource, of which the
    names' beginning is known too. Creating and listing is asked of a parent, of one type or another.
    """
    subject, _, verb = permission.rpartition(".")
    service, _, noun = subject.partition(".")
    parent = verb in _ABOUT_PARENTS and permission not in _ABOUT_THEMSELVES
    if not place.startswith("//"):
        scope = place.count("/") == 1 and place.partition("/")[0] in SCOPES
        return _in_scope(service, noun) if scope and not parent else NOTHING
    host, _, path = place[2:].partition("/")
    form = _form_of(host, path)
    if form is None:
        return NOTHING
    name = _name(form, path, places)
    seen = form.kind.partition("/")[0]
    if noun == form.noun and not parent:
        return Attributes(name, form.kind, seen)
    part = next((each for each in FORMS[host] if each.noun == noun and each.written.startswith(form.written)), None)
    if part is None:
        return Attributes(None, None, seen)
    return (
        Attributes(None, None, seen, name)
        if parent
        else Attributes(None, part.kind, seen, _beginning(part, form, path, places))
    )


@lru_cache(maxsize=1 << 12)
def _in_scope(service: str, noun: str) -> Attributes:
    """Something in a scope, by what permissions call it."""
    if service == "resourcemanager":
        return Attributes(None, SCOPES[noun], _RESOURCE_MANAGER) if noun in SCOPES else NOTHING
    forms = FORMS.get(HOSTS.get(service, f"{service}.googleapis.com"), ())
    kinds = {form.kind for form in forms if form.noun == noun}
    kind = kinds.pop() if len(kinds) == 1 else None
    return NOTHING if kind is None else Attributes(None, kind, kind.partition("/")[0])


@lru_cache(maxsize=1 << 16)
def _form_of(host: str, path: str) -> Form | None:
    return next((form for form in FORMS.get(host, ()) if form.path.match(path)), None)


def _name(form: Form, path: str, places: Places) -> str | None:
    found = form.path.match(path)
    return None if found is None else _filled(form.name or form.written, form, found.groupdict(), places)


def _beginning(part: Form, form: Form, path: str, places: Places) -> str | None:
    """How the names of the parts of a resource begin: up to what the resource's own name does not tell."""
    found = form.path.match(path)
    if found is None:
        return None
    values = found.groupdict()
    first, *pieces = (part.name or part.written).split("{")
    told = takewhile(lambda piece: piece.partition("}")[0] in values, pieces)
    return _filled("{".join((first, *told)), part, values, places)


def _filled(template: str, form: Form, values: dict[str, str], places: Places) -> str | None:
    project = values.get("p", "")
    if form.numbered:
        project = places.number(f"projects/{project}")
    elif project.isdigit():
        return None  # names have the project's id, which is not known
    return template.format(**{**values, "p": project}) if project or "p" not in values else None
