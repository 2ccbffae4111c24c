"""Reports: each module renders an assessment to bytes."""
