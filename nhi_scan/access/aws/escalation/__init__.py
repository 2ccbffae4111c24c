"""Escalation: techniques are data, effective access decides whether they hold, real targets what they lead to."""
