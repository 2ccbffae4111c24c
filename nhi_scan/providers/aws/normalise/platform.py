"""Resources that decide who gets in: identity providers, instance profiles, clusters, trust anchors.

Attributes, each a text, left out where not known:

- `oidc_provider`: `url` (the issuer without a scheme), `client_ids` (separated by blanks).
- `saml_provider`: `valid_until`, `owning_service` (set where a service made it and keeps it).
- `cognito_identity_pool`, `client_vpn_endpoint`: `identity_providers` (separated by blanks), those whose users they let
  in; a pool also `unauthenticated` (`true`, `false`).
- `instance_profile`: `role_ids` (separated by blanks).
- `eks_cluster`: `oidc_issuer` (without a scheme), `authentication_mode`, `version`, `endpoint` (host of its API
  server), `endpoint_public` (`true` or `false`).
- `eks_access_entry`: `cluster`, `principal_id`, `type`, `kubernetes_groups` and `access_policies` (separated by
  blanks; a policy that is limited to namespaces is written `<arn>@namespace,namespace`).
- `rolesanywhere_trust_anchor`: `enabled` (`true`, `false`), `source_type`.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.arns import name_of
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.providers.aws.normalise.roles import Roles
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.stores import add
from nhi_scan.providers.aws.normalise.values import Tags, distinct, moment, tags_of, text, within
from nhi_scan.snapshot.paths import reach, words


def read_platform(source: Source, roles: Roles) -> None:
    """Identity providers, instance profiles, EKS clusters and their access entries, trust anchors, agent identities."""
    _read_identity_providers(source)
    _read_gates(source)
    _read_instance_profiles(source, roles)
    _read_clusters(source)
    _read_access_entries(source)
    _read_trust_anchors(source)
    _read_agent_identities(source)


def _without_scheme(url: str) -> str:
    return url.partition("://")[2] or url


def _read_identity_providers(source: Source) -> None:
    for envelope, record in source.plain("iam-oidc-providers"):
        arn = text(envelope.of, "Arn") or text(record, "Arn")
        issuer = _without_scheme(text(record, "Url")) or arn.partition(":oidc-provider/")[2]
        add(
            source,
            arn,
            "oidc_provider",
            name=issuer,
            sensitivity="control",
            created_at=record.get("CreateDate"),
            attributes=(("url", issuer), ("client_ids", " ".join(words(record, ("ClientIDList",))))),
            tags=tags_of(record),
        )
    for _, record in source.plain("iam-saml-providers"):
        valid_until = moment(record.get("ValidUntil"))
        arn = text(record, "Arn")
        # Identity Center makes one in each account: `AWSSSO_0123456789abcdef_DO_NOT_DELETE`.
        managed = name_of(arn).startswith("AWSSSO_")
        add(
            source,
            arn,
            "saml_provider",
            sensitivity="control",
            created_at=record.get("CreateDate"),
            attributes=(
                ("valid_until", valid_until.isoformat() if valid_until else ""),
                ("owning_service", "sso.amazonaws.com" if managed else ""),
            ),
        )


def _read_gates(source: Source) -> None:
    for envelope, record in source.plain("cognito-identity-pools"):
        pool = text(record, "IdentityPoolId")
        add(
            source,
            source.arn(f"cognito-identity:identitypool/{pool}", envelope.region) if pool else "",
            "cognito_identity_pool",
            name=text(record, "IdentityPoolName"),
            region=envelope.region,
            sensitivity="control",
            attributes=(
                ("identity_providers", _joined(record, "OpenIdConnectProviderARNs", "SamlProviderARNs")),
                ("unauthenticated", record.get("AllowUnauthenticatedIdentities")),
            ),
            tags=_pool_tags(record),
        )
    for envelope, record in source.plain("ec2-client-vpn-endpoints"):
        endpoint = text(record, "ClientVpnEndpointId")
        saml = ("Providers.SamlProviderArn", "Providers.SelfServiceSamlProviderArn")
        add(
            source,
            source.arn(f"ec2:client-vpn-endpoint/{endpoint}", envelope.region) if endpoint else "",
            "client_vpn_endpoint",
            name=endpoint,
            region=envelope.region,
            sensitivity="control",
            attributes=(("identity_providers", _joined(record, *saml)),),
            tags=tags_of(record),
        )


def _joined(record: Mapping[str, Any], *paths: str) -> str:
    return " ".join(distinct(words(record, paths)))


def _pool_tags(record: Mapping[str, Any]) -> Tags:
    return tags_of({"tags": record.get("IdentityPoolTags")})


def _read_instance_profiles(source: Source, roles: Roles) -> None:
    for profile in roles.profiles.values():
        tags: Tags = tuple(sorted((tag.Key, tag.Value or "") for tag in profile.record.Tags or ()))
        add(
            source,
            profile.arn,
            "instance_profile",
            name=profile.name,
            used_by=distinct(profile.used_by),
            created_at=profile.record.CreateDate,
            attributes=(("role_ids", " ".join(profile.role_ids)),),
            tags=tags,
        )


def _read_clusters(source: Source) -> None:
    for envelope, record in source.plain("eks-clusters"):
        public = reach(record, "resourcesVpcConfig.endpointPublicAccess")
        add(
            source,
            text(record, "arn"),
            "eks_cluster",
            name=text(record, "name"),
            region=envelope.region,
            sensitivity="control",
            created_at=record.get("createdAt"),
            attributes=(
                ("oidc_issuer", _without_scheme(next(iter(words(record, ("identity.oidc.issuer",))), ""))),
                ("authentication_mode", text(within(record, "accessConfig"), "authenticationMode")),
                ("version", text(record, "version")),
                ("endpoint", _without_scheme(text(record, "endpoint"))),
                ("endpoint_public", public[0] if public and isinstance(public[0], bool) else None),
            ),
            tags=tags_of(record),
        )


def _read_access_entries(source: Source) -> None:
    policies: dict[tuple[str, str], list[str]] = {}
    for envelope, record in source.plain("eks-access-policies"):
        key = (text(envelope.of, "clusterName"), text(envelope.of, "principalArn"))
        policies.setdefault(key, []).append(_access_policy(record))
    for envelope, record in source.plain("eks-access-entries"):
        cluster = text(record, "clusterName") or text(envelope.of, "clusterName")
        principal = text(record, "principalArn")
        add(
            source,
            text(record, "accessEntryArn"),
            "eks_access_entry",
            name=f"{cluster}/{principal}",
            region=envelope.region,
            sensitivity="control",
            used_by=distinct([principal]),
            created_at=record.get("createdAt"),
            attributes=(
                ("cluster", cluster),
                ("principal_id", principal),
                ("type", text(record, "type")),
                ("kubernetes_groups", " ".join(words(record, ("kubernetesGroups",)))),
                ("access_policies", " ".join(sorted(policies.get((cluster, principal), ())))),
            ),
            tags=tags_of(record),
        )


def _access_policy(record: Mapping[str, Any]) -> str:
    scope = within(record, "accessScope")
    namespaces = ",".join(words(scope, ("namespaces",)))
    arn = text(record, "policyArn")
    return f"{arn}@{namespaces}" if text(scope, "type") == "namespace" else arn


def _read_trust_anchors(source: Source) -> None:
    for envelope, record in source.plain("rolesanywhere-trust-anchors"):
        add(
            source,
            text(record, "trustAnchorArn"),
            "rolesanywhere_trust_anchor",
            name=text(record, "name"),
            region=envelope.region,
            sensitivity="control",
            created_at=record.get("createdAt"),
            attributes=(
                ("enabled", record.get("enabled")),
                ("source_type", text(within(record, "source"), "sourceType")),
            ),
        )


def _read_agent_identities(source: Source) -> None:
    """Bedrock AgentCore's workload identities: what an agent shows to others.

    https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetWorkloadIdentity.html
    """
    for _, record in source.plain("bedrock-agentcore-workload-identities"):
        arn = text(record, "workloadIdentityArn")
        if arn:
            tags = tags_of(record)
            source.records.identities.append(
                Identity(
                    id=arn,
                    provider=PROVIDER,
                    kind="agent_identity",
                    nature=Nature.NON_HUMAN,
                    nature_reason="it is the workload identity of an agent",
                    name=text(record, "name") or arn,
                    scope_id=source.scope_id,
                    created_at=moment(record.get("createdTime")),
                    owner=source.owners.find(tags, source.scope_tags),
                    tags=tags,
                ),
            )
