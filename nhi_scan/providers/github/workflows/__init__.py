"""Workflow files: what their jobs may do, whom they become, and who can make them run. Pure: text to facts.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""
