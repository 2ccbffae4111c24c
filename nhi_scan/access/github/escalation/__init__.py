"""Who becomes whom on GitHub: techniques as data, and the graph that they make."""
