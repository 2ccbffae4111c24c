"""What the server answers, a module for each of Google's services."""
