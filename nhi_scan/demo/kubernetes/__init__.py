"""An embedded Kubernetes cluster: objects as data, and a loopback server that speaks the API server's protocol."""
