"""Rules as data: strict loading, three-valued evaluation."""
