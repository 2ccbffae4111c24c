"""The workloads that take a join: functions, virtual machines and their templates, tasks and their services."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.identity import Workload
from nhi_scan.model.policy import Effect, Statement
from nhi_scan.providers.aws.normalise.roles import Roles
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import Tags, distinct, tags_of, text, within
from nhi_scan.snapshot.paths import environment_names, reach, words

_RUNNING = frozenset({"running", "pending"})
_TEMPLATE_PROFILE = "LaunchTemplateData.IamInstanceProfile"
_FRONT_DOORS = ("apigateway.amazonaws.com", "elasticloadbalancing.amazonaws.com", "cloudfront.amazonaws.com")


def read_compute(source: Source, roles: Roles) -> None:
    """Lambda, EC2 and ECS."""
    _read_functions(source, roles)
    _read_instances(source, roles)
    _read_launch_templates(source, roles)
    _read_tasks(source, roles)


def _add(source: Source, tags: Tags, **fields: Any) -> None:
    tags = tags or source.tagged.get(fields["id"], ())
    owner = source.owners.find(tags, source.scope_tags)
    workload = Workload(provider=PROVIDER, scope_id=source.scope_id, owner=owner, tags=tags, **fields)
    source.records.workloads.append(workload)


def _read_functions(source: Source, roles: Roles) -> None:
    policies = {
        of: source.parse(record.get("Policy")).statements
        for envelope, record in source.plain("lambda-policies")
        if isinstance(of := envelope.of.get("FunctionArn"), str)
    }
    covered = source.collected("lambda-policies")
    for envelope, record in source.plain("lambda-functions"):
        arn = text(record, "FunctionArn")
        if arn:
            _add(
                source,
                tags_of(record),
                id=arn,
                kind="lambda_function",
                name=text(record, "FunctionName") or arn,
                region=envelope.region,
                runs_as=roles.role_ids([text(record, "Role")]),
                exposed=_is_public(policies.get(arn), collected=covered is True),
                environment_names=environment_names(record, ("Environment.Variables",)),
                active=text(record, "State").lower() in ("", "active", "pending"),
            )


def _is_public(statements: tuple[Statement, ...] | None, *, collected: bool) -> bool | None:
    """Whether anyone may invoke a function.

    A function URL without authentication needs a statement for everyone, so the policy tells
    (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html). Behind an API or a load balancer nothing here tells.
    """
    if statements is None:
        return False if collected else None
    allows = [one for one in statements if one.effect is Effect.ALLOW]
    if any(one.malformed for one in statements):
        return None
    if any(p.kind == "any" for one in allows if _unconditional(one) for p in one.principals):
        return True
    return None if any(p.value in _FRONT_DOORS for one in allows for p in one.principals) else False


def _unconditional(statement: Statement) -> bool:
    return all(
        c.key.lower() in ("lambda:functionurlauthtype", "lambda:invokedviafunctionurl") and c.values != ("AWS_IAM",)
        for c in statement.conditions
    )


def _read_instances(source: Source, roles: Roles) -> None:
    for envelope, record in source.plain("ec2-instances"):
        instance = text(record, "InstanceId")
        id_ = source.arn(f"ec2:instance/{instance}", envelope.region)
        tags = tags_of(record)
        state = text(within(record, "State"), "Name")
        if instance and state != "terminated":
            _add(
                source,
                tags,
                id=id_,
                kind="ec2_instance",
                name=dict(tags).get("Name") or instance,
                region=envelope.region,
                runs_as=roles.behind(words(record, ("IamInstanceProfile.Arn",)), id_),
                active=state in _RUNNING if state else None,
            )


def _read_launch_templates(source: Source, roles: Roles) -> None:
    templates: dict[str, tuple[str, str, set[str], Tags]] = {}
    for envelope, record in source.plain("ec2-launch-template-versions"):
        template = text(record, "LaunchTemplateId")
        if template:
            id_ = source.arn(f"ec2:launch-template/{template}", envelope.region)
            profile = words(record, (f"{_TEMPLATE_PROFILE}.Arn", f"{_TEMPLATE_PROFILE}.Name"))
            name = text(record, "LaunchTemplateName") or template
            known = templates.setdefault(id_, (name, envelope.region, set(), tags_of(record)))
            known[2].update(roles.behind(profile, id_))
    for id_, (name, region, role_ids, tags) in templates.items():
        _add(source, tags, id=id_, kind="ec2_launch_template", name=name, region=region, runs_as=distinct(role_ids))


def _read_tasks(source: Source, roles: Roles) -> None:
    services = [(envelope.region, record) for envelope, record in source.plain("ecs-services")]
    in_use = {text(record, "taskDefinition") for _, record in services if _wanted(record)}
    runs_as: dict[str, tuple[str, ...]] = {}
    served_by: dict[str, tuple[str, ...]] = {}
    for envelope, record in source.plain("ecs-task-definitions"):
        arn = text(record, "taskDefinitionArn")
        if not arn or arn in runs_as:
            continue
        runs_as[arn] = roles.role_ids([text(record, "taskRoleArn")])
        served_by[arn] = roles.role_ids([text(record, "executionRoleArn")])
        _add(
            source,
            tags_of(record),
            id=arn,
            kind="ecs_task_definition",
            name=text(record, "family") or arn,
            region=envelope.region,
            runs_as=runs_as[arn],
            served_by=served_by[arn],
            environment_names=environment_names(record, ("containerDefinitions.environment.name",)),
            # It may also be run as a task of its own, which leaves no trace in these records.
            active=True if arn in in_use else None,
        )
    for region, record in services:
        definition = text(record, "taskDefinition")
        if not text(record, "serviceArn"):
            continue
        _add(
            source,
            tags_of(record),
            id=text(record, "serviceArn"),
            kind="ecs_service",
            name=text(record, "serviceName"),
            region=region,
            runs_as=runs_as.get(definition, ()),
            served_by=distinct((*served_by.get(definition, ()), *roles.role_ids([text(record, "roleArn")]))),
            active=_wanted(record),
        )


def _wanted(record: Mapping[str, Any]) -> bool | None:
    count = reach(record, "desiredCount")
    return count[0] > 0 if count and isinstance(count[0], int) else None
