"""Identifiers of the model, written for a person."""

import re
from functools import lru_cache

_SPELLED = {
    "agentcore": "AgentCore",
    "aks": "AKS",
    "api": "API",
    "apprunner": "App Runner",
    "appsync": "AppSync",
    "bigquery": "BigQuery",
    "cloud": "Cloud",
    "cloudformation": "CloudFormation",
    "codebuild": "CodeBuild",
    "ci": "CI",
    "composer": "Composer",
    "dataflow": "Dataflow",
    "dataproc": "Dataproc",
    "dynamodb": "DynamoDB",
    "ec2": "EC2",
    "ecr": "ECR",
    "ecs": "ECS",
    "eks": "EKS",
    "github": "GitHub",
    "gke": "GKE",
    "hmac": "HMAC",
    "iam": "IAM",
    "kms": "KMS",
    "lambda": "Lambda",
    "mfa": "MFA",
    "oidc": "OIDC",
    "pubsub": "Pub/Sub",
    "rbac": "RBAC",
    "rds": "RDS",
    "run": "Run",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "sns": "SNS",
    "sql": "SQL",
    "sqs": "SQS",
    "ssh": "SSH",
    "ssm": "SSM",
    "vertex": "Vertex",
    "vm": "VM",
}


@lru_cache(maxsize=4096)
def words(identifier: str) -> str:
    """Write an identifier as words, with a service's name spelled as its provider does."""
    return " ".join(_SPELLED.get(part, part) for part in re.split("[_-]", identifier))
