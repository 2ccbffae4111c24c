"""People of an estate, the groups they are in, and who may look after whom."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure.applications import may
from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.azure.estate import Record


def add_user(draft: Draft, name: str, told: Mapping[str, Any], domain: str) -> None:
    """Add a person: `guest`, `disabled`, `synced`, where they are."""
    guest = told.get("guest", False)
    upn = f"{name}_partner.example#EXT#@{domain}" if guest else f"{name}@{domain}"
    row = {
        "id": guid(f"user {name}"),
        "displayName": told.get("title", name.replace(".", " ").title()),
        "userPrincipalName": upn,
        "mail": None if guest else upn,
        "accountEnabled": not told.get("disabled", False),
        "userType": "Guest" if guest else "Member",
        "onPremisesSyncEnabled": True if told.get("synced") else None,
        "createdDateTime": "ago(900)",
    }
    draft.add("users", row)
    draft.expect(told.get("expect", {}), row["id"])
    for role in told.get("directory_roles", ()):
        draft.assign_directory(row["id"], role)
    for given in told.get("roles", ()):
        draft.assign(row["id"], given, "User")


def add_group(draft: Draft, entry: Mapping[str, Any], apis: Mapping[str, Any]) -> None:
    """Add a group: `members` and `owners` (users by name, others by words), `assignable`, `eligible` members."""
    name = entry["name"]
    id_ = guid(f"group {name}")
    row: Record = {
        "id": id_,
        "displayName": entry.get("title", name),
        "description": entry.get("description"),
        "createdDateTime": "ago(800)",
        "groupTypes": [],
        "isAssignableToRole": entry.get("assignable", False) or None,
        "mailEnabled": False,
        "mailNickname": name,
        "membershipRule": None,
        "onPremisesSyncEnabled": None,
        "securityEnabled": True,
        "visibility": "Private",
    }
    draft.add("groups", row)
    draft.relate("members", id_, map(person, entry.get("members", ())))
    draft.relate("owners", id_, map(person, entry.get("owners", ())))
    for one in entry.get("eligible", ()):
        instance = {
            "id": guid(f"eligible {name} {one}"),
            "accessId": "member",
            "eligibilityScheduleId": guid(f"schedule {name} {one}"),
            "groupId": id_,
            "memberType": "direct",
            "principalId": person(one),
            "startDateTime": "ago(90)",
            "endDateTime": None,
        }
        draft.add("group_eligibility_instances", instance)
    for role in entry.get("directory_roles", ()):
        draft.assign_directory(id_, role)
    for given in entry.get("roles", ()):
        draft.assign(id_, given, "Group")
    may(draft, id_, {"graph": entry.get("graph", ())}, apis)
    draft.expect(entry.get("expect", {}), id_)


def add_unit(draft: Draft, entry: Mapping[str, Any]) -> None:
    """Add an administrative unit with its members."""
    id_ = guid(f"unit {entry['name']}")
    row = {"id": id_, "displayName": entry["name"], "description": None, "visibility": None}
    draft.add("administrative_units", row)
    draft.relate("members", id_, map(person, entry.get("members", ())))


def person(name: str) -> str:
    """Return the word for a member or owner: a user by name, or a word as it is."""
    return name if "{" in name else f"{{user:{name}}}"
