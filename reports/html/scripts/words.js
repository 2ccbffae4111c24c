// How things are called and written: dates in UTC and relative to the moment the report was judged at, never to now.

const PRIVILEGES = {
  administrator: ["Administrator", "can do everything where it is one"],
  can_become_administrator: ["Can become administrator", "can take steps that end in everything"],
  latent: ["Latent", "holds a dangerous permission that nothing here lets it use yet"],
  reaches_sensitive: ["Reaches sensitive", "can read or change something sensitive"],
  ordinary: ["Ordinary", "no way to more than it was given was found"],
  unknown: ["Unknown", "evidence is missing, so nothing is claimed"],
};
const STATES = {
  new: "not in the baseline", open: "in the baseline too", unverified: "in the baseline; could not be looked at again",
  waived: "accepted by somebody, for a while", resolved: "in the baseline, and gone",
};
const NATURES = { non_human: "Non-human", human: "Human", unknown: "Not decided" };
const STATUSES = {
  denied: "Denied", failed: "Failed", partial: "Partial", skipped: "Not asked for", complete: "Complete",
};
// As nhi_scan/ruleset/template.py spells them in messages.
const SPELLED = {
  agentcore: "AgentCore", api: "API", apprunner: "App Runner", appsync: "AppSync", cloudformation: "CloudFormation",
  codebuild: "CodeBuild", crm: "CRM", dynamodb: "DynamoDB", ec2: "EC2", ecr: "ECR", ecs: "ECS", eks: "EKS", gke: "GKE", aks: "AKS", ci: "CI", github: "GitHub", rbac: "RBAC", entra: "Entra", google: "Google", hmac: "HMAC", iam: "IAM", kms: "KMS",
  lambda: "Lambda", mfa: "MFA", oidc: "OIDC", rds: "RDS", s3: "S3", sagemaker: "SageMaker", sns: "SNS", sp: "SP", sqs: "SQS",
  ssh: "SSH", ssm: "SSM", vm: "VM",
};
// What is called by a product's name, whole.
const PRODUCTS = {
  app_engine_service: "App Engine service", app_engine_version: "App Engine version", cloud_build_trigger: "Cloud Build trigger",
  cloud_function: "Cloud Run function", cloud_run_job: "Cloud Run job", cloud_run_service: "Cloud Run service",
  cloud_scheduler_job: "Cloud Scheduler job", composer_environment: "Composer environment", compute_instance: "Compute Engine instance",
  compute_instance_template: "Compute Engine instance template", automation_account: "Automation account", data_factory: "Data Factory",
  api_management: "API Management", batch_account: "Batch account", logic_app: "Logic App", container_app: "Container App", container_app_job: "Container Apps job",
  function_app: "Function App", web_app: "Web App", key_vault: "Key Vault", synapse_workspace: "Synapse workspace", machine_learning_workspace: "Machine Learning workspace", dataflow_job: "Dataflow job", dataproc_cluster: "Dataproc cluster",
};
// What an identity's own kind is where its cloud has another word for it.
const KINDS = {
  gcp: { user: "Google account" }, azure: { app: "Application without service principal" },
  github: { app: "GitHub App installation", repository: "Whoever can push", federated_principal: "Anyone with an account", access_token: "Fine-grained token" },
};
const LAYERS = {
  scp: "service control policy", rcp: "resource control policy", public_access_block: "public access block", allow: "allow policy",
  deny: "deny policy", principal_access_boundary: "principal access boundary",
};
const EVERYONE = { allUsers: "everyone", allAuthenticatedUsers: "everyone with a Google account" };

// In the middle of a sentence, and at the beginning of one.
function phrase(id) {
  if (Object.hasOwn(PRODUCTS, id)) return PRODUCTS[id];
  return String(id).split(/[_-]/).map((part) => (Object.hasOwn(SPELLED, part) ? SPELLED[part] : part)).join(" ");
}

function words(id) {
  const text = phrase(id);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function kindOf(identity) {
  const own = Object.hasOwn(KINDS, identity.provider) ? KINDS[identity.provider] : {};
  return Object.hasOwn(own, identity.kind) ? own[identity.kind] : words(identity.kind);
}

function layerOf(statement) {
  return Object.hasOwn(LAYERS, statement.layer) ? LAYERS[statement.layer] : phrase(statement.layer);
}

function count(number) {
  return number.toLocaleString("en-US");
}

function plural(number, one, many = /[^aeiou]y$/.test(one) ? one.slice(0, -1) + "ies" : one + "s") {
  return count(number) + " " + (number === 1 ? one : many);
}

function day(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function ago(seconds, now) {
  const days = Math.floor((now - seconds) / 86400);
  if (days < 0) return `in ${plural(-days, "day")}`;
  return days === 0 ? "today" : `${plural(days, "day")} ago`;
}

function when(seconds, none = "not known") {
  if (seconds === null || seconds === undefined) return el("span.faint", null, none);
  return el("time", { datetime: new Date(seconds * 1000).toISOString(), title: new Date(seconds * 1000).toISOString() },
    day(seconds), el("small", null, " " + ago(seconds, world.now)));
}

function usedAt(use) {
  return Array.isArray(use) ? use[0] : use;
}

function lastUse(use) {
  if (use === null) return el("span.faint", null, "not known");
  if (use === -1) return el("span", null, "no use recorded");
  const where = Array.isArray(use) ? [use[1], use[2]].filter(Boolean).join(", ") : "";
  return el("span", null, when(usedAt(use)), where && el("small", null, " ", name(where)));
}

function severityBadge(rank) {
  if (rank < 0) return el("span.sev", null, "None");
  return el("span.sev.sev-" + rank, null, words(SEVERITIES[rank]));
}

function privilegeBadge(privilege) {
  const [label] = PRIVILEGES[privilege.level] || [words(privilege.level)];
  return el("span.priv.priv-" + privilege.level, null, label, privilege.conditional && el("small", null, " if conditions hold"));
}

function stateBadge(state) {
  return el("span.state.state-" + state, { title: STATES[state] || "" }, words(state));
}

function scopeName(scope) {
  if (scope.id === "") return el("span.faint", null, "none");
  return scope.name === scope.id ? name(scope.id) : el("span", { title: scope.id }, name(scope.name));
}

function identityLink(identity) {
  return el("a", { href: identityAddress(identity.id), title: identity.id }, name(identity.name));
}

// An identity by its number where the snapshot has it, a scope by its kind and name, else the id as it stands.
function pointed(pointer) {
  const identity = world.pointed(pointer);
  return identity ? identityLink(identity) : placeName(pointer);
}

function yesNo(value, yes = "yes", no = "no") {
  return value === null ? el("span.faint", null, "not known") : value ? yes : no;
}
