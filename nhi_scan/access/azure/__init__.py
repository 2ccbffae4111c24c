"""Effective access on Azure and in Microsoft Entra.

`decide` is the definition: deny assignments, then the union of assignments. `Questions` finds the layers of a request
in an inventory. `nhi_scan.access.azure.summarise` answers for every identity of an inventory at once, from above: it
never misses what `decide` allows.
"""

from nhi_scan.access.azure.actions import Planes
from nhi_scan.access.azure.ask import Questions
from nhi_scan.access.azure.conditions import Known
from nhi_scan.access.azure.evaluate import decide
from nhi_scan.access.azure.layers import Attached, Layers
from nhi_scan.access.azure.members import Members, Principals
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.request import Request
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict

__all__ = [
    "Attached",
    "Decision",
    "Known",
    "Layers",
    "Members",
    "Places",
    "Planes",
    "Principals",
    "Questions",
    "Request",
    "Residual",
    "StatementRef",
    "Verdict",
    "decide",
]
