"""The allow policies of what a project holds, by the API of the service that each is of."""

from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import not_found

_POLICIES = {
    "storage.buckets.getIamPolicy": ("//storage.googleapis.com/{bucket}", "storage.buckets.getIamPolicy"),
    "run.projects.locations.services.getIamPolicy": ("//run.googleapis.com/{resource}", "run.services.getIamPolicy"),
    "run.projects.locations.jobs.getIamPolicy": ("//run.googleapis.com/{resource}", "run.jobs.getIamPolicy"),
    "cloudfunctions.projects.locations.functions.getIamPolicy": (
        "//cloudfunctions.googleapis.com/{resource}",
        "cloudfunctions.functions.getIamPolicy",
    ),
    "pubsub.projects.subscriptions.getIamPolicy": (
        "//pubsub.googleapis.com/{resource}",
        "pubsub.subscriptions.getIamPolicy",
    ),
    "secretmanager.projects.secrets.getIamPolicy": (
        "//secretmanager.googleapis.com/{resource}",
        "secretmanager.secrets.getIamPolicy",
    ),
}


@answers(*_POLICIES)
def get_policy(asked: Asked) -> Answer:
    """Return the allow policy of a thing."""
    pattern, permission = _POLICIES[asked.method]
    name = pattern.format_map(asked.parts)
    thing = asked.world.things.get(name)
    if thing is None or thing.project in asked.world.gone:
        raise not_found(name)
    asked.gate.demand(permission, thing.project, asked.service)
    version = asked.one("options.requestedPolicyVersion") or asked.one("optionsRequestedPolicyVersion") or "0"
    return asked.world.policy(name, int(version))
