"""Calls about AI agents: Bedrock agents and what AgentCore runs and identifies."""

from typing import Any

from nhi_scan.providers import Call


def _core(kind: str, operation: str, result: str, **more: Any) -> Call:
    """A row of AgentCore, whose permissions are named after its operations."""
    action = "".join(word.capitalize() for word in operation.split("_"))
    return Call(
        kind=f"bedrock-agentcore-{kind}",
        service="bedrock-agentcore-control",
        operation=operation,
        result=result,
        permissions=(f"bedrock-agentcore:{action}",),
        **more,
    )


def _described(kind: str, operation: str, parent: str, params: dict[str, str], **more: Any) -> Call:
    return _core(
        kind,
        operation,
        "@",
        for_each=f"bedrock-agentcore-{parent}",
        params=params,
        absent=("ResourceNotFoundException",),
        **more,
    )


CALLS: tuple[Call, ...] = (
    Call(
        kind="bedrock-agent-ids",
        service="bedrock-agent",
        operation="list_agents",
        params={"maxResults": 1000},
        result="agentSummaries",
        permissions=("bedrock:ListAgents",),
    ),
    Call(
        kind="bedrock-agents",
        service="bedrock-agent",
        operation="get_agent",
        for_each="bedrock-agent-ids",
        params={"agentId": "$.agentId"},
        result="agent",
        permissions=("bedrock:GetAgent",),
        absent=("ResourceNotFoundException",),
        drop=("instruction", "promptOverrideConfiguration", "clientToken"),
    ),
    Call(
        kind="bedrock-knowledge-base-ids",
        service="bedrock-agent",
        operation="list_knowledge_bases",
        params={"maxResults": 1000},
        result="knowledgeBaseSummaries",
        permissions=("bedrock:ListKnowledgeBases",),
    ),
    Call(
        kind="bedrock-knowledge-bases",
        service="bedrock-agent",
        operation="get_knowledge_base",
        for_each="bedrock-knowledge-base-ids",
        params={"knowledgeBaseId": "$.knowledgeBaseId"},
        result="knowledgeBase",
        permissions=("bedrock:GetKnowledgeBase",),
        absent=("ResourceNotFoundException",),
        drop=("knowledgeBaseConfiguration", "storageConfiguration"),
        note="only the description names the role",
    ),
    Call(
        kind="bedrock-flow-ids",
        service="bedrock-agent",
        operation="list_flows",
        params={"maxResults": 1000},
        result="flowSummaries",
        permissions=("bedrock:ListFlows",),
    ),
    Call(
        kind="bedrock-flows",
        service="bedrock-agent",
        operation="get_flow",
        for_each="bedrock-flow-ids",
        params={"flowIdentifier": "$.id"},
        result="@",
        permissions=("bedrock:GetFlow",),
        absent=("ResourceNotFoundException",),
        drop=("definition", "validations"),
        note="only the description names the role",
    ),
    _core("workload-identity-names", "list_workload_identities", "workloadIdentities"),
    _described(
        "workload-identities",
        "get_workload_identity",
        "workload-identity-names",
        {"name": "$.name"},
        note="the list has no dates",
    ),
    _core("runtime-ids", "list_agent_runtimes", "agentRuntimes"),
    _described(
        "runtimes",
        "get_agent_runtime",
        "runtime-ids",
        {"agentRuntimeId": "$.agentRuntimeId"},
        drop=("environmentVariables.*",),
        note="only the description names the role",
    ),
    _core("code-interpreter-ids", "list_code_interpreters", "codeInterpreterSummaries", params={"type": "CUSTOM"}),
    _described(
        "code-interpreters",
        "get_code_interpreter",
        "code-interpreter-ids",
        {"codeInterpreterId": "$.codeInterpreterId"},
    ),
    _core("browser-ids", "list_browsers", "browserSummaries", params={"type": "CUSTOM"}),
    _described("browsers", "get_browser", "browser-ids", {"browserId": "$.browserId"}),
    _core("gateway-ids", "list_gateways", "items"),
    _described("gateways", "get_gateway", "gateway-ids", {"gatewayIdentifier": "$.gatewayId"}),
)
