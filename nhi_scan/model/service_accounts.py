"""What the address of a Google Cloud service account says about where it is at home.

The forms: https://cloud.google.com/iam/docs/service-account-types; what a project of a domain is called in them:
https://cloud.google.com/iam/docs/service-accounts-create.
"""

_OWN = ".iam.gserviceaccount.com"
_APP_ENGINE = "appspot.gserviceaccount.com"
_COMPUTE = "developer.gserviceaccount.com"


def project_in(email: str) -> str:
    """Return the id of the project that an address names; empty where it names none.

    `name@my-app.iam.gserviceaccount.com`, also with a domain: `name@my-app.example.com.iam.gserviceaccount.com` is of
    `example.com:my-app`. The default account of App Engine is `my-app@appspot.gserviceaccount.com`.
    """
    name, _, domain = email.partition("@")
    project = name if domain == _APP_ENGINE else domain.removesuffix(_OWN)
    if project == domain:
        return ""
    first, dot, company = project.partition(".")
    return f"{company}:{first}" if dot else project


def home_in(email: str) -> str:
    """Return the id of the project that an address names, or its number; empty where it names none.

    Only the default account of Compute Engine is named by number, `123-compute@developer.gserviceaccount.com`: other
    addresses that begin with a number are of Google's own agents, which are at home in no project of a customer.
    """
    name, _, domain = email.partition("@")
    return name.partition("-")[0] if domain == _COMPUTE else project_in(email)
