"""What is known about token issuers: which are shared by everybody, and which claim tells their customers apart."""

# Issuers that anyone can get a token from: without a condition on the claim that names the customer, a role that
# trusts one is open to the world. Host, or host with a path prefix; each from the issuer's own documentation.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
SHARED = (
    "accounts.google.com",
    "agent.buildkite.com",
    "api.bitbucket.org",
    "app.terraform.io",
    "cognito-identity.amazonaws.com",
    "gitlab.com",
    "graph.facebook.com",
    "oidc.codefresh.io",
    "oidc.fly.io",
    "oidc.vercel.com",
    "sts.windows.net",
    "token.actions.githubusercontent.com",
    "www.amazon.com",
)

# Issuers whose customers are told apart by the audience (or application id) and not by the subject.
BY_AUDIENCE = (
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "sts.windows.net",
    "www.amazon.com",
)

# How the subject of a shared issuer starts: what follows up to the next separator names the customer.
_TENANT_PREFIXES = {
    "agent.buildkite.com": "organization:",
    "app.terraform.io": "organization:",
    "gitlab.com": "project_path:",
    "token.actions.githubusercontent.com": "repo:",
}


def issuer_of(subject: str) -> str:
    """Return the issuer's host and path from an OIDC provider's ARN, a URL or the bare name."""
    name = subject.rpartition(":oidc-provider/")[2]
    return name.removeprefix("https://").rstrip("/")


def is_shared(issuer: str) -> bool:
    """Whether anybody can get a token from the issuer."""
    host = issuer.partition("/")[0].lower()
    return host in SHARED


def by_audience(issuer: str) -> bool:
    """Whether the issuer's audience, and not its subject, names the customer."""
    return issuer.partition("/")[0].lower() in BY_AUDIENCE


def breadth(issuer: str, pattern: str) -> str:
    """Judge how many subjects a pattern lets in.

    Returns:
        `exact` (no wildcard), `within` (a wildcard after what names the customer) or `anyone` (a wildcard in it, so
        that a stranger can choose a name that matches: `repo:*`, `repo:acme*`).
    """
    cut = min((i for i in (pattern.find("*"), pattern.find("?")) if i >= 0), default=-1)
    if cut < 0:
        return "exact"
    if not is_shared(issuer):
        return "within" if pattern.strip("*?") else "anyone"
    fixed = pattern[:cut]
    prefix = _TENANT_PREFIXES.get(issuer.partition("/")[0].lower(), "")
    if not fixed.startswith(prefix):
        return "anyone"
    tenant = fixed.removeprefix(prefix)
    return "within" if any(separator in tenant for separator in "/:") else "anyone"
