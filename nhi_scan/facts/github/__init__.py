"""Facts about what GitHub tells: jobs, keys, settings."""
