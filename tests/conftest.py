"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# No deadline: a slow machine is no defect. In CI the examples are the same every time, so that a change is judged by
# what it changed; on a developer's machine they differ, which finds more.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")
