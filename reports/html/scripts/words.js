// How things are called and written: dates in UTC and relative to the moment the report was judged at, never to now.

const PRIVILEGES = {
  administrator: ["Administrator", "can do everything in its account"],
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
  codebuild: "CodeBuild", dynamodb: "DynamoDB", ec2: "EC2", ecr: "ECR", ecs: "ECS", eks: "EKS", iam: "IAM", kms: "KMS",
  lambda: "Lambda", mfa: "MFA", oidc: "OIDC", rds: "RDS", s3: "S3", sagemaker: "SageMaker", sns: "SNS", sqs: "SQS",
  ssh: "SSH", ssm: "SSM", vm: "VM",
};

function words(id) {
  const text = String(id).split(/[_-]/).map((part) => SPELLED[part] || part).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function count(number) {
  return number.toLocaleString("en-US");
}

function plural(number, one, many = one + "s") {
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
  return scope.name === scope.id ? name(scope.id) : el("span", { title: scope.id }, name(scope.name));
}

function identityLink(identity) {
  return el("a", { href: identityAddress(identity.id), title: identity.id }, name(identity.name));
}

// An identity by its number where the snapshot has it, else the id as it stands.
function pointed(pointer) {
  const identity = world.pointed(pointer);
  return identity ? identityLink(identity) : code(pointer);
}

function yesNo(value, yes = "yes", no = "no") {
  return value === null ? el("span.faint", null, "not known") : value ? yes : no;
}
