"""Admission: rounds, applications, wishes and claims."""
