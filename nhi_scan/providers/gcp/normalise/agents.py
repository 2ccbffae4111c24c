"""Service agents: service accounts that Google makes and keeps, so that a service can act in a customer's project.

The domains are those of https://cloud.google.com/iam/docs/service-agents. That page says that there may be new ones
at any time; all of recent years begin with `gcp-sa-`.
"""

_SUFFIX = ".iam.gserviceaccount.com"
_FAMILIES = ("gcp-sa-", "gs-project-accounts", "gcp-gae-service")

# Projects of Google's own in which the older agents live: what stands between `@` and `.iam.gserviceaccount.com`.
_PROJECTS = frozenset(
    {
        "bigquery-encryption",
        "bigquery-data-connectors",
        "cloud-cdn-fill",
        "cloud-filer",
        "cloud-memcache-sa",
        "cloud-ml.google.com",
        "cloud-redis",
        "cloud-tpu",
        "cloudcomposer-accounts",
        "cloudservices",
        "compute-system",
        "container-analysis",
        "container-engine-robot",
        "containerregistry",
        "dataflow-service-producer-prod",
        "dataproc-accounts",
        "dlp-api",
        "endpoints-portal",
        "firebase-rules",
        "fs-sa-prod",
        "gae-api-prod.google.com",
        "gcf-admin-robot",
        "gcp-binary-authorization",
        "genomics-api.google.com",
        "gs-project-accounts",
        "mdb-service-agents",
        "monitoring-notification",
        "network-management",
        "remotebuildexecution",
        "security-center-api",
        "serverless-robot-prod",
        "service-consumer-management",
        "service-networking",
        "servicenetworking-agent",
        "sourcerepo-service-accounts",
        "storage-transfer-service",
        "system",
        "trifacta-gcp",
        "websecurityscanner",
        "workflows-agents",
    }
)
_DOMAINS = frozenset(
    {
        "cloud-filer.google.com",
        "cloud-tpu.google.com",
        "cloudservices.gserviceaccount.com",  # the agent of Google's own interfaces: deployments, managed groups
        "container-engine-robot.gserviceaccount.com",
        "cloudsql-service-account.gserviceaccount.com",
        "sourcerepo-service-accounts.gserviceaccount.com",
        "storage-transfer-service.gserviceaccount.com",
        "system.gserviceaccount.com",
    }
)


def is_service_agent(email: str) -> bool:
    """Whether Google makes and keeps this service account.

    The default accounts of Compute Engine, App Engine and (formerly) Cloud Build are none: their owner grants and
    disables them (https://cloud.google.com/iam/docs/service-account-types#default).
    """
    domain = email.partition("@")[2]
    if domain in _DOMAINS:
        return True
    project = domain.removesuffix(_SUFFIX)
    return project != domain and (project in _PROJECTS or project.startswith(_FAMILIES))


def is_unlisted(email: str) -> bool:
    """Whether no list of a project's service accounts has it: Cloud Build's own account of before 2024.

    https://cloud.google.com/build/docs/cloud-build-service-account
    """
    return email.endswith("@cloudbuild.gserviceaccount.com")


def number_in(email: str) -> str:
    """The project number that an agent's or a default account's address begins with; empty where there is none.

    `service-123@gcp-sa-pubsub...`, `123@cloudservices...`, `123-compute@developer...`.
    """
    name = email.partition("@")[0]
    number = name.removeprefix("service-").removeprefix("p").partition("-")[0]
    return number if number.isdecimal() else ""
