"""An estate of any size, for whoever counts requests or seconds."""

from itertools import islice, pairwise
from typing import Any

from nhi_scan.demo.gcp.estate import Account, Binding, Estate, Folder, Key, Project, Role

ORGANIZATION = "organizations/900000000001"
_ROLES = {
    "roles/owner": ("resourcemanager.projects.setIamPolicy", "iam.serviceAccounts.actAs", "storage.buckets.list"),
    "roles/editor": ("iam.serviceAccounts.actAs", "compute.instances.create", "storage.buckets.list"),
    "roles/viewer": ("resourcemanager.projects.get", "storage.buckets.list"),
    "roles/storage.objectViewer": ("storage.objects.get", "storage.objects.list"),
    "roles/iam.serviceAccountTokenCreator": ("iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signJwt"),
}


def large(projects: int, accounts: int) -> Estate:
    """Return an organization of so many projects, in folders of a hundred, and so many service accounts among them.

    Every account has a role on its project and a key that Google manages, every fifth one a key of its users', every
    tenth can be impersonated by its neighbour.
    """
    folders = [
        Folder(id=f"folders/{500000 + number}", name=f"unit-{number}", parent=ORGANIZATION)
        for number in range((projects + 99) // 100)
    ]
    names = [f"projects/p-{number:06d}" for number in range(projects)]
    owned = [_account(number, names[number % projects]) for number in range(accounts)]
    return Estate(
        organization=ORGANIZATION,
        folders=folders,
        projects=[
            Project(id=name, number=str(800000000000 + number), parent=folders[number // 100].id)
            for number, name in enumerate(names)
        ],
        accounts=owned,
        roles=[Role(id=name, permissions=permissions) for name, permissions in _ROLES.items()],
        bindings=[*_project_bindings(owned), *_account_bindings(owned)],
    )


def _account(number: int, project: str) -> Account:
    keys = [Key(id=f"{number:040x}", created=10, managed_by="system", expires=7)]
    if number % 5 == 0:
        keys.append(Key(id=f"{number + (1 << 80):040x}", created=number % 900, used=number % 400))
    return Account(
        project=project,
        email=f"sa-{number:06d}@{project.partition('/')[2]}.iam.gserviceaccount.com",
        unique_id=f"1{number:020d}",
        keys=tuple(keys),
        used=number % 300 if number % 3 else None,
    )


def _project_bindings(accounts: list[Account]) -> list[Binding]:
    held: dict[tuple[str, str], list[str]] = {}
    for number, account in enumerate(accounts):
        role = list(_ROLES)[number % 97 % len(_ROLES)] if number % 97 < 5 else "roles/storage.objectViewer"
        held.setdefault((account.project, role), []).append(f"serviceAccount:{account.email}")
    return [Binding(place=place, role=role, members=tuple(members)) for (place, role), members in held.items()]


def _account_bindings(accounts: list[Account]) -> list[Binding]:
    pairs: Any = islice(pairwise(accounts), 0, None, 10)
    return [
        Binding(
            place=f"serviceAccount:{one.email}",
            role="roles/iam.serviceAccountTokenCreator",
            members=(f"serviceAccount:{other.email}",),
        )
        for one, other in pairs
    ]
