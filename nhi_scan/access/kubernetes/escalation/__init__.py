"""Who can become whom on Kubernetes: techniques as data, judged against what roles give and real targets."""
