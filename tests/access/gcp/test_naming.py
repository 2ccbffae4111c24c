import pytest

from nhi_scan.access.gcp.naming import NOTHING, Attributes, attributes
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

APP = "serviceAccount:app@app.iam.gserviceaccount.com"
DATASET = "//bigquery.googleapis.com/projects/app/datasets/d"
PLACES = Places(
    build([Records(scopes=[Scope(id="projects/app", provider="gcp", kind="project", name="app", number="42")])])
)


@pytest.mark.parametrize(
    ("place", "permission", "expected"),
    [
        (
            "gs://data",
            "storage.buckets.get",
            ("projects/_/buckets/data", "storage.googleapis.com/Bucket", "storage.googleapis.com"),
        ),
        ("gs://data", "storage.objects.get", (None, "storage.googleapis.com/Object", "storage.googleapis.com")),
        (
            "gs://data/a/b",
            "storage.objects.get",
            ("projects/_/buckets/data/objects/a/b", "storage.googleapis.com/Object", "storage.googleapis.com"),
        ),
        ("gs://data/a/b", "storage.buckets.get", (None, None, "storage.googleapis.com")),
        (
            f"{DATASET}/tables/t",
            "bigquery.tables.getData",
            ("projects/app/datasets/d/tables/t", "bigquery.googleapis.com/Table", "bigquery.googleapis.com"),
        ),
        (DATASET, "bigquery.tables.getData", (None, "bigquery.googleapis.com/Table", "bigquery.googleapis.com")),
        (
            "//secretmanager.googleapis.com/projects/app/secrets/s",
            "secretmanager.secrets.delete",
            ("projects/42/secrets/s", "secretmanager.googleapis.com/Secret", "secretmanager.googleapis.com"),
        ),
        (
            "//secretmanager.googleapis.com/projects/far/secrets/s",
            "secretmanager.secrets.delete",
            (None, "secretmanager.googleapis.com/Secret", "secretmanager.googleapis.com"),
        ),
        (
            "//cloudkms.googleapis.com/projects/app/locations/l/keyRings/r/cryptoKeys/k",
            "cloudkms.cryptoKeys.setIamPolicy",
            (
                "projects/app/locations/l/keyRings/r/cryptoKeys/k",
                "cloudkms.googleapis.com/CryptoKey",
                "cloudkms.googleapis.com",
            ),
        ),
        (
            "//cloudkms.googleapis.com/projects/99/locations/l/keyRings/r",
            "cloudkms.keyRings.get",
            (None, "cloudkms.googleapis.com/KeyRing", "cloudkms.googleapis.com"),
        ),
        (
            "//cloudsql.googleapis.com/projects/app/instances/i",
            "cloudsql.instances.connect",
            ("projects/app/instances/i", "sqladmin.googleapis.com/Instance", "sqladmin.googleapis.com"),
        ),
        (
            "projects/app",
            "resourcemanager.projects.get",
            (None, "cloudresourcemanager.googleapis.com/Project", "cloudresourcemanager.googleapis.com"),
        ),
        (
            "folders/2",
            "resourcemanager.projects.get",
            (None, "cloudresourcemanager.googleapis.com/Project", "cloudresourcemanager.googleapis.com", None),
        ),
        ("folders/2", "resourcemanager.projects.create", NOTHING),
        ("folders/2", "resourcemanager.tagKeys.get", NOTHING),
        (
            "projects/app",
            "storage.objects.get",
            (None, "storage.googleapis.com/Object", "storage.googleapis.com", None),
        ),
        (
            "projects/app",
            "cloudsql.instances.connect",
            (None, "sqladmin.googleapis.com/Instance", "sqladmin.googleapis.com", None),
        ),
        ("projects/app", "storage.objects.list", NOTHING),
        ("projects/app", "pubsub.topics.publish", NOTHING),
        ("gs://data", "storage.objects.list", (None, None, "storage.googleapis.com", "projects/_/buckets/data")),
        (
            "gs://data",
            "storage.objects.create",
            (
                None,
                "storage.googleapis.com/Object",
                "storage.googleapis.com",
                "projects/_/buckets/data/objects/",
            ),
        ),
        (
            "//cloudkms.googleapis.com/projects/app/locations/l/keyRings/r",
            "cloudkms.cryptoKeyVersions.useToDecrypt",
            (
                None,
                "cloudkms.googleapis.com/CryptoKeyVersion",
                "cloudkms.googleapis.com",
                "projects/app/locations/l/keyRings/r/cryptoKeys/",
            ),
        ),
        (
            "//secretmanager.googleapis.com/projects/app/secrets/s",
            "secretmanager.versions.access",
            (
                None,
                "secretmanager.googleapis.com/SecretVersion",
                "secretmanager.googleapis.com",
                "projects/42/secrets/s/versions/",
            ),
        ),
        ("//pubsub.googleapis.com/projects/app/topics/t", "pubsub.topics.publish", NOTHING),
        (APP, "iam.serviceAccounts.actAs", NOTHING),
        ("//storage.googleapis.com/data/objects/a{b}c", "storage.objects.get", None),
        ("nonsense", "", NOTHING),
        ("//", "a", NOTHING),
    ],
)
def test_what_a_condition_sees_of_a_place(place: str, permission: str, expected: tuple[str | None, ...] | None) -> None:
    found = attributes(PLACES.canonical(place), permission, PLACES)
    assert isinstance(found, Attributes)
    if expected is None:
        assert found.name == "projects/_/buckets/data/objects/a{b}c"
    else:
        assert tuple(found)[: len(expected)] == tuple(expected)
