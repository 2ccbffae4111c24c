"""What an identity can really do: the one place that reasons about policy, an engine for each provider."""
