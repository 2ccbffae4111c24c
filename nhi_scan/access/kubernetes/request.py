"""What the authorizer is asked: a verb on something, in a namespace or none, of one name or none."""

from collections.abc import Iterable

from nhi_scan.access.kubernetes.builtin import in_no_namespace, is_nameless, is_namespace
from nhi_scan.model.kube_actions import Action
from nhi_scan.model.kube_ids import Place
from nhi_scan.model.record import value


@value
class Asked:
    """The attributes of a request, as a SubjectAccessReview has them."""

    action: Action
    namespace: str = ""  # empty: of no namespace, or of all
    name: str = ""


def asked(action: Action, place: Place) -> Asked:
    """Return what the authorizer is asked when somebody does something there.

    As the API server reads it from the request's path
    (https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/request/requestinfo.go): what creates or deletes
    many carries no name; a list or a watch carries the one that its field selector `metadata.name` asks for, which is
    how a rule with names can allow it
    (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources). The path of a namespace is
    in that namespace itself.

    Args:
        action: what is done.
        place: a cluster (for what lies in namespaces: in all of them), a namespace or an object.
    """
    if action.url:
        return Asked(action)
    name, namespace = place.name, place.namespace
    if is_namespace(action):
        name = namespace = namespace or name  # also where somebody names it as an object
    if is_nameless(action):
        name = ""
    return Asked(action, "" if in_no_namespace(action) else namespace, name)


def carried(action: Action, names: Iterable[str], namespace: str) -> list[str]:
    """Return those of a rule's names that a request can carry, where the rule counts.

    Args:
        action: what the rule gives.
        names: the rule's.
        namespace: where the rule counts; empty: everywhere.
    """
    if is_nameless(action):
        return []
    own = namespace and is_namespace(action)
    return [name for name in names if not own or name == namespace]
