"""The login service: tokens for applications, by secret, by certificate and by another issuer's token.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography import x509

from nhi_scan.demo.azure.errors import ApiError, login_body
from nhi_scan.demo.azure.exchange import Answer, Request
from nhi_scan.demo.azure.faults import disturb
from nhi_scan.demo.azure.gate import Gate
from nhi_scan.demo.azure.world import World

GRAPH, ARM = "graph", "arm"
FEDERATION_KEY = "the key of an issuer that exists in this process alone, 32 bytes at least"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EXCHANGE = "api://AzureADTokenExchange"
_CONFIGURATION = re.compile(r"/([^/]+)/(?:v2\.0/)?\.well-known/openid-configuration")
_TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token")


@dataclass(slots=True, kw_only=True)
class Login:
    """The login service of one tenant.

    Attributes:
        world: whose tenant it is.
        gate: counts requests.
        certificate: the scanner's, PEM: a client assertion is signed with its key.
        endpoint: of the server.
        issued: token -> its audience (`graph`, `arm`, or the host of another), the tokens that are good.
    """

    world: World
    gate: Gate
    certificate: bytes
    endpoint: str = ""
    issued: dict[str, str] = field(default_factory=dict)

    def serves(self, path: str) -> bool:
        """Tell whether a path is one of the login service's."""
        return bool(_CONFIGURATION.fullmatch(path) or _TOKEN.fullmatch(path))

    def answer(self, request: Request) -> Answer:
        """Answer one request; an error is an answer too."""
        try:
            configuration = _CONFIGURATION.fullmatch(request.path)
            if configuration:
                fault = self.gate.enter("login.configuration", request.path)
                return disturb(Answer(body=self._configuration(configuration[1])), fault)
            token = _TOKEN.fullmatch(request.path)
            fault = self.gate.enter("login.token", request.path)
            return disturb(Answer(body=self._token(token[1] if token else "", request)), fault)
        except ApiError as error:
            return Answer(status=error.status, body=login_body(error, self.world.date(0)), headers=error.headers)

    def audience(self, request: Request) -> str:
        """Return the audience of a request's token; empty: it has none that is good."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.issued.get(token, "") if scheme.lower() == "bearer" else ""

    def _configuration(self, tenant: str) -> dict[str, Any]:
        self._known(tenant)
        own = f"{self.endpoint}/{self.world.estate.tenant}"
        return {
            "token_endpoint": f"{own}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{own}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{own}/v2.0",
            "authorization_endpoint": f"{own}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{own}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
        }

    def _known(self, tenant: str) -> None:
        domains = {
            str(one.get("name", "")).lower() for one in self.world.estate.organization.get("verifiedDomains", ())
        }
        if tenant.lower() not in {self.world.estate.tenant, *domains}:
            message = f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            raise ApiError(400, "invalid_tenant", message)

    def _token(self, tenant: str, request: Request) -> dict[str, Any]:
        self._known(tenant)
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            raise ApiError(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
        if form.get("client_id", "").lower() != self.world.estate.client_id:
            message = (
                f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found in the directory."
            )
            raise ApiError(400, "unauthorized_client", message)
        if "client_assertion" in form:
            self._check_assertion(form)
        elif form.get("client_secret") != self.world.estate.secret:
            raise ApiError(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        audience = self._audience(form.get("scope", ""))
        token = self._written(audience)
        self.issued[token] = audience
        seconds = self.gate.conduct.token_seconds
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}

    def _written(self, audience: str) -> str:
        """Write a token that says whose tenant it is of, as Microsoft's do; that it is good is told by `issued`."""
        estate = self.world.estate
        claims = {"tid": estate.tenant, "aud": audience, "appid": estate.client_id, "oid": estate.caller}
        return jwt.encode({**claims, "uti": str(len(self.issued) + 1)}, FEDERATION_KEY)

    def _audience(self, scope: str) -> str:
        resource, _, rest = scope.rpartition("/")
        if rest != ".default":
            message = f"AADSTS1002012: The provided value for scope {scope} is not valid."
            raise ApiError(400, "invalid_scope", message)
        if "graph" in resource.lower():
            return GRAPH
        return ARM if "management" in resource.lower() or resource == self.endpoint else resource

    def _check_assertion(self, form: dict[str, str]) -> None:
        assertion = form["client_assertion"]
        refused = ApiError(401, "invalid_client", "AADSTS700027: The client assertion failed signature validation.")
        if form.get("client_assertion_type") != _ASSERTION:
            raise refused
        try:
            algorithm = jwt.get_unverified_header(assertion).get("alg", "")
            if algorithm == "HS256":
                self._check_federated(assertion)
                return
            key = x509.load_pem_x509_certificate(self.certificate).public_key()
            audiences = [f"{self.endpoint}/{self.world.estate.tenant}/oauth2/v2.0/token"]
            jwt.decode(assertion, key, algorithms=["RS256", "PS256"], audience=audiences)  # type: ignore[arg-type]
        except jwt.PyJWTError as error:
            raise refused from error

    def _check_federated(self, assertion: str) -> None:
        """Take another issuer's token where a federated credential of the scanner's application says so."""
        claims = jwt.decode(assertion, FEDERATION_KEY, algorithms=["HS256"], audience=_EXCHANGE)
        own = (one for one in self.world.estate.applications if one.get("appId") == self.world.estate.client_id)
        trusted = [row for one in own for row in self.world.estate.federated_credentials.get(one["id"], ())]
        if not any(row["issuer"] == claims.get("iss") and row.get("subject") == claims.get("sub") for row in trusted):
            message = "AADSTS70021: No matching federated identity record found for presented assertion."
            raise ApiError(400, "invalid_client", message)
