"""Where the answers of Google's APIs hold values that may be secrets: these never reach the disk.

Paths as `Call.drop` has them, into the resource as its own API shows it. Environments keep their names, and so does the
metadata of machines, whose values are start-up scripts as often as not. An address loses what follows its `?`.
"""

from collections.abc import Mapping

_INSTANCE = ("metadata.items.value",)
_CONTAINER = (
    "env.value",
    "args",
    "command",
    *(f"{probe}.httpGet.httpHeaders.value" for probe in ("livenessProbe", "readinessProbe", "startupProbe")),
    "sourceCode.inlinedSource",
)
_PROCESS = ("env.value", "args", "command")
_INIT_SCRIPT = "linuxNodeConfig.customNodeInit.initScript.args"
_BUILD = (
    "args",
    "env.*",
    "script",
)


def _below(path: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{path}.{name}" for name in names)


def _builds(path: str) -> tuple[str, ...]:
    """A Cloud Build build: https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds."""
    return (
        *_below(f"{path}.steps", _BUILD),
        f"{path}.substitutions.*",
        f"{path}.options.env.*",
        f"{path}.secrets.secretEnv.*",
        f"{path}.availableSecrets.inline.envMap.*",
        f"{path}.source.repoSource.substitutions.*",
        f"{path}.source.gitSource.url?",
        f"{path}.sourceProvenance.resolvedRepoSource.substitutions.*",
        f"{path}.sourceProvenance.resolvedGitSource.url?",
    )


DROPS: Mapping[str, tuple[str, ...]] = {
    "aiplatform.googleapis.com/CustomJob": (
        *_below("jobSpec.workerPoolSpecs.containerSpec", _PROCESS),
        *_below("jobSpec.workerPoolSpecs.pythonPackageSpec", ("env.value", "args")),
    ),
    "aiplatform.googleapis.com/PipelineJob": (
        "pipelineSpec",
        "runtimeConfig.parameters",
        "runtimeConfig.parameterValues.*",
    ),
    "aiplatform.googleapis.com/ReasoningEngine": ("spec.deploymentSpec.env.value",),
    "appengine.googleapis.com/Application": ("iap.oauth2ClientSecret",),
    "appengine.googleapis.com/Version": (
        "envVariables.*",
        "buildEnvVariables.*",
        "betaSettings.*",
        "entrypoint.shell",
        "deployment.zip.sourceUrl?",
        "handlers.staticFiles.httpHeaders.*",
    ),
    "cloudbuild.googleapis.com/BuildTrigger": (
        "substitutions.*",
        "triggerTemplate.substitutions.*",
        "gitFileSource.uri?",
        "sourceToBuild.uri?",
        *_builds("build"),
    ),
    "cloudfunctions.googleapis.com/CloudFunction": (
        "buildEnvironmentVariables.*",
        "sourceArchiveUrl?",
        "sourceRepository.url?",
        "sourceRepository.deployedUrl?",
        "sourceToken",
        "sourceUploadUrl",
    ),
    "cloudfunctions.googleapis.com/Function": (
        "buildConfig.source.gitUri?",
        "buildConfig.source.storageSource.sourceUploadUrl",
        "buildConfig.sourceProvenance.gitUri?",
        "buildConfig.sourceProvenance.resolvedStorageSource.sourceUploadUrl",
        "buildConfig.sourceToken",
        "upgradeInfo",
    ),
    "cloudscheduler.googleapis.com/Job": (
        "httpTarget.body",
        "httpTarget.headers.*",
        "httpTarget.uri?",
        "appEngineHttpTarget.body",
        "appEngineHttpTarget.headers.*",
        "appEngineHttpTarget.relativeUri?",
        "pubsubTarget.data",
        "pubsubTarget.attributes.*",
    ),
    "composer.googleapis.com/Environment": (
        "config.softwareConfig.envVariables.*",
        "config.softwareConfig.airflowConfigOverrides.*",
    ),
    "compute.googleapis.com/Instance": _INSTANCE,
    "compute.googleapis.com/InstanceTemplate": _below("properties", _INSTANCE),
    "compute.googleapis.com/Project": ("commonInstanceMetadata.items.value",),
    "container.googleapis.com/Cluster": (
        "masterAuth.clientKey",
        "nodeConfig.metadata.*",
        "nodePools.config.metadata.*",
        *(f"{where}.{_INIT_SCRIPT}" for where in ("nodeConfig", "nodePoolAutoConfig", "nodePools.config")),
    ),
    "container.googleapis.com/NodePool": ("config.metadata.*", f"config.{_INIT_SCRIPT}"),
    "dataflow.googleapis.com/Job": ("environment.sdkPipelineOptions.*", "pipelineDescription", "steps"),
    "dataproc.googleapis.com/Cluster": (
        "config.gceClusterConfig.metadata.*",
        "config.softwareConfig.properties.*",
    ),
    "deploymentmanager.googleapis.com/Deployment": ("target.config.content", "target.imports.content"),
    "notebooks.googleapis.com/Instance": ("metadata.*", "postStartupScript", "gceSetup.metadata.*"),
    "pubsub.googleapis.com/Subscription": ("pushConfig.pushEndpoint?", "pushConfig.attributes.*"),
    "run.googleapis.com/Job": (
        *_below("spec.template.spec.template.spec.containers", _CONTAINER),
        *_below("template.template.containers", _CONTAINER),
        *_below("template.template.sandboxes.templates", _PROCESS),
    ),
    "run.googleapis.com/Service": (
        *_below("spec.template.spec.containers", _CONTAINER),
        *_below("template.containers", _CONTAINER),
        *_below("template.sandboxes.templates", _PROCESS),
    ),
    "sqladmin.googleapis.com/Instance": (
        "rootPassword",
        "onPremisesConfiguration.clientKey",
        "replicaConfiguration.mysqlReplicaConfiguration.clientKey",
    ),
    "workflows.googleapis.com/Workflow": ("sourceContents", "userEnvVars.*"),
}


def in_asset(asset_type: str) -> tuple[str, ...]:
    """Give the paths to drop from an asset of a type."""
    return _below("resource.data", DROPS.get(asset_type, ()))
