"""The one part of an Amazon resource name that facts need: whose account it is."""


def account_of(text: str) -> str:
    """Return the account number that a principal names; empty where it names none.

    A principal is an ARN or a bare account number
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
    """
    if text.isascii() and text.isdigit() and len(text) == 12:
        return text
    parts = text.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[0] == "arn" else ""
