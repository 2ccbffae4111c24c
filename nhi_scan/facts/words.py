"""Identifiers of the model, written for a person."""

import re

_SPELLED = {
    "agentcore": "AgentCore",
    "api": "API",
    "apprunner": "App Runner",
    "appsync": "AppSync",
    "cloudformation": "CloudFormation",
    "codebuild": "CodeBuild",
    "dynamodb": "DynamoDB",
    "ec2": "EC2",
    "ecr": "ECR",
    "ecs": "ECS",
    "eks": "EKS",
    "iam": "IAM",
    "kms": "KMS",
    "lambda": "Lambda",
    "mfa": "MFA",
    "oidc": "OIDC",
    "rds": "RDS",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "sns": "SNS",
    "sqs": "SQS",
    "ssh": "SSH",
    "ssm": "SSM",
    "vm": "VM",
}


def words(identifier: str) -> str:
    """Write an identifier as words, with a service's name spelled as its provider does."""
    return " ".join(_SPELLED.get(part, part) for part in re.split("[_-]", identifier))
