"""Condition operators: a module for each kind of value, one for how many values a key has, one that compiles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""
